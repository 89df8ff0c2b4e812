import { largestF32 } from "../checks/check.js";
import * as kernels from "../kernels/generated.js";
import { effectiveGradientNorm } from "../kernels/reductions.js";
import { insideDecay } from "./constants.js";
import { define } from "./define.js";

/**
 * NovoGrad: momentum of normalized gradients. It divides each tensor's gradient by the root of a mean of its squared norms. For large
 * batches, with half of Adam's state.
 * @formula for each tensor: v ← beta2·v + (1 − beta2)·‖g‖², at first ‖g‖²; m ← beta1·m + g/(√v + eps) + weightDecay·p; p ← p − lr·m
 * @paper Ginsburg et al. 2019, https://arxiv.org/abs/1905.11286
 */
export const novograd = define({
  name: "novograd",
  hyper: {
    /** Step size. */
    lr: [1e-3, "[0,inf)"],
    /** Decay of the sum of directions. */
    beta1: [0.95, "[0,1)"],
    /** Decay of the mean of squared norms. */
    beta2: [0.98, "[0,1)"],
    /** Keeps the division finite. */
    eps: [1e-8, "[0,inf)"],
    weightDecay: insideDecay,
  },
  kernels: [kernels.momentum],
  state: { m: "exp_avg", v: { torch: "exp_avg_sq", shape: () => [1] } },
  decay: "inside",
  perTensor: true,
  wholePass(k, args, { p, g, v }, { lr, beta1, beta2, eps }, t) {
    const square = effectiveGradientNorm(k, args, p, g) ** 2;
    const mean = t === 1 ? square : beta2 * args.load(v) + (1 - beta2) * square;
    args.store(v, Math.min(mean, largestF32)); // infinity would stay forever
    const root = Math.sqrt(args.load(v)) + eps;
    const size = root > 0 ? 1 / root : 0; // all gradients are 0
    args.prologue(size * args.scale, size * args.l2 + args.inside, args.decay);
    args.scalars<"momentum">("rate", lr, "momentum", beta1);
  },
  elementPass(k, { begin, end, c }, { p, g, m }) {
    k.momentum(begin, end, p, g, m, c);
  },
});
