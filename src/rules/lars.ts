import { largestF32 } from "../check.js";
import { define, weightDecay } from "../define.js";
import { norm } from "../norm.js";

/** LARS: momentum whose rate in each tensor is in proportion to its norm, over that of its gradient. For large batches. */
export const lars = define({
  name: "lars",
  update:
    "in each tensor: r = trust·‖p‖/(‖g‖ + weightDecay·‖p‖ + eps), 1 where a norm is 0; " +
    "b ← momentum·b + lr·r·(g + weightDecay·p); p ← p − b",
  paper: "You et al. 2017, https://arxiv.org/abs/1708.03888",
  hyper: {
    lr: [1, "[0,inf)", "step size; trust already makes it small"],
    momentum: [0.9, "[0,1)", "decay of the sum of steps"],
    trust: [1e-3, "(0,inf)", "how far a tensor may move, as a part of its norm"],
    eps: [0, "[0,inf)", "keeps the division finite"],
    weightDecay,
  },
  state: { b: "momentum_buffer" },
  perTensor: true,
  study(k, sweep, { p, g }, { lr, momentum, trust, eps }) {
    const pNorm = norm(k, sweep, p);
    const gNorm = Math.abs(sweep.scale) * norm(k, sweep, g);
    const ratio = pNorm > 0 && gNorm > 0 ? (trust * pNorm) / (gNorm + sweep.l2 * pNorm + eps) : 1;
    sweep.amplify(Math.min(lr * ratio, largestF32));
    sweep.scalars(1, momentum);
  },
  move(k, { begin, end, c }, { p, g, b }) {
    k.momentum(begin, end, p, g, b, c);
  },
});
