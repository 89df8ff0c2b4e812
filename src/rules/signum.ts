import { decoupledDecay } from "./constants.js";
import { define } from "./define.js";

/**
 * Signum: the sign of the mean gradient; with momentum 0, signSGD. Where gradients of very different sizes matter alike. Lion's
 * kernel, both of whose means are this one.
 */
export const signum = define({
  name: "signum",
  formula: "m ← momentum·m + (1 − momentum)·g; p ← (1 − lr·weightDecay)·p − lr·sign(m)",
  paper: "Bernstein et al. 2018, https://arxiv.org/abs/1802.04434",
  hyper: {
    lr: [1e-3, "[0,inf)", "step size"],
    momentum: [0.9, "[0,1)", "decay of the mean of gradients"],
    weightDecay: decoupledDecay(0),
  },
  state: { m: "momentum_buffer" },
  decay: "decoupled",
  scalars(args, { lr, momentum }) {
    args.scalars<"lion">("rate", lr);
    args.gains(1 - momentum, 1 - momentum);
  },
  elementPass(k, { begin, end, c }, { p, g, m }) {
    k.lion(begin, end, p, g, m, c);
  },
});
