import * as kernels from "../kernels/generated.js";
import { weightDecay } from "./constants.js";
import { define } from "./define.js";

/**
 * Quasi-hyperbolic momentum: a weighted mean of the gradient and the mean gradient. nu = 0 is gradient descent; nu = 1 uses only the mean.
 * A replacement for other kinds of momentum, with the paper's defaults.
 * @formula b ← momentum·b + (1 − momentum)·g; p ← p − lr·((1 − nu)·g + nu·b)
 * @paper Ma & Yarats 2019, https://arxiv.org/abs/1810.06801
 */
export const qhm = define({
  name: "qhm",
  hyper: {
    /** Step size. */
    lr: [1e-3, "[0,inf)"],
    /** Decay of the mean of gradients. */
    momentum: [0.999, "[0,1)"],
    /** Share of the mean in the step. */
    nu: [0.7, "[0,1]"],
    weightDecay,
  },
  kernels: [kernels.qhm],
  state: { b: "momentum_buffer" },
  scalars(args, { lr, momentum, nu }) {
    args.scalars<"qhm">("rate", lr);
    args.gains(1 - momentum, 1 - nu);
  },
  elementPass(k, { begin, end, c }, { p, g, b }) {
    k.qhm(begin, end, p, g, b, c);
  },
});
