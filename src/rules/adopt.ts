import * as kernels from "../kernels/generated.js";
import { decoupledDecay, squareLimit } from "./constants.js";
import { define } from "./define.js";

/**
 * ADOPT: Adam, divided by the mean square before the step. So it converges for any beta2. For problems where Adam diverges or needs a
 * tuned beta2. The first step only initializes v.
 * @formula u = clamp(g/max(√v, eps), ±(t − 1)^¼); m ← beta1·m + (1 − beta1)·u; v ← beta2·v + (1 − beta2)·g²;
 *   p ← (1 − lr·weightDecay)·p − lr·m; at t = 1: v ← g²
 * @paper Taniguchi et al. 2024, https://arxiv.org/abs/2411.02853
 */
export const adopt = define({
  name: "adopt",
  hyper: {
    /** Step size. */
    lr: [1e-3, "[0,inf)"],
    /** Decay of the mean of steps. */
    beta1: [0.9, "[0,1)"],
    /** Decay of the mean of squared gradients. */
    beta2: [0.9999, "[0,1)"],
    /** Least divisor. */
    eps: [1e-6, "[0,inf)"],
    weightDecay: decoupledDecay(0),
  },
  gradientLimit: squareLimit,
  kernels: [kernels.adopt],
  state: { m: "exp_avg", v: "exp_avg_sq" },
  decay: "decoupled",
  scalars(args, { lr, beta1, beta2, eps }, t) {
    const bound = Math.sqrt(Math.sqrt(t - 1));
    args.scalars<"adopt">("rate", lr, "eps", eps, "low", -bound, "high", bound);
    args.gains(1 - beta1, t === 1 ? 1 : 1 - beta2);
  },
  elementPass(k, { begin, end, c }, { p, g, m, v }) {
    k.adopt(begin, end, p, g, m, v, c);
  },
});
