// A rule in plain JavaScript.
import { defineRule } from "simdescent";

/**
 * Lion with cautious weight decay: a parameter decays only where its step moves it towards 0, too. Chen et al. 2025,
 * https://arxiv.org/abs/2510.12402.
 */
export const cautiousLion = defineRule({
  name: "cautiousLion",
  hyper: {
    /** Step size. */
    lr: [1e-4, "[0,inf)"],
    /** Share of the mean in the direction of a step. */
    beta1: [0.9, "[0,1)"],
    /** Decay of the mean of gradients. */
    beta2: [0.99, "[0,1)"],
    /** Cautious decay: subtracts lr · caution · p where the step has the sign of p. */
    caution: [0.1, "[0,inf)"],
  },
  state: { m: "exp_avg" },
  update({ p, g, m }, { lr, beta1, beta2, caution }) {
    for (let i = 0; i < p.length; i++) {
      const u = Math.sign(beta1 * m[i] + (1 - beta1) * g[i]);
      const decay = u * p[i] >= 0 ? caution * p[i] : 0;
      p[i] -= lr * (u + decay);
      m[i] = beta2 * m[i] + (1 - beta2) * g[i];
    }
  },
});
