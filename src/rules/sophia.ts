import * as kernels from "../kernels/generated.js";
import { decoupledDecay, squareLimit } from "./constants.js";
import { define } from "./define.js";

/**
 * Sophia-G: the mean gradient, divided by the curvature and clipped. For language models. About every ten steps, draw labels from the
 * model's predictions, fill `grads` with the gradient of their loss, and call `observe()`. Then fill `grads` with the gradient of the true
 * labels and call `step()`. Before the first `observe()`, and for elements without curvature, the step is along the sign of the mean
 * gradient.
 * @formula m ← beta1·m + (1 − beta1)·g; p ← (1 − lr·weightDecay)·p − lr·clamp(m/(rho·batchSize·h + 1e-15), ±1);
 *   at observe(): h ← beta2·h + (1 − beta2)·g²
 * @paper Liu et al. 2023, https://arxiv.org/abs/2305.14342
 * @example
 * ```ts
 * const opt = sophia({ weight: [10, 784] }, { batchSize: 64 });
 * for (let t = 0; t < 100; t++) {
 *   if (t % 10 === 0) {
 *     opt.grads.weight.fill(0.1); // the gradient with labels drawn from the predictions
 *     opt.observe();
 *   }
 *   opt.grads.weight.fill(1); // the gradient of the loss
 *   opt.step();
 * }
 * ```
 */
export const sophia = define({
  name: "sophia",
  hyper: {
    /** Step size. */
    lr: [1e-4, "[0,inf)"],
    /** Decay of the mean of gradients. */
    beta1: [0.965, "[0,1)"],
    /** Decay of the mean curvature. */
    beta2: [0.99, "[0,1)"],
    /** Factor of the curvature; a larger factor clips fewer elements. */
    rho: [0.04, "(0,inf)"],
    /** Number of examples, or tokens, in the mean gradient. */
    batchSize: [5120, "(0,inf)"],
    weightDecay: decoupledDecay(0.1),
  },
  gradientLimit: squareLimit,
  kernels: [kernels.emaSquares, kernels.sophia],
  state: { m: "exp_avg", h: "hessian" },
  decay: "decoupled",
  scalars(args, { lr, beta1, rho, batchSize }) {
    args.scalars<"sophia">("rate", lr, "eps", 1e-15, "factor", rho * batchSize);
    args.gains(1 - beta1);
  },
  elementPass(k, { begin, end, c }, { p, g, m, h }) {
    k.sophia(begin, end, p, g, m, h, c);
  },
  observe(k, args, { g, h }, { beta2 }) {
    args.gains(1 - beta2);
    k.emaSquares(args.begin, args.end, g, h, args.c);
  },
});
