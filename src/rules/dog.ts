import * as kernels from "../kernels/generated.js";
import { dot, effectiveGradientNorm } from "../kernels/reductions.js";
import { weightDecay } from "./constants.js";
import { define } from "./define.js";
import { indicesOf } from "./indices.js";

const carried = indicesOf("r", "n");
const summed = indicesOf("moved", "size", "square");

/**
 * DoG (distance over gradients): gradient descent that finds its learning rate. The rate is the largest distance from the initial p so far,
 * divided by the root of the sum of squared gradients. Leave lr at 1. The authors advise averaging the parameters, see `ema`.
 * @formula q = initial p; r ← max(r, ‖p − q‖), at first reps·(1 + ‖q‖); n ← n + ‖g‖²; p ← p − lr·r/√(n + eps)·g
 * @paper Ivgi et al. 2023, https://arxiv.org/abs/2302.12022
 * @example
 * ```ts
 * const opt = dog({ weight: [10, 784] }, { ema: true });
 * opt.grads.weight.fill(1); // the gradient of the loss
 * opt.step();
 * opt.eval(); // shows the average
 * ```
 */
export const dog = define({
  name: "dog",
  hyper: {
    /** Factor of the step. */
    lr: [1, "[0,inf)"],
    /** Initial distance, relative to 1 + ‖p‖. */
    reps: [1e-6, "(0,inf)"],
    /** Keeps the division finite. */
    eps: [1e-8, "(0,inf)"],
    weightDecay,
  },
  kernels: [kernels.sgd, kernels.squaredDistance],
  state: { q: "p0" },
  carry: { r: 0, n: 0 },
  wholePass(k, args, { p, g, q }, _, t) {
    const { begin, end, sums } = args;
    if (t === 1) k.copy(begin, end, p, q);
    k.squaredDistance(begin, end, p, q, args.r);
    sums[summed.moved] = (sums[summed.moved] as number) + args.sum;
    if (t === 1) sums[summed.size] = (sums[summed.size] as number) + dot(k, args, p, p);
    sums[summed.square] = (sums[summed.square] as number) + effectiveGradientNorm(k, args, p, g) ** 2;
  },
  scalars(args, { lr, reps, eps }, t, carry) {
    const moved = args.sums[summed.moved] as number;
    const size = args.sums[summed.size] as number;
    const square = args.sums[summed.square] as number;
    const r = t === 1 ? reps * (1 + Math.sqrt(size)) : Math.max(carry[carried.r] as number, Math.sqrt(moved));
    const n = (carry[carried.n] as number) + square;
    carry[carried.r] = r;
    carry[carried.n] = n;
    args.scalars<"sgd">("rate", (lr * r) / Math.sqrt(n + eps));
  },
  elementPass(k, { begin, end, c }, { p, g }) {
    k.sgd(begin, end, p, g, c);
  },
});
