import * as kernels from "../kernels/generated.js";
import { lrInMomentum, weightDecay } from "./constants.js";
import { define } from "./define.js";

/**
 * Heavy-ball momentum. For convolutional networks, with a schedule. As in PyTorch, dampening does not apply to the first gradient. With
 * `lrInMomentum`, b is a sum of lr·g, and p ← p − b.
 * @formula b ← momentum·b + (1 − dampening)·g; p ← p − lr·b
 * @paper Polyak 1964, https://doi.org/10.1016/0041-5553(64)90137-5
 */
export const momentum = define({
  name: "momentum",
  hyper: {
    /** Step size. */
    lr: [1e-3, "[0,inf)"],
    /** Decay of the sum of gradients. */
    momentum: [0.9, "[0,1)"],
    /** Share of each gradient, except the first, left out of the sum. */
    dampening: [0, "[0,1]"],
    lrInMomentum,
    weightDecay,
  },
  kernels: [kernels.momentum],
  state: { b: "momentum_buffer" },
  scalars(args, { lr, momentum, dampening, lrInMomentum }, t) {
    if (dampening > 0 && t > 1) args.amplify(1 - dampening);
    if (lrInMomentum) args.amplify(lr);
    args.scalars<"momentum">("rate", lrInMomentum ? 1 : lr, "momentum", momentum);
  },
  elementPass(k, { begin, end, c }, { p, g, b }) {
    k.momentum(begin, end, p, g, b, c);
  },
});
