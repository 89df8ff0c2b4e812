import type { Arrays, Hypers, Slots } from "./define.js";
import type { Group } from "./group.js";
import type { Shape } from "./shape.js";
import type { Sweep } from "./sweep.js";

/** Byte addresses of what the engine itself knows of some elements; 0 where it is not laid out. */
export interface Place {
  readonly p: number;
  /** The gradients of the step at hand: `grads` or `sum`. */
  g: number;
  /** The gradients that the caller fills. */
  readonly grads: number;
  /** The sum of gradients that were accumulated. */
  readonly sum: number;
  readonly average: number;
  readonly slow: number;
}

/** The same with what the rule knows. */
export type Addresses<S> = Arrays<S> & Place;

/** What a phase of the rule runs over: all parameters of a group, or one tensor of them. */
export interface Part<S extends Slots> {
  readonly length: number;
  readonly sweep: Sweep;
  readonly at: Addresses<S>;
}

/** A tensor within a range. `offset` is that of its first element, in bytes. */
export interface Extent {
  readonly shape: Shape;
  readonly length: number;
  readonly offset: number;
}

/** The parameters of a group, one range of elements. */
// biome-ignore lint/suspicious/noExplicitAny: as in Optimizer.
export interface Range<H extends Hypers = any, S extends Slots = any> {
  readonly group: Group<H, S>;
  readonly length: number;
  readonly at: Place;
  readonly tensors: readonly Extent[];
  readonly parts: readonly Part<S>[];
}
