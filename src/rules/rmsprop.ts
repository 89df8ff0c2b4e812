import * as kernels from "../kernels/generated.js";
import { epsInRoot, lrInMomentum, squareLimit, weightDecay } from "./constants.js";
import { define } from "./define.js";

/** The kernels with eps outside the root. Their first scalars are the same. */
type Kernel = "rmsprop" | "rmspropCentered" | "rmspropCenteredMomentum" | "rmspropMomentum";

/**
 * RMSProp, as in PyTorch: eps outside the root unless `epsInRoot`, the learning rate outside the momentum unless `lrInMomentum`. For
 * recurrent networks and reinforcement learning.
 * @formula v ← rho·v + (1 − rho)·g²; p ← p − lr·g/(√v + eps). Centered: a ← rho·a + (1 − rho)·g, and √(v − a²) instead of √v.
 *   With momentum: b ← momentum·b + g/(√v + eps); p ← p − lr·b
 * @paper Tieleman & Hinton 2012, https://www.cs.toronto.edu/~hinton/coursera/lecture6/lec6.pdf
 */
export const rmsprop = define({
  name: "rmsprop",
  hyper: {
    /** Step size. */
    lr: [1e-2, "[0,inf)"],
    /** Decay of the mean of squared gradients. */
    rho: [0.99, "[0,1)"],
    /** Keeps the division finite. */
    eps: [1e-8, "[0,inf)"],
    epsInRoot,
    /** Decay of the sum of scaled gradients. */
    momentum: [0, "[0,1)"],
    lrInMomentum,
    /** Divides by the standard deviation of the gradient. */
    centered: [false, "boolean", "fixed"],
    weightDecay,
  },
  gradientLimit: squareLimit,
  kernels: [
    kernels.rmsprop,
    kernels.rmspropCentered,
    kernels.rmspropCenteredMomentum,
    kernels.rmspropMomentum,
    kernels.rmspropRoot,
  ],
  state: {
    v: "square_avg",
    a: { torch: "grad_avg", needs: "centered" },
    b: { torch: "momentum_buffer", needs: "momentum" },
  },
  scalars(args, { lr, rho, eps, epsInRoot, momentum, lrInMomentum }, _t, _carry, { a, b }) {
    args.gains(1 - rho);
    if (!a && !b && epsInRoot) {
      args.scalars<"rmspropRoot">("rate", lr, "epsRoot", eps);
      return;
    }
    const inMomentum = lrInMomentum && b > 0;
    const rate = inMomentum ? 1 : lr;
    const rate2 = inMomentum ? lr : 1;
    const outside = epsInRoot ? 0 : eps;
    const epsRoot = epsInRoot ? eps : 0;
    args.scalars<Kernel>("rate", rate, "eps", outside, "epsRoot", epsRoot, "momentum", momentum, "rate2", rate2);
  },
  elementPass(k, { begin, end, c }, { p, g, v, a, b }, { epsInRoot }) {
    if (a && b) k.rmspropCenteredMomentum(begin, end, p, g, v, a, b, c);
    else if (a) k.rmspropCentered(begin, end, p, g, v, a, c);
    else if (b) k.rmspropMomentum(begin, end, p, g, v, b, c);
    else if (epsInRoot) k.rmspropRoot(begin, end, p, g, v, c);
    else k.rmsprop(begin, end, p, g, v, c);
  },
});
