import * as kernels from "../kernels/generated.js";
import { decoupledDecay } from "./constants.js";
import { define } from "./define.js";

/**
 * Signum: steps along the sign of the mean gradient. With momentum 0 it is signSGD. For elements with gradients of different size.
 * @formula m ← momentum·m + (1 − momentum)·g; p ← (1 − lr·weightDecay)·p − lr·sign(m)
 * @paper Bernstein et al. 2018, https://arxiv.org/abs/1802.04434
 */
export const signum = define({
  name: "signum",
  hyper: {
    /** Step size. */
    lr: [1e-3, "[0,inf)"],
    /** Decay of the mean of gradients. */
    momentum: [0.9, "[0,1)"],
    weightDecay: decoupledDecay(0),
  },
  kernels: [kernels.lion],
  state: { m: "momentum_buffer" },
  decay: "decoupled",
  scalars(args, { lr, momentum }) {
    // Lion's kernel has two means. With equal gains both are m.
    args.scalars<"lion">("rate", lr);
    args.gains(1 - momentum, 1 - momentum);
  },
  elementPass(k, { begin, end, c }, { p, g, m }) {
    k.lion(begin, end, p, g, m, c);
  },
});
