// What the ranks do together, whatever carries it.

import { node } from "./process.js";

/** An array of numbers that are added. */
export type Numbers = Float32Array | Float64Array;

/** The ranks of this host. */
export interface Local {
  /** The number of this process among those of its host, from 0. */
  readonly rank: number;
  /** Processes on this host. */
  readonly ranks: number;
}

/** Calls that every rank makes in the same order, with arrays of the same lengths. */
export interface Transport {
  readonly rank: number;
  readonly ranks: number;
  readonly local: Local;
  /** Its name and version; "none" without one. */
  readonly library: string;
  /** Copies the array of the rank `root` into those of the others. */
  broadcast(array: Uint8Array, root: number): void;
  /** Sends `counts[i]` numbers at `offsets[i]` to each other rank i. The numbers of each other rank i come to `i · length` in `into`. */
  exchange(from: Numbers, counts: Int32Array, offsets: Int32Array, into: Numbers, length: number): void;
  /** Each rank i has `counts[i]` elements at `offsets[i]` of the array. Afterwards every rank has all. */
  gather(array: Numbers | Uint8Array, counts: Int32Array, offsets: Int32Array): void;
  /** Adds one array to another one: `into[i] += from[i]`. Needs no other rank. */
  add(from: Numbers, into: Numbers): void;
  /** Ends the connection, on all ranks. */
  finalize(): void;
  /** Ends the processes of all ranks with this exit code. */
  abort(code: number): void;
}

/** One rank, without MPI. */
export const alone: Transport = {
  rank: 0,
  ranks: 1,
  local: Object.freeze({ rank: 0, ranks: 1 }),
  library: "none",
  broadcast() {},
  exchange() {},
  gather() {},
  add(from, into) {
    for (let i = 0; i < into.length; i++) into[i] = (into[i] as number) + (from[i] as number);
  },
  finalize() {},
  abort(code) {
    node().exitCode = code;
  },
};
