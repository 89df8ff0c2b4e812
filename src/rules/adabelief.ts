import * as kernels from "../kernels/generated.js";
import { power } from "../numerics/arithmetic.js";
import { moments } from "./adam.js";
import { squareLimit } from "./constants.js";
import { define } from "./define.js";

/**
 * AdaBelief: Adam, divided by the root mean square of g − m instead of g. Designed to generalize like SGD at Adam's speed, and for GANs.
 * As in the authors' code, eps is also added to s.
 * @formula m as in Adam; s ← beta2·s + (1 − beta2)·(g − m)² + eps; ŝ = s/(1 − beta2ᵗ); p ← p − lr·m̂/(√ŝ + eps)
 * @paper Zhuang et al. 2020, https://arxiv.org/abs/2010.07468
 */
export const adabelief = define({
  name: "adabelief",
  hyper: {
    ...moments,
    /** Keeps the division finite; also added to s at every step. */
    eps: [1e-16, "[0,inf)"],
  },
  gradientLimit: squareLimit,
  kernels: [kernels.adabelief],
  state: { m: "exp_avg", s: "exp_avg_var" },
  scalars(args, { lr, beta1, beta2, eps }, t) {
    const root = Math.sqrt(1 - power(beta2, t));
    args.scalars<"adabelief">("rate", (lr * root) / (1 - power(beta1, t)), "eps", eps * root, "epsRoot", eps);
    args.gains(1 - beta1, 1 - beta2);
  },
  elementPass(k, { begin, end, c }, { p, g, m, s }) {
    k.adabelief(begin, end, p, g, m, s, c);
  },
});
