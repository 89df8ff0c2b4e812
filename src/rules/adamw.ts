import { decoupledDecay, define, squareLimit } from "../define.js";
import { adam } from "./adam.js";

/** AdamW: Adam whose weight decay does not pass through the moments. */
export const adamw = define({
  name: "adamw",
  update: "p ← (1 − lr·weightDecay)·p, then Adam",
  paper: "Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101",
  hyper: { ...adam.spec.hyper, weightDecay: decoupledDecay(1e-2) },
  gradientLimit: squareLimit,
  state: adam.spec.state,
  decay: "decoupled",
  scalars: adam.spec.scalars,
  move: adam.spec.move,
});
