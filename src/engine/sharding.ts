// State in slices, one on each process: stage 1 of ZeRO, Rajbhandari et al. 2020, https://arxiv.org/abs/1910.02054. Every process has all
// parameters and gradients. It keeps the state of its slice of each group, and moves these parameters. Then it gives them to the others.

import { wrongKind } from "../checks/errors.js";
import { cacheLine, type Views } from "../memory/layout.js";
import type { Tensor } from "../memory/parameters.js";
import { float } from "../numerics/shape.js";
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

/** All objects from `mpi()`. */
export const worlds = new WeakSet<object>();

/** Reads the option `shard`. A process that is alone divides nothing. */
export function readShard({ name, perTensor, wholePass, state }: Spec, given: unknown, foreign: boolean): ShardRanks | undefined {
  if (given === undefined) return undefined;
  const where = `${name}: shard`;
  if (!worlds.has(given as object)) throw wrongKind(where, "the result of mpi()", given);
  const shaped = Object.values(state).some((slot) => typeof slot === "object" && slot.shape);
  if (perTensor || wholePass || shaped)
    throw new TypeError(`${where} expected a rule that works element by element; ${name} works on whole tensors`);
  if (foreign) throw new TypeError(`${where} expected memory of the optimizer's own or an arena, got foreignMemory()`);
  const ranks = given as ShardRanks;
  return ranks.ranks > 1 ? ranks : undefined;
}

/** Where the slice of each rank begins, and the end: whole cache lines, so that no slice begins within one. */
export function sliceBegins(length: number, ranks: number): Int32Array<ArrayBuffer> {
  const line = cacheLine / float;
  const lines = Math.ceil(length / line);
  return Int32Array.from({ length: ranks + 1 }, (_, rank) => Math.min(line * Math.floor((rank * lines) / ranks), length));
}

/** The slices of all parameters, and of the groups. */
export function slicesOf(groups: readonly { readonly tensors: readonly Tensor[] }[], ranks: number) {
  const tensors = new Map<string, Int32Array<ArrayBuffer>>();
  const segments = groups.map(({ tensors: members }) => {
    const begins = sliceBegins(
      members.reduce((sum, { length }) => sum + length, 0),
      ranks,
    );
    let at = 0;
    for (const { name, length } of members) {
      const from = at;
      tensors.set(
        name,
        begins.map((begin) => Math.min(Math.max(begin - from, 0), length)),
      );
      at += length;
    }
    return begins;
  });
  return { tensors, segments };
}

export type Slices = ReturnType<typeof slicesOf>;

/** The parameters of a group, and where the slice of each rank begins. */
interface SlicedParams {
  readonly params: Float32Array;
  readonly begins: Int32Array<ArrayBuffer>;
}

/** An array of which this process has a slice. */
interface Sliced {
  readonly name: string;
  readonly key: string;
  readonly slice: Float32Array;
}

/** The slices of one optimizer. */
export class Sharded {
  readonly ranks: ShardRanks;
  readonly #slices: Slices["tensors"];
  readonly #params: readonly SlicedParams[];
  readonly #arrays: readonly Sliced[];
  /** The whole arrays by key, between `consolidate()` or `load()` and the next step. */
  readonly #whole = new Map<string, Float32Array<ArrayBuffer>>();
  #consolidated = false;

  /** `params`: those of each group. `arrays`: the views of every array that is in slices, by its name. */
  constructor(
    ranks: ShardRanks,
    slices: Slices["tensors"],
    params: readonly SlicedParams[],
    arrays: ReadonlyMap<string, Views<unknown>>,
  ) {
    this.ranks = ranks;
    this.#slices = slices;
    this.#params = params;
    this.#arrays = [...arrays].flatMap(([array, views]) =>
      Object.entries<Float32Array>(views).map(([name, slice]) => ({ name, key: `${array} ${name}`, slice })),
    );
  }

  /** Gives the parameters that each rank has moved to all ranks. The whole arrays are old then. */
  gatherParams(): void {
    this.drop();
    for (const { params, begins } of this.#params) this.ranks.gather(params, begins);
  }

  /** Whether this process has the whole arrays. */
  get consolidated(): boolean {
    return this.#consolidated;
  }

  /** Gathers the whole arrays on rank 0. All ranks call it. */
  consolidate(): void {
    const { rank } = this.ranks;
    for (const array of this.#arrays) {
      const begins = this.#begins(array);
      const whole = new Float32Array(begins.at(-1) as number);
      whole.set(array.slice, begins[rank]);
      if (whole.length > 0) this.ranks.gather(whole, begins);
      if (rank === 0) this.#whole.set(array.key, whole);
    }
    this.#consolidated = rank === 0;
  }

  /** A whole array. If the arrays are not consolidated, `load` fills it, then calls `takeSlices()`. */
  whole(array: string, name: string): Float32Array<ArrayBuffer> {
    const key = `${array} ${name}`;
    const whole = this.#whole.get(key) ?? new Float32Array(this.#slices.get(name)?.at(-1) as number);
    this.#whole.set(key, whole);
    return whole;
  }

  /** Takes this rank's slices from the whole arrays, which are all there. */
  takeSlices(): void {
    for (const array of this.#arrays) {
      const from = this.#begins(array)[this.ranks.rank] as number;
      array.slice.set(this.#whole.get(array.key)?.subarray(from, from + array.slice.length) ?? array.slice);
    }
    this.#consolidated = true;
  }

  /** Drops the whole arrays: the state has changed, or nobody needs them. */
  drop(): void {
    this.#whole.clear();
    this.#consolidated = false;
  }

  #begins({ name }: Sliced): Int32Array<ArrayBuffer> {
    return this.#slices.get(name) as Int32Array<ArrayBuffer>;
  }
}
