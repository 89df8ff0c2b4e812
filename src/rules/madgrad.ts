import * as kernels from "../kernels/generated.js";
import { squareSumLimit, weightDecay } from "./constants.js";
import { define } from "./define.js";

/**
 * MADGRAD: dual averaging from the initial p, divided by the cube root of summed squares, with momentum. The authors advise less weight
 * decay than for SGD, often none.
 * @formula λ = (lr + eps)·√t; s ← s + λ·g; n ← n + λ·g²; z = q − s/(∛n + eps), q = initial p; p ← momentum·p + (1 − momentum)·z
 * @paper Defazio & Jelassi 2022, https://arxiv.org/abs/2101.11075
 */
export const madgrad = define({
  name: "madgrad",
  hyper: {
    /** Step size. */
    lr: [1e-2, "[0,inf)"],
    /** Share of the old p in the new. */
    momentum: [0.9, "[0,1)"],
    /** Keeps the division finite. */
    eps: [1e-6, "[0,inf)"],
    weightDecay,
  },
  gradientLimit: squareSumLimit,
  kernels: [kernels.madgrad],
  state: { n: "grad_sum_sq", s: "s", q: "x0" },
  scalars(args, { lr, momentum, eps }, t) {
    args.scalars<"madgrad">("rate", (lr > 0 ? lr + eps : 0) * Math.sqrt(t), "eps", eps); // as in the authors' code
    args.gains(1 - momentum);
  },
  elementPass(k, { begin, end, c }, { p, g, n, s, q }, _, t) {
    if (t === 1) k.copy(begin, end, p, q);
    k.madgrad(begin, end, p, g, n, s, q, c);
  },
});
