import { define } from "../define.js";
import { adam, correct } from "./adam.js";

/** AMSGrad, as in PyTorch: the largest mean square is taken before the bias correction. */
export const amsgrad = define({
  name: "amsgrad",
  update: "m and v as in Adam; h ← max(h, v); ĥ = h/(1 − beta2ᵗ); p ← p − lr·m̂/(√ĥ + eps)",
  paper: "Reddi et al. 2018, https://arxiv.org/abs/1904.09237",
  hyper: adam.spec.hyper,
  state: { ...adam.spec.state, h: "max_exp_avg_sq" },
  step(k, sweep, { p, g, m, v, h }, values, t) {
    correct(sweep, values, t);
    k.amsgrad(sweep.begin, sweep.end, p, g, m, v, h, sweep.c);
  },
});
