import * as kernels from "../kernels/generated.js";
import { power } from "../numerics/arithmetic.js";
import { moments } from "./adam.js";
import { define } from "./define.js";

/**
 * Adamax: Adam, divided by a decaying maximum of |g| instead of the root mean square. Keras advises it for models with embeddings. As in
 * PyTorch, eps is inside the maximum. With `epsInMax: false`, p ← p − lr·m̂/(u + eps).
 * @formula m as in Adam; u ← max(beta2·u, |g| + eps); p ← p − lr·m̂/u
 * @paper Kingma & Ba 2015, https://arxiv.org/abs/1412.6980
 */
export const adamax = define({
  name: "adamax",
  hyper: {
    ...moments,
    /** Step size. */
    lr: [2e-3, "[0,inf)"],
    /** Adds eps inside the maximum instead of to u. */
    epsInMax: [true, "boolean", "fixed"],
  },
  kernels: [kernels.adamax, kernels.adamaxSum],
  state: { m: "exp_avg", u: "exp_inf" },
  scalars(args, { lr, beta1, beta2, eps }, t) {
    args.scalars<"adamax" | "adamaxSum">("rate", lr / (1 - power(beta1, t)), "eps", eps, "beta2", beta2);
    args.gains(1 - beta1);
  },
  elementPass(k, { begin, end, c }, { p, g, m, u }, { epsInMax }) {
    if (!epsInMax) k.adamaxSum(begin, end, p, g, m, u, c);
    else k.adamax(begin, end, p, g, m, u, c);
  },
});
