import { largestF32 } from "../checks/check.js";
import * as kernels from "../kernels/generated.js";
import { norm } from "../kernels/reductions.js";
import { power } from "../numerics/arithmetic.js";
import { elements } from "../numerics/shape.js";
import { adam, moments } from "./adam.js";
import { insideDecay, squareLimit } from "./constants.js";
import { define } from "./define.js";

/**
 * LAMB: Adam with steps proportional to the norm of each tensor. For large batches.
 * @formula for each tensor: u = m̂/(√v̂ + eps) + weightDecay·p; p ← p − lr·‖p‖/‖u‖·u; if a norm is 0: p ← p − lr·u
 * @paper You et al. 2020, https://arxiv.org/abs/1904.00962
 */
export const lamb = define({
  name: "lamb",
  hyper: {
    ...moments,
    /** Keeps the division finite. */
    eps: [1e-6, "[0,inf)"],
    weightDecay: insideDecay,
  },
  gradientLimit: squareLimit,
  kernels: [kernels.lamb, kernels.sgd],
  state: adam.spec.state,
  decay: "inside",
  perTensor: true,
  scratch: elements,
  wholePass(k, args, { p, g, m, v, scratch }, { lr, beta1, beta2, eps }, t) {
    const root = Math.sqrt(1 - power(beta2, t));
    args.scalars<"lamb">("rate", root / (1 - power(beta1, t)), "eps", eps * root, "inside", args.inside);
    args.gains(1 - beta1, 1 - beta2);
    k.lamb(args.begin, args.end, p, g, m, v, scratch, args.c);
    const pNorm = norm(k, args, p);
    const uNorm = norm(k, args, scratch);
    args.prologue(1, 0, args.decay);
    args.scalars<"sgd">("rate", pNorm > 0 && uNorm > 0 ? Math.min((lr * pNorm) / uNorm, largestF32) : lr);
  },
  elementPass(k, { begin, end, c }, { p, scratch }) {
    k.sgd(begin, end, p, scratch, c);
  },
});
