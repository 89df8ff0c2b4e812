import { adam } from "./adam.js";
import { decoupledDecay, squareLimit } from "./constants.js";
import { define } from "./define.js";

/**
 * AdamW: Adam with decoupled weight decay, which does not enter the moments. The usual choice for transformers.
 * @formula p ← (1 − lr·weightDecay)·p, then Adam
 * @paper Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101
 * @example
 * ```ts
 * const opt = adamw(
 *   { weight: [10, 784], bias: 10 },
 *   { lr: cosineDecay(1e-3, { steps: 9000 }), groups: [{ match: ["bias"], weightDecay: 0 }] },
 * );
 * opt.grads.weight.fill(1); // the gradient of the loss
 * opt.step();
 * ```
 */
export const adamw = define({
  name: "adamw",
  hyper: { ...adam.spec.hyper, weightDecay: decoupledDecay(1e-2) },
  gradientLimit: squareLimit,
  kernels: adam.spec.kernels,
  state: adam.spec.state,
  decay: "decoupled",
  scalars: adam.spec.scalars,
  elementPass: adam.spec.elementPass,
});
