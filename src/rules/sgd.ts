import * as kernels from "../kernels/generated.js";
import { weightDecay } from "./constants.js";
import { define } from "./define.js";

/**
 * Gradient descent: batch, stochastic or mini-batch, depending on the examples in the gradient. For convex losses, and as a baseline.
 * @formula p ← p − lr·g
 * @paper Robbins & Monro 1951, https://doi.org/10.1214/aoms/1177729586
 * @example
 * ```ts
 * const opt = sgd({ x: Float32Array.of(1) }, { lr: 0.5 });
 * opt.grads.x.set(opt.params.x); // the gradient of x²/2
 * opt.step();
 * console.log(opt.params.x[0]); // prints 0.5
 * ```
 */
export const sgd = define({
  name: "sgd",
  hyper: {
    /** Step size. */
    lr: [1e-3, "[0,inf)"],
    weightDecay,
  },
  kernels: [kernels.sgd],
  state: {},
  scalars(args, { lr }) {
    args.scalars<"sgd">("rate", lr);
  },
  elementPass(k, { begin, end, c }, { p, g }) {
    k.sgd(begin, end, p, g, c);
  },
});
