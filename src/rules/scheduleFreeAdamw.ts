import { absorbedDecay } from "../engine/decay.js";
import * as kernels from "../kernels/generated.js";
import { power } from "../numerics/arithmetic.js";
import { insideDecay, squareLimit } from "./constants.js";
import { define } from "./define.js";
import { advance, averaging, carried, toAverage, warmUp, weights } from "./scheduleFree.js";

/**
 * Schedule-Free AdamW: an average instead of momentum and a learning-rate schedule. For training of unknown length. In training, `params`
 * are the points y for the gradients. `eval()` shows the average x, for evaluation and saving; `train()` switches back.
 * @formula η, w and c as in scheduleFreeSgd; v ← beta2·v + (1 − beta2)·g²; d = g/(√v̂ + eps) + weightDecay·p;
 *   p ← (1 − c)·p + c·z − η·(1 − beta1·(1 − c))·d; z ← z − η·d; eval(): p + (1 − 1/beta1)·(z − p)
 * @paper Defazio et al. 2024, https://arxiv.org/abs/2405.15682
 * @example
 * ```ts
 * const opt = scheduleFreeAdamw({ weight: [10, 784] }, { warmup: 100 });
 * opt.grads.weight.fill(1); // the gradient of the loss
 * opt.step();
 * opt.eval(); // for evaluation and saving
 * opt.train(); // for more steps
 * ```
 */
export const scheduleFreeAdamw = define({
  name: "scheduleFreeAdamw",
  hyper: {
    /** Step size. */
    lr: [2.5e-3, "[0,inf)"],
    /** Share of the average in the gradient point y. */
    beta1: [0.9, "(0,1]"],
    /** Decay of the mean of squared gradients. */
    beta2: [0.999, "[0,1)"],
    /** Keeps the division finite. */
    eps: [1e-8, "[0,inf)"],
    ...averaging,
    weightDecay: insideDecay,
  },
  gradientLimit: squareLimit,
  kernels: [kernels.scheduleFreeAdamw],
  state: { z: "z", v: "exp_avg_sq" },
  decay: "inside",
  carry: weights,
  absorbsDecay: true,
  prepare: warmUp,
  scalars(args, values, t, carry) {
    const { beta1, beta2, eps } = values;
    advance(args, values, t, carry);
    const { rate } = args;
    const share = carry[carried.share] as number;
    const root = Math.sqrt(1 - power(beta2, t));
    const rate2 = rate * (1 - beta1 * (1 - share));
    args.scalars<"scheduleFreeAdamw">(
      "rate",
      rate,
      "eps",
      eps * root,
      "rate2",
      rate2,
      "factor",
      root,
      "inside",
      absorbedDecay(args),
    );
    args.gains(share, 1 - beta2);
  },
  elementPass(k, { begin, end, c }, { p, g, z, v }, _, t) {
    if (t === 1) k.copy(begin, end, p, z);
    k.scheduleFreeAdamw(begin, end, p, g, z, v, c);
  },
  evaluate(k, args, { p, z }, { beta1 }) {
    toAverage(k, args, p, z, beta1);
  },
});
