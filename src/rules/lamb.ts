import { power } from "../arithmetic.js";
import { largestF32 } from "../check.js";
import { define, insideDecay, squareLimit } from "../define.js";
import { norm } from "../norm.js";
import { elements } from "../shape.js";
import { adam, moments } from "./adam.js";

/** LAMB: Adam whose rate in each tensor is in proportion to its norm, over that of Adam's step. For large batches. */
export const lamb = define({
  name: "lamb",
  update: "in each tensor: u = m̂/(√v̂ + eps) + weightDecay·p; p ← p − lr·‖p‖/‖u‖·u, and p − lr·u where a norm is 0",
  paper: "You et al. 2020, https://arxiv.org/abs/1904.00962",
  hyper: { ...moments, eps: [1e-6, "[0,inf)", "keeps the division finite"], weightDecay: insideDecay },
  gradientLimit: squareLimit,
  state: adam.spec.state,
  decay: "inside",
  perTensor: true,
  scratch: elements,
  study(k, sweep, { p, g, m, v, scratch }, { lr, beta1, beta2, eps }, t) {
    const root = Math.sqrt(1 - power(beta2, t));
    sweep.scalars(root / (1 - power(beta1, t)), eps * root, sweep.inside);
    sweep.gains(1 - beta1, 1 - beta2);
    k.lamb(sweep.begin, sweep.end, p, g, m, v, scratch, sweep.c);
    const pNorm = norm(k, sweep, p);
    const uNorm = norm(k, sweep, scratch);
    sweep.trunk(1, 0, sweep.decay);
    sweep.scalars(pNorm > 0 && uNorm > 0 ? Math.min((lr * pNorm) / uNorm, largestF32) : lr);
  },
  move(k, { begin, end, c }, { p, scratch }) {
    k.sgd(begin, end, p, scratch, c);
  },
});
