import * as kernels from "../kernels/generated.js";
import { exponential, power } from "../numerics/arithmetic.js";
import { adam, moments } from "./adam.js";
import { squareLimit } from "./constants.js";
import { define } from "./define.js";

const log096 = -0.040821994520255166; // ln 0.96

/**
 * NAdam, as in PyTorch: Adam with Nesterov's look-ahead and a warm-up of the momentum. Often slightly faster than Adam.
 * @formula m and v as in Adam; μₜ = beta1·(1 − 0.96^(t·momentumDecay)/2);
 *   p ← p − lr·((1 − μₜ)/(1 − μ₁…μₜ)·g + μₜ₊₁/(1 − μ₁…μₜ₊₁)·m)/(√v̂ + eps)
 * @paper Dozat 2016, https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ
 */
export const nadam = define({
  name: "nadam",
  hyper: {
    ...moments,
    /** Step size. */
    lr: [2e-3, "[0,inf)"],
    /** Speed of the momentum's warm-up. */
    momentumDecay: [4e-3, "[0,inf)"],
  },
  gradientLimit: squareLimit,
  kernels: [kernels.nadam],
  state: adam.spec.state,
  carry: { product: 1 }, // μ₁…μₜ
  torchNumbers: { mu_product: "product" },
  scalars(args, { lr, beta1, beta2, eps, momentumDecay }, t, carry) {
    const decay = exponential(momentumDecay * log096);
    const before = power(decay, t);
    const mu = beta1 * (1 - 0.5 * before);
    const next = beta1 * (1 - 0.5 * before * decay);
    const product = (carry[0] as number) * mu;
    carry[0] = product;
    const root = Math.sqrt(1 - power(beta2, t));
    const rate = (lr * root * next) / (1 - product * next);
    const rate2 = (lr * root * (1 - mu)) / (1 - product);
    args.scalars<"nadam">("rate", rate, "eps", eps * root, "rate2", rate2);
    args.gains(1 - beta1, 1 - beta2);
  },
  elementPass(k, { begin, end, c }, { p, g, m, v }) {
    k.nadam(begin, end, p, g, m, v, c);
  },
});
