import * as kernels from "../kernels/generated.js";
import { power } from "../numerics/arithmetic.js";
import { squareLimit } from "./constants.js";
import { define } from "./define.js";

/**
 * Adan: Adam with Nesterov momentum, from differences of gradients. Most learning rates in the paper are 5 to 10 times AdamW's. As in the
 * authors' code, weight decay is proximal: it divides p.
 * @formula d = g − (previous g), 0 at first; m ← beta1·m + (1 − beta1)·g; w ← beta2·w + (1 − beta2)·d;
 *   n ← beta3·n + (1 − beta3)·(g + beta2·d)²; p ← (p − lr·(m̂ + beta2·ŵ)/(√n̂ + eps))/(1 + lr·weightDecay)
 * @paper Xie et al. 2022, https://arxiv.org/abs/2208.06677
 */
export const adan = define({
  name: "adan",
  hyper: {
    /** Step size. */
    lr: [1e-3, "[0,inf)"],
    /** Decay of the mean of gradients. */
    beta1: [0.98, "[0,1)"],
    /** Decay of the mean of gradient differences. */
    beta2: [0.92, "[0,1)"],
    /** Decay of the mean of squares. */
    beta3: [0.99, "[0,1)"],
    /** Keeps the division finite. */
    eps: [1e-8, "[0,inf)"],
    /** Proximal decay: divides p by 1 + lr · weightDecay. */
    weightDecay: [0, "[0,inf)"],
  },
  gradientLimit: squareLimit,
  kernels: [kernels.adan],
  state: { m: "exp_avg", w: "exp_avg_diff", n: "exp_avg_sq", q: "previous_grad" },
  decay: "proximal",
  scalars(args, { lr, beta1, beta2, beta3, eps }, t) {
    const root = Math.sqrt(1 - power(beta3, t));
    const rate = lr * root;
    const rate2 = (rate * beta2) / (1 - power(beta2, t));
    const known = t === 1 ? 0 : 1;
    args.scalars<"adan">("rate", rate / (1 - power(beta1, t)), "eps", eps * root, "rate2", rate2, "beta2", beta2, "known", known);
    args.gains(1 - beta1, 1 - beta2, 1 - beta3);
  },
  elementPass(k, { begin, end, c }, { p, g, m, w, n, q }) {
    k.adan(begin, end, p, g, m, w, n, q, c);
  },
});
