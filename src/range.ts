import type { Arrays, Hypers, Slots } from "./define.js";
import type { Group } from "./group.js";
import type { Shape } from "./shape.js";

/** Byte addresses of what the engine itself knows of some elements; 0 where it is not laid out. */
export interface Place {
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
export type Addresses<S> = Arrays<S> & Place;

/** Elements that lie without gaps in every array: a tensor, or neighbours that make one row. */
// biome-ignore lint/suspicious/noExplicitAny: as in Optimizer.
export interface Part<S extends Slots = any> {
  readonly length: number;
  readonly shape: Shape;
  /** The place of the first element among all parameters, wherever they are in memory. */
  readonly index: number;
  readonly at: Addresses<S>;
}

/** The parameters of a group. */
// biome-ignore lint/suspicious/noExplicitAny: as in Optimizer.
export interface Range<H extends Hypers = any, S extends Slots = any> {
  readonly group: Group<H, S>;
  readonly tensors: readonly Part<S>[];
  /** As few parts as there can be: one, or the tensors where another program laid them out. */
  readonly runs: readonly Part<S>[];
  /** What a phase of the rule runs over: the tensors where it looks at whole ones, else the runs. */
  readonly parts: readonly Part<S>[];
}
