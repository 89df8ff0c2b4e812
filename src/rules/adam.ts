import * as kernels from "../kernels/generated.js";
import type { KernelArguments } from "../kernels/kernelArguments.js";
import { power } from "../numerics/arithmetic.js";
import { epsHat, squareLimit, weightDecay } from "./constants.js";
import { define } from "./define.js";

/** The hyper-parameters of Adam and its variants. */
export const moments = {
  /** Step size. */
  lr: [1e-3, "[0,inf)"],
  /** Decay of the mean of gradients. */
  beta1: [0.9, "[0,1)"],
  /** Decay of the mean of squared gradients. */
  beta2: [0.999, "[0,1)"],
  /** Keeps the division finite. */
  eps: [1e-8, "[0,inf)"],
  weightDecay,
} as const;

type Moments = { readonly [name in "lr" | "beta1" | "beta2" | "eps"]: number };

/** Loads the scalars of Adam and its variants: rate, eps and epsRoot with bias correction, and gains. */
export function correct(
  args: KernelArguments,
  { lr, beta1, beta2, eps }: Moments,
  t: number,
  epsHat = false,
  epsRoot = 0,
  scale = 1,
): void {
  // √v̂ = √v/root, so lr·m̂/(√v̂ + eps) = (lr·root/(1 − beta1ᵗ))·m/(√v + eps·root).
  const square = 1 - power(beta2, t);
  const root = Math.sqrt(square);
  const rate = (scale * lr * root) / (1 - power(beta1, t));
  const divisor = eps * (epsHat ? 1 : root);
  args.scalars<"adam" | "adamRoot" | "yogi">("rate", rate, "eps", divisor, "epsRoot", epsRoot * square);
  args.gains(1 - beta1, 1 - beta2);
}

/**
 * Adam, as in PyTorch: eps outside the root and after the bias correction. The usual first choice for neural networks. For weight decay,
 * use `adamw`.
 * @formula m ← beta1·m + (1 − beta1)·g; v ← beta2·v + (1 − beta2)·g²; m̂ = m/(1 − beta1ᵗ); v̂ = v/(1 − beta2ᵗ);
 *   p ← p − lr·m̂/(√(v̂ + epsRoot) + eps)
 * @paper Kingma & Ba 2015, https://arxiv.org/abs/1412.6980
 * @example
 * ```ts
 * const opt = adam({ weight: [10, 784], bias: 10 }, { lr: 1e-3 });
 * opt.grads.bias.fill(1); // the gradient of the loss
 * opt.step();
 * console.log(opt.params.bias[0].toFixed(4)); // prints -0.0010
 * ```
 */
export const adam = define({
  name: "adam",
  hyper: {
    ...moments,
    epsHat: epsHat(false),
    /** Added inside the root, after the bias correction. */
    epsRoot: [0, "[0,inf)"],
  },
  gradientLimit: squareLimit,
  kernels: [kernels.adam, kernels.adamRoot],
  state: { m: "exp_avg", v: "exp_avg_sq" },
  scalars(args, values, t) {
    correct(args, values, t, values.epsHat, values.epsRoot);
  },
  elementPass(k, { begin, end, c }, { p, g, m, v }, { epsRoot }) {
    if (epsRoot > 0) k.adamRoot(begin, end, p, g, m, v, c);
    else k.adam(begin, end, p, g, m, v, c);
  },
});
