import * as kernels from "../kernels/generated.js";
import { decoupledDecay } from "./constants.js";
import { define } from "./define.js";

/**
 * Lion: steps along the sign of a mean of gradients, with half of Adam's state. Use a learning rate 3 to 10 times smaller than AdamW's,
 * and a weight decay larger by the same factor.
 * @formula p ← (1 − lr·weightDecay)·p − lr·sign(beta1·m + (1 − beta1)·g); m ← beta2·m + (1 − beta2)·g
 * @paper Chen et al. 2023, https://arxiv.org/abs/2302.06675
 */
export const lion = define({
  name: "lion",
  hyper: {
    /** Step size. */
    lr: [1e-4, "[0,inf)"],
    /** Share of the mean in the step. */
    beta1: [0.9, "[0,1)"],
    /** Decay of the mean of gradients. */
    beta2: [0.99, "[0,1)"],
    weightDecay: decoupledDecay(0),
  },
  kernels: [kernels.lion],
  state: { m: "exp_avg" },
  decay: "decoupled",
  scalars(args, { lr, beta1, beta2 }) {
    args.scalars<"lion">("rate", lr);
    args.gains(1 - beta1, 1 - beta2);
  },
  elementPass(k, { begin, end, c }, { p, g, m }) {
    k.lion(begin, end, p, g, m, c);
  },
});
