// Adam without bias correction, to see what the correction does.
import { defineRule } from "simdescent";

export const withoutCorrection = defineRule({
  name: "withoutCorrection",
  hyper: {
    /** Step size. */
    lr: [1e-3, "[0,inf)"],
    /** Decay of the mean of gradients. */
    beta1: [0.9, "[0,1)"],
    /** Decay of the mean of squared gradients. */
    beta2: [0.999, "[0,1)"],
    /** Keeps the division finite. */
    eps: [1e-8, "[0,inf)"],
  },
  state: { m: "exp_avg", v: "exp_avg_sq" },
  gradientLimit: 2 ** 60,
  update({ p, g, m, v }, { lr, beta1, beta2, eps }) {
    for (let i = 0; i < p.length; i++) {
      m[i] = beta1 * m[i] + (1 - beta1) * g[i];
      v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
      p[i] -= (lr * m[i]) / (Math.sqrt(v[i]) + eps);
    }
  },
});
