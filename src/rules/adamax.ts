import { power } from "../arithmetic.js";
import { define } from "../define.js";
import { adam } from "./adam.js";

/** Adamax: Adam by the largest gradient, slowly forgotten, in place of the mean square. As in PyTorch, eps is inside the maximum. */
export const adamax = define({
  name: "adamax",
  update: "m as in Adam; u ← max(beta2·u, |g| + eps); p ← p − lr·m̂/u",
  paper: "Kingma & Ba 2015, https://arxiv.org/abs/1412.6980",
  hyper: { ...adam.spec.hyper, lr: [2e-3, "[0,inf)", "step size"] },
  state: { m: "exp_avg", u: "exp_inf" },
  step(k, sweep, { p, g, m, u }, { lr, beta1, beta2, eps }, t) {
    sweep.scalars(lr / (1 - power(beta1, t)), 1 - beta1, beta2, eps);
    k.adamax(sweep.begin, sweep.end, p, g, m, u, sweep.c);
  },
});
