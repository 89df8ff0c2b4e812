// The fastest plain loops that we found, for default hyper-parameters. The loops of test/support/reference.ts are the papers' formulas.
import type { references } from "../test/support/reference.js";

export const fastLoops = {
  /** Bias corrections outside of the loop; each element read once. */
  adam(p, g, { m, v }, { lr, beta1, beta2, eps }, t) {
    const root = Math.sqrt(1 - beta2 ** t);
    const rate = (lr * root) / (1 - beta1 ** t);
    const scaledEps = eps * root;
    const [new1, new2] = [1 - beta1, 1 - beta2];
    for (let i = 0; i < p.length; i++) {
      const x = g[i];
      const mi = m[i] + new1 * (x - m[i]);
      const vi = v[i] + new2 * (x * x - v[i]);
      m[i] = mi;
      v[i] = vi;
      p[i] -= (rate * mi) / (Math.sqrt(vi) + scaledEps);
    }
  },
} satisfies Partial<typeof references>;
