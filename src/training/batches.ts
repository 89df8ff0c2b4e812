import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import { checkBoolean, checkInteger, checkUint32, readOptions } from "../checks/check.js";
import { wrongValue } from "../checks/errors.js";

/** Options of `batches`. */
export interface BatchOptions {
  /**
   * Examples per update. `"all"` gives batch gradient descent, 1 stochastic, other numbers mini-batch. Default 32, an integer of at least 1.
   */
  readonly size?: number | "all";
  /** Whether examples come in random order. Default true. */
  readonly shuffle?: boolean;
  /** Seed. The random order is the same on every engine. Default 0, an integer from 0 to 2^32 − 1. */
  readonly seed?: number;
  /** Number of the epoch. Each epoch has its own random order. Default 0, an integer from 0 to 2^32 − 1. */
  readonly epoch?: number;
  /** Whether to leave out the last batch if it is not full. Default false. */
  readonly dropLast?: boolean;
}

/** The batches of one epoch. */
export interface Batches extends Iterable<Uint32Array<ArrayBuffer>> {
  /** Number of batches, and so of updates in the epoch. */
  readonly length: number;
}

/** Indices 0 … count − 1 in the order of an epoch. */
function order(count: number, shuffle: boolean, seed: number, epoch: number): Uint32Array<ArrayBuffer> {
  const indices = new Uint32Array(count);
  for (let i = 0; i < count; i++) indices[i] = i;
  if (!shuffle) return indices;
  const random = xoroshiro128plusFromState([~seed, seed, ~epoch, epoch]);
  random.jump(); // Mixes the bits of small seeds. Without it, neighboring seeds begin alike.
  // Fisher & Yates.
  for (let i = count - 1; i > 0; i--) {
    const j = uniformInt(random, 0, i);
    const other = indices[j] as number;
    indices[j] = indices[i] as number;
    indices[i] = other;
  }
  return indices;
}

/** The defaults of BatchOptions. */
export const batchDefaults = { size: 32, shuffle: true, seed: 0, epoch: 0, dropLast: false } as const;

/** `batches` for another function. Messages have that function's name, and its name for `size`. */
export function cut(caller: string, sizeName: string, count: number, options: BatchOptions): Batches {
  const { size = batchDefaults.size, shuffle = batchDefaults.shuffle, seed = batchDefaults.seed } = options;
  const { epoch = batchDefaults.epoch, dropLast = batchDefaults.dropLast } = options;
  checkUint32(`${caller}: count`, 1, count);
  if (size !== "all") checkInteger(`${caller}: ${sizeName}, if not "all",`, 1, size);
  checkBoolean(`${caller}: shuffle`, shuffle);
  checkUint32(`${caller}: seed`, 0, seed);
  checkUint32(`${caller}: epoch`, 0, epoch);
  checkBoolean(`${caller}: dropLast`, dropLast);
  const step = size === "all" ? count : size;
  const end = dropLast ? count - (count % step) : count;
  if (end === 0) throw wrongValue(`${caller}: ${sizeName} with dropLast`, `at most the ${count} examples`, size);
  return {
    length: Math.ceil(end / step),
    *[Symbol.iterator]() {
      const indices = order(count, shuffle, seed, epoch);
      for (let i = 0; i < end; i += step) yield indices.subarray(i, Math.min(i + step, end));
    },
  };
}

/**
 * The batches of one epoch over examples 0 … count − 1, as arrays of indices. They are views of one array, allocated for the first batch: 4
 * bytes per example.
 * @param count number of examples: an integer from 1 to 2^32 − 1
 * @throws TypeError or RangeError, when called, naming the option and the value.
 * @example
 * ```ts
 * const sizes = [...batches(10, { size: 4, seed: 1 })].map((indices) => indices.length);
 * console.log(sizes.join()); // prints 4,4,2
 * ```
 */
export function batches(count: number, options?: BatchOptions): Batches {
  const given = readOptions("batches", ["size", "shuffle", "seed", "epoch", "dropLast"], options);
  return cut("batches", "size", count, Object.fromEntries(given));
}
