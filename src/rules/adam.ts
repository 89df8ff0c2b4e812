import { power } from "../arithmetic.js";
import { define, weightDecay } from "../define.js";
import type { Sweep } from "../sweep.js";

/**
 * The scalars of Adam's kernel and its relatives: rate, gain1, gain2 and eps, the bias corrections in them. `scale` is of
 * the rate.
 */
export function correct(
  sweep: Sweep,
  { lr, beta1, beta2, eps }: { readonly [name in "lr" | "beta1" | "beta2" | "eps"]: number },
  t: number,
  scale = 1,
): void {
  // √v̂ = √v/root, so lr·m̂/(√v̂ + eps) = (lr·root/(1 − beta1ᵗ))·m/(√v + eps·root).
  const root = Math.sqrt(1 - power(beta2, t));
  sweep.scalars((scale * lr * root) / (1 - power(beta1, t)), 1 - beta1, 1 - beta2, eps * root);
}

/** Adam, as in PyTorch: eps outside the root and after the bias correction. */
export const adam = define({
  name: "adam",
  update:
    "m ← beta1·m + (1 − beta1)·g; v ← beta2·v + (1 − beta2)·g²; " +
    "m̂ = m/(1 − beta1ᵗ); v̂ = v/(1 − beta2ᵗ); p ← p − lr·m̂/(√v̂ + eps)",
  paper: "Kingma & Ba 2015, https://arxiv.org/abs/1412.6980",
  hyper: {
    lr: [1e-3, "[0,inf)", "step size"],
    beta1: [0.9, "[0,1)", "decay of the mean of gradients"],
    beta2: [0.999, "[0,1)", "decay of the mean of squared gradients"],
    eps: [1e-8, "[0,inf)", "keeps the division finite"],
    weightDecay,
  },
  state: { m: "exp_avg", v: "exp_avg_sq" },
  step(k, sweep, { p, g, m, v }, values, t) {
    correct(sweep, values, t);
    k.adam(sweep.begin, sweep.end, p, g, m, v, sweep.c);
  },
});
