// The order of sums: a binary tree over the blocks of a batch. A rank adds up its own blocks, which are a whole subtree, so the order, and
// with it every bit, is the same for each number of ranks that is a power of two.

import type { Numbers, Transport } from "./transport.js";

/** Adds numbers in the order of the tree, in f64. */
export function treeSum(values: ArrayLike<number>): number {
  const sums = Float64Array.from(values);
  for (let step = 1; step < sums.length; step *= 2)
    for (let i = 0; i + step < sums.length; i += 2 * step) sums[i] = (sums[i] as number) + (sums[i + step] as number);
  return sums.length > 0 ? (sums[0] as number) : 0;
}

/** Numbers of an array that are added at a time, which bounds the memory for what arrives. */
const chunk = 2 ** 20;

/** The slice of each rank in an array: lengths that differ by 1 at most, and where they begin. */
export interface Slices {
  readonly counts: Int32Array;
  readonly offsets: Int32Array;
}

export function slicesOf(length: number, ranks: number): Slices {
  const offsets = Int32Array.from({ length: ranks }, (_, rank) => Math.floor((rank * length) / ranks));
  return { offsets, counts: offsets.map((offset, rank) => (offsets[rank + 1] ?? length) - offset) };
}

/** Sums over all ranks, in the order of the tree. */
export class RankSum {
  readonly #transport: Transport;
  // What arrives, by bytes of a number; and the slices, by length. Both are the same at every step.
  readonly #arrived = new Map<number, Numbers>();
  readonly #slices = new Map<number, Slices>();

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Replaces each number by the sum over all ranks. Each rank adds up one slice and sends it to the others. So no two ranks add the same
   * numbers, and none can differ.
   */
  sum(array: Numbers): void {
    for (let at = 0; at < array.length; at += chunk) {
      const part = array.subarray(at, at + chunk);
      const slices = this.#slicesOf(part.length);
      this.#sumSlice(part, slices);
      this.#transport.gather(part, slices.counts, slices.offsets);
    }
  }

  #slicesOf(length: number): Slices {
    const slices = this.#slices.get(length) ?? slicesOf(length, this.#transport.ranks);
    this.#slices.set(length, slices);
    return slices;
  }

  #receiver(like: Numbers, length: number): Numbers {
    const bytes = like.BYTES_PER_ELEMENT;
    let arrived = this.#arrived.get(bytes);
    if (!arrived || arrived.length < length) {
      arrived = bytes === 4 ? new Float32Array(length) : new Float64Array(length);
      this.#arrived.set(bytes, arrived);
    }
    return arrived;
  }

  /** Puts the sums of this rank's slice into the array. The other slices stay. */
  #sumSlice(array: Numbers, { counts, offsets }: Slices): void {
    const { rank, ranks } = this.#transport;
    const [own, at] = [counts[rank] as number, offsets[rank] as number];
    const arrived = this.#receiver(array, own * ranks);
    this.#transport.exchange(array, counts, offsets, arrived, own);
    const mine = array.subarray(at, at + own);
    const sums = Array.from({ length: ranks }, (_, i) => (i === rank ? mine : arrived.subarray(i * own, (i + 1) * own)));
    for (let step = 1; step < ranks; step *= 2) {
      for (let i = 0; i + step < ranks; i += 2 * step) {
        const [left, right] = [sums[i] as Numbers, sums[i + step] as Numbers];
        // A sum with this rank's slice stays in the array: a + b = b + a.
        const into = right === mine ? right : left;
        this.#transport.add(into === right ? left : right, into);
        sums[i] = into;
      }
    }
  }
}

/** Adds up the gradients of this rank's blocks, a subtree, as they come. The last block is added in place. */
export class BlockSum {
  readonly #count: number;
  readonly #add: Transport["add"];
  /** Sums of whole subtrees that wait for their neighbors. At most the logarithm of the number of blocks. */
  readonly #waiting: Float32Array<ArrayBuffer>[] = [];
  #depth = 0;
  #blocks = 0;

  /** `count`: blocks of this rank, a power of two. `add` adds one array to another one. */
  constructor(count: number, add: Transport["add"]) {
    this.#count = count;
    this.#add = add;
  }

  /** Blocks that it has. */
  get blocks(): number {
    return this.#blocks;
  }

  /** Forgets all blocks. */
  clear(): void {
    this.#depth = 0;
    this.#blocks = 0;
  }

  /** Takes the next block, the gradient times its share of the batch. Sets the arrays to 0; with the last block, to the sum of all blocks. */
  take(arrays: readonly Float32Array[]): void {
    this.#merge(arrays);
    this.#blocks += 1;
    if (this.#blocks === this.#count) return;
    const into = this.#level(this.#depth, arrays);
    this.#depth += 1;
    let at = 0;
    for (const array of arrays) {
      into.set(array, at);
      array.fill(0);
      at += array.length;
    }
  }

  /** Takes a block without examples. The arrays, which may have the gradient of a later block, stay; with the last block as `take()`. */
  takeEmpty(arrays: readonly Float32Array[]): void {
    if (this.#blocks === this.#count - 1) {
      for (const array of arrays) array.fill(0);
      this.take(arrays);
      return;
    }
    const zeros = this.#level(this.#depth, arrays).fill(0);
    this.#merge([zeros]);
    this.#blocks += 1;
    this.#level(this.#depth, arrays).set(zeros);
    this.#depth += 1;
  }

  /** Adds the neighbors before: as many sums of subtrees as the number of blocks ends with ones, in binary. */
  #merge(arrays: readonly Float32Array[]): void {
    for (let pairs = this.#blocks; pairs % 2 === 1; pairs = Math.floor(pairs / 2)) {
      this.#depth -= 1;
      this.#addLevel(this.#depth, arrays);
    }
  }

  #addLevel(depth: number, arrays: readonly Float32Array[]): void {
    const level = this.#level(depth, arrays);
    let at = 0;
    for (const array of arrays) {
      this.#add(level.subarray(at, at + array.length), array);
      at += array.length;
    }
  }

  #level(depth: number, arrays: readonly Float32Array[]): Float32Array<ArrayBuffer> {
    this.#waiting[depth] ??= new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
    return this.#waiting[depth];
  }
}
