import type { Quantity, Switch } from "../engine/spec.js";

/** The L2 penalty, as in PyTorch. */
export const weightDecay: Quantity = [0, "[0,inf)", "L2 penalty: adds weightDecay · p to the gradient"];

/** Decoupled weight decay, Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101. */
export const decoupledDecay = (value: number): Quantity => [value, "[0,inf)", "decoupled decay: subtracts lr · weightDecay · p"];

/** Weight decay in the rule's direction. */
export const insideDecay: Quantity = [0, "[0,inf)", "weight decay: adds weightDecay · p to the direction"];

/** The place of eps in Adam and its variants. */
export const epsHat = (value: boolean): Switch => [
  value,
  "boolean",
  "adds eps to the root before the root's bias correction",
  "fixed",
];

/** The place of eps in RMSProp. */
export const epsInRoot: Switch = [false, "boolean", "adds eps inside the root", "fixed"];

/** The place of lr in momentum. */
export const lrInMomentum: Switch = [
  false,
  "boolean",
  "sums steps instead of gradients: a change of lr does not rescale earlier steps",
  "fixed",
];

/** The `gradientLimit` of rules that square gradients or their differences. */
export const squareLimit = 2 ** 60;

/** The `gradientLimit` of rules that sum squares over 2^16 steps or more. */
export const squareSumLimit = 2 ** 56;
