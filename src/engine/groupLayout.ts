import type { Shape } from "../numerics/shape.js";
import type { Group } from "./group.js";
import type { ArrayAddresses, Hypers, Slots } from "./spec.js";

/** Byte addresses of the engine's arrays; 0 for an array that is left out. */
export interface EngineAddresses {
  p: number;
  /** This step's gradients: `grads` or `sum`. */
  g: number;
  /** The gradients that the caller fills. */
  grads: number;
  /** The accumulated gradients. */
  readonly sum: number;
  readonly average: number;
  readonly slow: number;
}

/** Byte addresses of the engine's and the rule's arrays. */
export type RunAddresses<S> = ArrayAddresses<S> & EngineAddresses;

/** Elements that are contiguous in every array: a tensor, or several neighboring tensors. */
// biome-ignore lint/suspicious/noExplicitAny: as in Optimizer.
export interface Run<S extends Slots = any> {
  readonly length: number;
  readonly shape: Shape;
  /** Index of the first element among all parameters, independent of their addresses. */
  readonly index: number;
  readonly at: RunAddresses<S>;
}

/** The parameters of a group. */
// biome-ignore lint/suspicious/noExplicitAny: as in Optimizer.
export interface GroupLayout<H extends Hypers = any, S extends Slots = any> {
  readonly group: Group<H, S>;
  readonly tensors: readonly Run<S>[];
  /** The contiguous runs, as few as possible: one in the optimizer's own memory, one per tensor in another program's. */
  readonly runs: readonly Run<S>[];
  /** The parts on which a pass of the rule runs: the tensors with `perTensor`, else the runs; with `shard` this process's slices of them. */
  readonly parts: readonly Run<S>[];
}
