import * as kernels from "../kernels/generated.js";
import { power } from "../numerics/arithmetic.js";
import { adam, moments } from "./adam.js";
import { epsHat, squareLimit } from "./constants.js";
import { define } from "./define.js";

/**
 * AMSGrad, as in PyTorch: Adam, divided by the root of the largest mean square so far. For problems where Adam forgets rare large gradients
 * too soon. The maximum comes before the bias correction, unless `corrected`.
 * @formula m and v as in Adam; h ← max(h, v); ĥ = h/(1 − beta2ᵗ); p ← p − lr·m̂/(√ĥ + eps)
 * @paper Reddi et al. 2018, https://arxiv.org/abs/1904.09237
 */
export const amsgrad = define({
  name: "amsgrad",
  hyper: {
    ...moments,
    epsHat: epsHat(false),
    /** Takes the maximum after the bias correction. */
    corrected: [false, "boolean", "fixed"],
  },
  gradientLimit: squareLimit,
  kernels: [kernels.amsgrad, kernels.amsgradCorrected],
  state: { ...adam.spec.state, h: "max_exp_avg_sq" },
  scalars(args, { lr, beta1, beta2, eps, epsHat, corrected }, t) {
    const square = 1 - power(beta2, t);
    const root = corrected ? 1 : Math.sqrt(square);
    const rate = (lr * root) / (1 - power(beta1, t));
    // The factor of eps. With `corrected`, the squares have the bias correction already, so eps needs none.
    const outside = epsHat ? root / Math.sqrt(square) : root;
    args.scalars<"amsgrad" | "amsgradCorrected">("rate", rate, "eps", eps * outside, "factor", 1 / square);
    args.gains(1 - beta1, 1 - beta2);
  },
  elementPass(k, { begin, end, c }, { p, g, m, v, h }, { corrected }) {
    if (corrected) k.amsgradCorrected(begin, end, p, g, m, v, h, c);
    else k.amsgrad(begin, end, p, g, m, v, h, c);
  },
});
