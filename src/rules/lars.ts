import { largestF32 } from "../checks/check.js";
import * as kernels from "../kernels/generated.js";
import { norm } from "../kernels/reductions.js";
import { weightDecay } from "./constants.js";
import { define } from "./define.js";

/**
 * LARS: momentum with steps proportional to the norm of each tensor. For large batches.
 * @formula for each tensor: r = trust·‖p‖/(‖g‖ + weightDecay·‖p‖ + eps), or 1 if a norm is 0;
 *   b ← momentum·b + lr·r·(g + weightDecay·p); p ← p − b
 * @paper You et al. 2017, https://arxiv.org/abs/1708.03888
 */
export const lars = define({
  name: "lars",
  hyper: {
    /** Step size, which trust reduces further. */
    lr: [1, "[0,inf)"],
    /** Decay of the sum of steps. */
    momentum: [0.9, "[0,1)"],
    /** Step of a tensor, relative to its norm. */
    trust: [1e-3, "(0,inf)"],
    /** Keeps the division finite. */
    eps: [0, "[0,inf)"],
    weightDecay,
  },
  kernels: [kernels.momentum],
  state: { b: "momentum_buffer" },
  perTensor: true,
  wholePass(k, args, { p, g }, { lr, momentum, trust, eps }) {
    const pNorm = norm(k, args, p);
    const gNorm = Math.abs(args.scale) * norm(k, args, g);
    const ratio = pNorm > 0 && gNorm > 0 ? (trust * pNorm) / (gNorm + args.l2 * pNorm + eps) : 1;
    args.amplify(Math.min(lr * ratio, largestF32));
    args.scalars<"momentum">("rate", 1, "momentum", momentum);
  },
  elementPass(k, { begin, end, c }, { p, g, b }) {
    k.momentum(begin, end, p, g, b, c);
  },
});
