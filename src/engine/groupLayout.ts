import type { Shape } from "../numerics/shape.js";
import type { Group } from "./group.js";
import type { ArrayAddresses, Hypers, Slots } from "./spec.js";

/** Byte addresses of what the engine itself knows of some elements; 0 where it is not laid out. */
export interface EngineAddresses {
  p: number;
  /** The gradients of the step at hand: `grads` or `sum`. */
  g: number;
  /** The gradients that the caller fills. */
  grads: number;
  /** The sum of gradients that were accumulated. */
  readonly sum: number;
  readonly average: number;
  readonly slow: number;
}

/** The same with what the rule knows. */
export type RunAddresses<S> = ArrayAddresses<S> & EngineAddresses;

/** Elements that lie without gaps in every array: a tensor, or neighbours that make one row. */
// biome-ignore lint/suspicious/noExplicitAny: as in Optimizer.
export interface Run<S extends Slots = any> {
  readonly length: number;
  readonly shape: Shape;
  /** The place of the first element among all parameters, wherever they are in memory. */
  readonly index: number;
  readonly at: RunAddresses<S>;
}

/** The parameters of a group. */
// biome-ignore lint/suspicious/noExplicitAny: as in Optimizer.
export interface GroupLayout<H extends Hypers = any, S extends Slots = any> {
  readonly group: Group<H, S>;
  readonly tensors: readonly Run<S>[];
  /** As few parts as there can be: one, or the tensors where another program laid them out. */
  readonly runs: readonly Run<S>[];
  /** What a phase of the rule runs over: the tensors where it looks at whole ones, else the runs. */
  readonly parts: readonly Run<S>[];
}
