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
    const own = counts[rank] as number;
    const arrived = this.#receiver(array, own * ranks);
    this.#transport.exchange(array, counts, offsets, arrived, own);
    const piece = (i: number) => arrived.subarray(i * own, (i + 1) * own);
    for (let step = 1; step < ranks; step *= 2)
      for (let i = 0; i + step < ranks; i += 2 * step) this.#transport.add(piece(i + step), piece(i));
    array.set(piece(0), offsets[rank]);
  }
}

/** Adds up the gradients of this rank's blocks, a subtree, as they come. */
export class BlockSum {
  readonly #length: number;
  readonly #add: Transport["add"];
  /** Sums of whole subtrees that wait for their neighbors. At most the logarithm of the number of blocks. */
  readonly #waiting: Float32Array<ArrayBuffer>[] = [];
  #depth = 0;
  #blocks = 0;

  /** `length`: floats of all arrays. `add` adds one array to another one. */
  constructor(length: number, add: Transport["add"]) {
    this.#length = length;
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

  /** Takes weight·arrays as the next block, and sets the arrays to 0. A weight of 0 stands for a block without examples. */
  take(arrays: readonly Float32Array[], weight: number): void {
    const first = this.#blocks % 2 === 0;
    if (first) this.#depth += 1;
    const into = this.#level(this.#depth - 1);
    if (weight === 0) {
      if (first) into.fill(0);
      else for (let i = 0; i < into.length; i++) into[i] = (into[i] as number) + 0; // -0 + 0 is 0, as on a rank of its own
    } else {
      let at = 0;
      for (const array of arrays) {
        if (first) move(array, weight, into, at);
        else addTo(array, weight, into, at);
        at += array.length;
      }
    }
    this.#blocks += 1;
    if (first) return;
    for (let pairs = this.#blocks / 2; pairs % 2 === 0; pairs /= 2) {
      this.#depth -= 1;
      this.#add(this.#level(this.#depth), this.#level(this.#depth - 1));
    }
  }

  /** The sum of all blocks, whose number is a power of two. The next block overwrites it. */
  get sum(): Float32Array<ArrayBuffer> {
    return this.#level(0);
  }

  #level(i: number): Float32Array<ArrayBuffer> {
    this.#waiting[i] ??= new Float32Array(this.#length);
    return this.#waiting[i];
  }
}

// The products are rounded to f32 once, and so are the sums.

function move(from: Float32Array, weight: number, into: Float32Array, at: number): void {
  for (let i = 0; i < from.length; i++) {
    into[at + i] = weight * (from[i] as number);
    from[i] = 0;
  }
}

function addTo(from: Float32Array, weight: number, into: Float32Array, at: number): void {
  for (let i = 0; i < from.length; i++) {
    into[at + i] = (into[at + i] as number) + Math.fround(weight * (from[i] as number));
    from[i] = 0;
  }
}
