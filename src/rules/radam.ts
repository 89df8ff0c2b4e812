import * as kernels from "../kernels/generated.js";
import { power } from "../numerics/arithmetic.js";
import { adam, moments } from "./adam.js";
import { epsHat, squareLimit } from "./constants.js";
import { define } from "./define.js";

/**
 * RAdam, as in PyTorch: momentum for the first steps, until the variance of the gradients is known (five steps at beta2 = 0.999). Then Adam
 * with a rectified learning rate, and eps outside the uncorrected root. Needs no warm-up.
 * @formula m and v as in Adam; ρ∞ = 2/(1 − beta2) − 1; ρ = ρ∞ − 2t·beta2ᵗ/(1 − beta2ᵗ);
 *   r = √((ρ − 4)(ρ − 2)ρ∞/((ρ∞ − 4)(ρ∞ − 2)ρ)); if ρ > 5: p ← p − lr·m̂·r·√(1 − beta2ᵗ)/(√v + eps); else: p ← p − lr·m̂
 * @paper Liu et al. 2020, https://arxiv.org/abs/1908.03265
 */
export const radam = define({
  name: "radam",
  hyper: { ...moments, epsHat: epsHat(true) },
  gradientLimit: squareLimit,
  kernels: [kernels.radam],
  state: adam.spec.state,
  scalars(args, { lr, beta1, beta2, eps, epsHat }, t) {
    args.gains(1 - beta1, 1 - beta2);
    const power2 = power(beta2, t);
    const rate = lr / (1 - power(beta1, t));
    const last = 2 / (1 - beta2) - 1;
    const rho = last - (2 * t * power2) / (1 - power2);
    if (rho > 5) {
      const root = Math.sqrt(1 - power2);
      const rectified = Math.sqrt(((rho - 4) * (rho - 2) * last) / ((last - 4) * (last - 2) * rho)) * root;
      args.scalars<"radam">("rate", rate * rectified, "eps", eps * (epsHat ? 1 : root), "factor", 1);
    } else {
      args.scalars<"radam">("rate", rate, "eps", 1, "factor", 0);
    }
  },
  elementPass(k, { begin, end, c }, { p, g, m, v }) {
    k.radam(begin, end, p, g, m, v, c);
  },
});
