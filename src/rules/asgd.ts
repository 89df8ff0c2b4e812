import * as kernels from "../kernels/generated.js";
import { raise } from "../numerics/arithmetic.js";
import { weightDecay } from "./constants.js";
import { define } from "./define.js";

// The step size, and the gain of the average, after t completed steps.
const etaAfter = (lr: number, lambd: number, alpha: number, t: number) => lr / raise(1 + lambd * lr * t, alpha);
const muAfter = (t0: number, t: number) => 1 / Math.max(1, t - t0);

/**
 * Averaged gradient descent, for noisy gradients of a convex loss. A scheduled lr takes effect at once; in PyTorch, a step later.
 * `eval()` shows the average.
 * @formula η = lr/(1 + lambd·lr·(t − 1))^alpha; p ← (1 − lambd·η)·p − η·g;
 *   a ← p while t ≤ t0 + 2, then a ← a + (p − a)/(t − 1 − t0)
 * @paper Polyak & Juditsky 1992, https://doi.org/10.1137/0330046
 * @example
 * ```ts
 * const opt = asgd({ x: 1 }, { lr: 0.1, t0: 10 });
 * for (let i = 0; i < 100; i++) {
 *   opt.grads.x[0] = opt.params.x[0] - 3 + Math.sin(i); // noisy
 *   opt.step();
 * }
 * opt.eval();
 * console.log(Math.abs(opt.params.x[0] - 3) < 0.2); // prints true
 * ```
 */
export const asgd = define({
  name: "asgd",
  hyper: {
    /** Step size. */
    lr: [1e-2, "[0,inf)"],
    /** Decay of the step size and of p. */
    lambd: [1e-4, "[0,inf)"],
    /** Exponent of the decay of the step size. */
    alpha: [0.75, "[0,inf)"],
    /** Steps before the averaging begins. */
    t0: [1e6, "[0,inf)"],
    weightDecay,
  },
  kernels: [kernels.asgd],
  state: { a: "ax" },
  torchNumbers: { eta: ({ lr, lambd, alpha }, t) => etaAfter(lr, lambd, alpha, t), mu: ({ t0 }, t) => muAfter(t0, t) },
  scalars(args, { lr, lambd, alpha, t0 }, t) {
    const rate = etaAfter(lr, lambd, alpha, t - 1);
    args.scalars<"asgd">("rate", rate, "rate2", lambd * rate);
    args.gains(1 - muAfter(t0, t - 1));
  },
  elementPass(k, { begin, end, c }, { p, g, a }) {
    k.asgd(begin, end, p, g, a, c);
  },
  evaluate(k, args, { p, a }) {
    k.copy(args.begin, args.end, a, p);
  },
});
