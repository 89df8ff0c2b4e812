import { adam } from "./adam.js";
import { decoupledDecay, squareLimit } from "./constants.js";
import { define } from "./define.js";

/** AdamW: Adam whose weight decay does not pass through the moments. */
export const adamw = define({
  name: "adamw",
  formula: "p ← (1 − lr·weightDecay)·p, then Adam",
  paper: "Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101",
  hyper: { ...adam.spec.hyper, weightDecay: decoupledDecay(1e-2) },
  gradientLimit: squareLimit,
  state: adam.spec.state,
  decay: "decoupled",
  scalars: adam.spec.scalars,
  elementPass: adam.spec.elementPass,
});
