import type { Quantity, Switch } from "../engine/spec.js";

/** The L2 penalty as every rule of PyTorch has it. */
export const weightDecay: Quantity = [0, "[0,inf)", "L2 penalty: weightDecay · p is added to the gradient"];

/** Decoupled weight decay, Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101. */
export const decoupledDecay = (value: number): Quantity => [value, "[0,inf)", "decoupled decay: p shrinks by lr · weightDecay"];

/** Weight decay as a part of the direction that the rule makes of the gradient. */
export const insideDecay: Quantity = [0, "[0,inf)", "weightDecay · p is added to the direction"];

/** Where eps goes in Adam and its relatives. */
export const epsHat = (value: boolean): Switch => [
  value,
  "boolean",
  "adds eps to the root before the bias correction of the root",
  "fixed",
];

/** Where eps goes in RMSProp. */
export const epsInRoot: Switch = [false, "boolean", "adds eps inside the root", "fixed"];

/** What a momentum is a sum of. */
export const lrInMomentum: Switch = [
  false,
  "boolean",
  "sums up steps, not gradients, so that a change of lr leaves earlier steps alone",
  "fixed",
];

/** The largest gradient of rules that square it, or its difference from another one. */
export const squareLimit = 2 ** 60;

/** That of rules that sum up the squares of 2^16 steps and more. */
export const squareSumLimit = 2 ** 56;
