import * as kernels from "../kernels/generated.js";
import { decoupledDecay, squareLimit } from "./constants.js";
import { define } from "./define.js";
import { indicesOf } from "./indices.js";

const carried = indicesOf("d", "dMax", "n");
const summed = indicesOf("product", "size");

// The limit of d as the factor of gradients before they are squared. It scales m and √v alike, so their ratio stays.
const largestFactor = 2 ** 20;

/**
 * Prodigy: Adam that finds its learning rate, d. It estimates d from gradients, as the distance from the initial p to the minimum. Leave lr
 * at 1, or use a schedule that starts at 1. `carry.d` is the current estimate.
 * @formula beta3 = √beta2; n ← beta3·n + (d²/d0)·lr·⟨g, q − p⟩, q = initial p; m ← beta1·m + d·(1 − beta1)·g;
 *   v ← beta2·v + d²·(1 − beta2)·g²; s ← beta3·s + (d²/d0)·lr·g; d' = max(d, dCoef·n/‖s‖₁), at most growth·d;
 *   p ← (1 − d·lr·weightDecay)·p − d·lr·m/(√v + d'·eps); d ← d'
 * @paper Mishchenko & Defazio 2024, https://arxiv.org/abs/2306.06101
 * @example
 * ```ts
 * const opt = prodigy({ weight: [10, 784] }, { lr: cosineDecay(1, { steps: 9000 }) });
 * opt.grads.weight.fill(1); // the gradient of the loss
 * opt.step();
 * console.log(opt.carry.d > 0); // prints true
 * ```
 */
export const prodigy = define({
  name: "prodigy",
  hyper: {
    /** Factor of the step. */
    lr: [1, "[0,inf)"],
    /** Decay of the mean of gradients. */
    beta1: [0.9, "[0,1)"],
    /** Decay of the mean of squared gradients. */
    beta2: [0.999, "[0,1)"],
    /** Keeps the division finite. */
    eps: [1e-8, "[0,inf)"],
    /** Initial rate. */
    d0: [1e-6, "(0,inf)", "fixed"],
    /** Factor of the estimated rate. */
    dCoef: [1, "(0,inf)"],
    /** Largest growth of the rate per step. */
    growth: [1e9, "[1,inf)"],
    weightDecay: decoupledDecay(0),
  },
  gradientLimit: squareLimit / largestFactor,
  kernels: [kernels.adamStep, kernels.asum, kernels.dotDifference, kernels.prodigy],
  state: { m: "exp_avg", v: "exp_avg_sq", s: "s", q: "p0" },
  decay: "decoupled",
  carry: { d: 0, dMax: 0, n: 0 },
  prepare(args, { lr, d0 }, _, carry) {
    const d = carry[carried.d] as number;
    args.rate = d > 0 ? d * lr : d0 * lr;
  },
  wholePass(k, args, { p, g, m, v, s, q }, { lr, beta1, beta2, d0 }, t, carry) {
    const { begin, end, c, r, sums } = args;
    if (t === 1) {
      k.copy(begin, end, p, q);
      carry[carried.d] = d0;
      carry[carried.dMax] = d0;
    }
    const d = carry[carried.d] as number;
    const weight = Math.min((d / d0) * (d * lr), 2 ** 60);

    // ⟨x, q − p⟩ with the effective gradient x = scale·g + l2·p
    k.dotDifference(begin, end, p, g, q, r);
    let product = args.scale * args.sum;
    if (args.l2 > 0) {
      k.dotDifference(begin, end, p, p, q, r);
      product += args.l2 * args.sum;
    }
    sums[summed.product] = (sums[summed.product] as number) + weight * product;
    args.scalars<"prodigy">("d", Math.min(d, largestFactor), "beta3", Math.sqrt(beta2), "weight", weight);
    args.gains(1 - beta1, 1 - beta2);
    k.prodigy(begin, end, p, g, m, v, s, c);
    k.asum(begin, end, s, r);
    sums[summed.size] = (sums[summed.size] as number) + args.sum;
  },
  scalars(args, { lr, beta2, eps, d0, dCoef, growth }, _, carry) {
    const product = args.sums[summed.product] as number;
    const size = args.sums[summed.size] as number;
    if (size === 0) return false; // all gradients were 0 so far
    const d = carry[carried.d] as number;
    const n = Math.sqrt(beta2) * (carry[carried.n] as number) + product;
    const found = (dCoef * n) / size;
    const dMax = Math.max(carry[carried.dMax] as number, found);
    const next = Math.min(dMax, growth * (d === d0 ? Math.max(d, found) : d));
    carry[carried.d] = next;
    carry[carried.dMax] = dMax;
    carry[carried.n] = n;
    args.scalars<"adamStep">("rate", d * lr, "eps", next * eps);
    return true;
  },
  elementPass(k, { begin, end, c }, { p, m, v }) {
    k.adamStep(begin, end, p, m, v, c);
  },
});
