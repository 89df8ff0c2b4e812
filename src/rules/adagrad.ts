import * as kernels from "../kernels/generated.js";
import { squareSumLimit, weightDecay } from "./constants.js";
import { define } from "./define.js";

/**
 * AdaGrad: each element's step is divided by the root of its sum of squared gradients. For sparse gradients. For eps inside the root, add
 * it to `initialAccumulator` and set `eps` to 0.
 * @formula s ← s + g²; p ← p − lr/(1 + lrDecay·(t − 1))·g/(√s + eps)
 * @paper Duchi et al. 2011, https://jmlr.org/papers/v12/duchi11a.html
 */
export const adagrad = define({
  name: "adagrad",
  hyper: {
    /** Step size. */
    lr: [1e-2, "[0,inf)"],
    /** Inverse-time decay of the step size. */
    lrDecay: [0, "[0,inf)"],
    /** Keeps the division finite. */
    eps: [1e-10, "[0,inf)"],
    /** Initial sum of squared gradients. */
    initialAccumulator: [0, "[0,inf)", "fixed"],
    weightDecay,
  },
  gradientLimit: squareSumLimit,
  kernels: [kernels.adagrad],
  state: { s: { torch: "sum", start: "initialAccumulator" } },
  scalars(args, { lr, lrDecay, eps }, t) {
    args.scalars<"adagrad">("rate", lr / (1 + lrDecay * (t - 1)), "eps", eps);
  },
  elementPass(k, { begin, end, c }, { p, g, s }) {
    k.adagrad(begin, end, p, g, s, c);
  },
});
