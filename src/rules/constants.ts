// Hyper-parameters that several rules have, each with its meaning as a comment; and limits of gradients.
import type { Quantity, Switch } from "../engine/spec.js";

// As in PyTorch.
/** L2 penalty: adds weightDecay · p to the gradient. */
export const weightDecay: Quantity = [0, "[0,inf)"];

// Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101.
/** Decoupled decay: subtracts lr · weightDecay · p. */
export const decoupledDecay = (value: number): Quantity => [value, "[0,inf)"];

/** Weight decay: adds weightDecay · p to the direction. */
export const insideDecay: Quantity = [0, "[0,inf)"];

/** Adds eps to the root before the root's bias correction. */
export const epsHat = (value: boolean): Switch => [value, "boolean", "fixed"];

/** Adds eps inside the root. */
export const epsInRoot: Switch = [false, "boolean", "fixed"];

/** Sums steps instead of gradients: a change of lr does not rescale earlier steps. */
export const lrInMomentum: Switch = [false, "boolean", "fixed"];

/** The `gradientLimit` of rules that square gradients or their differences. */
export const squareLimit = 2 ** 60;

/** The `gradientLimit` of rules that sum squares over 2^16 steps or more. */
export const squareSumLimit = 2 ** 56;
