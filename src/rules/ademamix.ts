import * as kernels from "../kernels/generated.js";
import { power } from "../numerics/arithmetic.js";
import { moments } from "./adam.js";
import { decoupledDecay, squareLimit } from "./constants.js";
import { define } from "./define.js";

/**
 * AdEMAMix: AdamW with a second, slow mean of gradients, without bias correction. For long training, where old gradients help. In the
 * paper, alpha and beta3 rise by schedules.
 * @formula m and v as in Adam; n ← beta3·n + (1 − beta3)·g; p ← (1 − lr·weightDecay)·p − lr·(m̂ + alpha·n)/(√v̂ + eps)
 * @paper Pagliardini et al. 2024, https://arxiv.org/abs/2409.03137
 */
export const ademamix = define({
  name: "ademamix",
  hyper: {
    ...moments,
    /** Decay of the slow mean of gradients. */
    beta3: [0.9999, "[0,1)"],
    /** Weight of the slow mean. */
    alpha: [5, "[0,inf)"],
    weightDecay: decoupledDecay(0),
  },
  gradientLimit: squareLimit,
  kernels: [kernels.ademamix],
  state: { m: "exp_avg", n: "exp_avg_slow", v: "exp_avg_sq" },
  decay: "decoupled",
  scalars(args, { lr, beta1, beta2, beta3, alpha, eps }, t) {
    const root = Math.sqrt(1 - power(beta2, t));
    const rate = (lr * root) / (1 - power(beta1, t));
    args.scalars<"ademamix">("rate", rate, "eps", eps * root, "rate2", lr * root * alpha);
    args.gains(1 - beta1, 1 - beta2, 1 - beta3);
  },
  elementPass(k, { begin, end, c }, { p, g, m, n, v }) {
    k.ademamix(begin, end, p, g, m, n, v, c);
  },
});
