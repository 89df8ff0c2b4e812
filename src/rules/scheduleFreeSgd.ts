import { absorbedDecay } from "../engine/decay.js";
import * as kernels from "../kernels/generated.js";
import { weightDecay } from "./constants.js";
import { define } from "./define.js";
import { advance, averaging, carried, toAverage, warmUp, weights } from "./scheduleFree.js";

/**
 * Schedule-Free gradient descent: an average instead of a learning-rate schedule. For training of unknown length. In training, `params` are
 * the points y for the gradients. `eval()` shows the average x, for evaluation and saving; `train()` switches back.
 * @formula η = lr·min(1, t/warmup); w = tʳ·(largest η)^weightPower; c = w/Σw; p ← (1 − c)·p + c·z − η·(1 − momentum·(1 − c))·g;
 *   z ← z − η·g; eval(): p + (1 − 1/momentum)·(z − p)
 * @paper Defazio et al. 2024, https://arxiv.org/abs/2405.15682
 * @example
 * ```ts
 * const opt = scheduleFreeSgd({ x: Float32Array.of(1) }, { lr: 0.5 });
 * for (let i = 0; i < 100; i++) {
 *   opt.grads.x.set(opt.params.x); // the gradient at the point y
 *   opt.step();
 * }
 * opt.eval(); // the average x
 * console.log(Math.abs(opt.params.x[0]) < 0.01); // prints true
 * ```
 */
export const scheduleFreeSgd = define({
  name: "scheduleFreeSgd",
  hyper: {
    /** Step size. */
    lr: [1, "[0,inf)"],
    /** Share of the average in the gradient point y. */
    momentum: [0.9, "(0,1]"],
    ...averaging,
    weightDecay,
  },
  kernels: [kernels.scheduleFreeSgd],
  state: { z: "z" },
  carry: weights,
  absorbsDecay: true,
  prepare: warmUp,
  scalars(args, values, t, carry) {
    advance(args, values, t, carry);
    const { rate } = args;
    const share = carry[carried.share] as number;
    args.prologue(args.scale, args.l2 + absorbedDecay(args), 0);
    args.scalars<"scheduleFreeSgd">("rate", rate, "rate2", rate * (1 - values.momentum * (1 - share)));
    args.gains(share);
  },
  elementPass(k, { begin, end, c }, { p, g, z }, _, t) {
    if (t === 1) k.copy(begin, end, p, z);
    k.scheduleFreeSgd(begin, end, p, g, z, c);
  },
  evaluate(k, args, { p, z }, { momentum }) {
    toAverage(k, args, p, z, momentum);
  },
});
