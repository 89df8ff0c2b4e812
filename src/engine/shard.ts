// The option shard: several processes divide the state among them. `mpi()` brings the code for that, so bundles without it do not have it.

import { wrongKind } from "../checks/errors.js";
import type { Views } from "../memory/layout.js";
import type { Tensor } from "../memory/parameters.js";
import type { Spec } from "./spec.js";

/** Processes that divide the state of an optimizer among them, made by `mpi()`. */
export interface ShardRanks {
  /** The number of this process, from 0. */
  readonly rank: number;
  /** How many processes there are. */
  readonly ranks: number;
  /** Each rank i has the elements begins[i] … begins[i + 1] of the array. Afterwards every rank has all. */
  gather(array: Float32Array, begins: Int32Array<ArrayBuffer>): void;
}

/** What an optimizer needs of such processes. */
export interface Shard {
  readonly ranks: number;
  /** Throws unless the state of this rule can be divided. `foreign`: the parameters are in another program's memory. */
  check(spec: Spec, foreign: boolean): void;
  divide(groups: readonly { readonly tensors: readonly Tensor[] }[]): Slices;
}

/** This process's slices of one optimizer. */
export interface Slices {
  /** The elements of a parameter in the slice of its group. */
  lengthIn(parameter: string): number;
  /** The slice of a group. */
  rangeOf(group: number): readonly [begin: number, end: number];
  /** `params`: those of each group that has parameters. `arrays`: the views of every array that is in slices, by its name. */
  over(params: readonly Float32Array[], arrays: ReadonlyMap<string, Views<unknown>>): Sharded;
}

/** The arrays of one optimizer that are in slices. */
export interface Sharded {
  readonly ranks: ShardRanks;
  /** Gives the parameters that each rank has moved to all ranks. */
  gatherParams(): void;
  /** Whether this process has the whole arrays, between `consolidate()` or a load and the next step. */
  readonly consolidated: boolean;
  /** Gathers the whole arrays on rank 0. All ranks call it. */
  consolidate(): void;
  /** A whole array. If the arrays are not consolidated, `load` fills it, then calls `takeSlices()`. */
  whole(array: string, parameter: string): Float32Array<ArrayBuffer>;
  /** Takes this rank's slices from the whole arrays, which are all there. */
  takeSlices(): void;
  /** Drops the whole arrays: the state has changed, or nobody needs them. */
  drop(): void;
}

/** All objects from `mpi()`. */
export const shards = new WeakMap<object, Shard>();

/** Reads the option. A process that is alone divides nothing. */
export function readShard(spec: Spec, given: unknown, foreign: boolean): Shard | undefined {
  if (given === undefined) return undefined;
  const shard = shards.get(given as object);
  if (!shard) throw wrongKind(`${spec.name}: shard`, "the result of mpi()", given);
  shard.check(spec, foreign);
  return shard.ranks > 1 ? shard : undefined;
}
