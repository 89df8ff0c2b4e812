// State in slices, one on each process: stage 1 of ZeRO, Rajbhandari et al. 2020, https://arxiv.org/abs/1910.02054. Every process has all
// parameters and gradients. It keeps the state of its slice of each group, and moves these parameters. Then it gives them to the others.

import type { Shard, Sharded, ShardRanks, Slices } from "../engine/shard.js";
import type { Spec } from "../engine/spec.js";
import { cacheLine, type Views } from "../memory/layout.js";
import type { Tensor } from "../memory/parameters.js";
import { float } from "../numerics/shape.js";

type Groups = readonly { readonly tensors: readonly Tensor[] }[];

/** Divides the state of optimizers among ranks. */
export class Sharding implements Shard {
  readonly #ranks: ShardRanks;

  constructor(ranks: ShardRanks) {
    this.#ranks = ranks;
  }

  get ranks(): number {
    return this.#ranks.ranks;
  }

  check({ name, perTensor, wholePass, state }: Spec, foreign: boolean): void {
    const shaped = Object.values(state).some((slot) => typeof slot === "object" && slot.shape);
    if (perTensor || wholePass || shaped)
      throw new TypeError(`${name}: shard expected a rule that works element by element; ${name} works on whole tensors`);
    if (foreign) throw new TypeError(`${name}: shard expected memory of the optimizer's own or an arena, got foreignMemory()`);
  }

  divide(groups: Groups): Slices {
    return new GroupSlices(this.#ranks, groups);
  }
}

/** Where the slice of each rank begins, and the end: whole cache lines, so that no slice begins within one. */
export function sliceBegins(length: number, ranks: number): Int32Array<ArrayBuffer> {
  const line = cacheLine / float;
  const lines = Math.ceil(length / line);
  return Int32Array.from({ length: ranks + 1 }, (_, rank) => Math.min(line * Math.floor((rank * lines) / ranks), length));
}

/** The slices of the groups of one optimizer. */
class GroupSlices implements Slices {
  readonly #ranks: ShardRanks;
  readonly #begins: readonly Int32Array<ArrayBuffer>[];
  /** Those of the groups that have parameters. */
  readonly #filled: readonly Int32Array<ArrayBuffer>[];
  /** Those of each parameter: of its group, as far as they are in it. */
  readonly #parameters = new Map<string, Int32Array<ArrayBuffer>>();

  constructor(ranks: ShardRanks, groups: Groups) {
    this.#ranks = ranks;
    this.#begins = groups.map(({ tensors }) => {
      const length = tensors.reduce((sum, { length }) => sum + length, 0);
      const begins = sliceBegins(length, ranks.ranks);
      let at = 0;
      for (const { name, length } of tensors) {
        const from = at;
        const inside = begins.map((begin) => Math.min(Math.max(begin - from, 0), length));
        this.#parameters.set(name, inside);
        at += length;
      }
      return begins;
    });
    this.#filled = this.#begins.filter((_, i) => groups[i]?.tensors.length !== 0);
  }

  lengthIn(parameter: string): number {
    const [begin, end] = this.#own(this.#parameters.get(parameter) as Int32Array);
    return end - begin;
  }

  rangeOf(group: number): readonly [begin: number, end: number] {
    return this.#own(this.#begins[group] as Int32Array);
  }

  over(params: readonly Float32Array[], arrays: ReadonlyMap<string, Views<unknown>>): Sharded {
    const sliced = params.map((params, i) => ({ params, begins: this.#filled[i] as Int32Array<ArrayBuffer> }));
    return new ShardedArrays(this.#ranks, this.#parameters, sliced, arrays);
  }

  #own(begins: Int32Array): readonly [begin: number, end: number] {
    const { rank } = this.#ranks;
    return [begins[rank] as number, begins[rank + 1] as number];
  }
}

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

/** The arrays of one optimizer that are in slices. */
class ShardedArrays implements Sharded {
  readonly ranks: ShardRanks;
  readonly #slices: ReadonlyMap<string, Int32Array<ArrayBuffer>>;
  readonly #params: readonly SlicedParams[];
  readonly #arrays: readonly Sliced[];
  /** The whole arrays by key, between `consolidate()` or `load()` and the next step. */
  readonly #whole = new Map<string, Float32Array<ArrayBuffer>>();
  #consolidated = false;

  /** `params`: those of each group. `arrays`: the views of every array that is in slices, by its name. */
  constructor(
    ranks: ShardRanks,
    slices: ReadonlyMap<string, Int32Array<ArrayBuffer>>,
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

  gatherParams(): void {
    this.drop();
    for (const { params, begins } of this.#params) this.ranks.gather(params, begins);
  }

  get consolidated(): boolean {
    return this.#consolidated;
  }

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

  whole(array: string, name: string): Float32Array<ArrayBuffer> {
    const key = `${array} ${name}`;
    const whole = this.#whole.get(key) ?? new Float32Array(this.#slices.get(name)?.at(-1) as number);
    this.#whole.set(key, whole);
    return whole;
  }

  takeSlices(): void {
    for (const array of this.#arrays) {
      const from = this.#begins(array)[this.ranks.rank] as number;
      array.slice.set(this.#whole.get(array.key)?.subarray(from, from + array.slice.length) ?? array.slice);
    }
    this.#consolidated = true;
  }

  drop(): void {
    this.#whole.clear();
    this.#consolidated = false;
  }

  #begins({ name }: Sliced): Int32Array<ArrayBuffer> {
    return this.#slices.get(name) as Int32Array<ArrayBuffer>;
  }
}
