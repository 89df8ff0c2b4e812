import { define, weightDecay } from "../define.js";
import { advance, averaging, decayOf, toAverage, warmUp, weights } from "../scheduleFree.js";

/**
 * Schedule-Free gradient descent: an average of the steps in place of a decaying rate. `params` are the points y where
 * the gradient is wanted; `eval()` shows their average x, which the model is to be judged by, and `train()` goes back.
 */
export const scheduleFreeSgd = define({
  name: "scheduleFreeSgd",
  update:
    "η = lr·min(1, t/warmup); w = tʳ·(largest η)^weightPower; c = w/Σw; " +
    "p ← (1 − c)·p + c·z − η·(1 − momentum·(1 − c))·g; z ← z − η·g; eval(): p + (1 − 1/momentum)·(z − p)",
  paper: "Defazio et al. 2024, https://arxiv.org/abs/2405.15682",
  hyper: {
    lr: [1, "[0,inf)", "step size"],
    momentum: [0.9, "(0,1]", "share of the average in the point of the gradient"],
    ...averaging,
    weightDecay,
  },
  state: { z: "z" },
  carry: weights,
  absorbsDecay: true,
  prepare: warmUp,
  scalars(sweep, values, t, carry) {
    advance(sweep, values, t, carry);
    const { rate } = sweep;
    const share = carry[2] as number;
    sweep.trunk(sweep.scale, sweep.l2 + decayOf(sweep), 0);
    sweep.scalars(rate, rate * (1 - values.momentum * (1 - share)));
    sweep.gains(share);
  },
  move(k, { begin, end, c }, { p, g, z }, _, t) {
    if (t === 1) k.copy(begin, end, p, z);
    k.scheduleFreeSgd(begin, end, p, g, z, c);
  },
  evaluate(k, sweep, { p, z }, { momentum }) {
    toAverage(k, sweep, p, z, momentum);
  },
});
