// All ranks, as a program sees them.

import type { Json } from "../checkpoints/contents.js";
import { checkInteger, readOptions } from "../checks/check.js";
import { wrongKind, wrongValue } from "../checks/errors.js";
import type { Optimizer } from "../engine/optimizer.js";
import { type ShardRanks, shards } from "../engine/shard.js";
import { hashOf } from "./agreement.js";
import { type Distributed, DistributedOptimizer } from "./distributed.js";
import { Meetings, whoHasWhat } from "./meeting.js";
import { inspected, say } from "./process.js";
import { Sharding } from "./sharding.js";
import type { Local, Numbers, Transport } from "./transport.js";
import { RankSum } from "./tree.js";
import type { Watchdog } from "./watchdog.js";

/** Options of `distribute`. */
export interface DistributeOptions {
  /**
   * Into how many blocks each batch is cut, whatever the number of ranks. Other numbers give other roundings. A power of two, at least the
   * number of ranks. Default 8; with more ranks, their number.
   */
  readonly blocks?: number;
  /** Other values that must be the same on all ranks, such as the number of examples, the size of a batch, and the seed of their order. */
  readonly same?: { readonly [name: string]: Json };
}

/**
 * The processes that train together, made by `mpi()`. Each is a *rank*. All ranks must make the same calls in the same order: each call waits
 * for the others. Ranks that make different calls get an Error, all of them.
 */
export interface Ranks extends ShardRanks {
  /** The number of this process, from 0. */
  readonly rank: number;
  /** How many processes there are. */
  readonly ranks: number;
  /** The same among the processes of this host: `threads(cores / local.ranks)`. */
  readonly local: Local;
  /** The library and its version, such as "Open MPI 4.1.4"; "none" for a process that no launcher started. */
  readonly library: string;
  /**
   * Replaces each element by its sum over all ranks, added in the fixed order of a binary tree. All ranks get the same bits.
   * @param array of the same kind and length on all ranks. It may be a view of WebAssembly memory: nothing is copied.
   * @throws TypeError for another value; RangeError, on all ranks, if kinds or lengths differ.
   */
  sum(array: Float32Array | Float64Array): void;
  /**
   * Copies an array of one rank into those of the others.
   * @param array of the same number of bytes on all ranks
   * @param root the rank that has the values. Default 0.
   * @throws TypeError or RangeError for another value; RangeError, on all ranks, if lengths or roots differ.
   */
  broadcast(array: Float32Array | Float64Array | Uint8Array, root?: number): void;
  /**
   * Gives the slice of each rank to all ranks. Rank i has the elements begins[i] … begins[i + 1] of the array; afterwards every rank has all.
   * @param array of the same kind and length on all ranks
   * @param begins the first element of each rank, ascending from 0, and the length
   * @throws TypeError or RangeError for another value; RangeError, on all ranks, if kinds, lengths or slices differ.
   */
  gather(array: Float32Array | Float64Array | Uint8Array, begins: Int32Array<ArrayBuffer>): void;
  /** Waits until all ranks are here. */
  barrier(): void;
  /**
   * Distributes the training of an optimizer. Every rank makes the same optimizer. Its parameters, state and numbers become those of rank 0,
   * so that only rank 0 needs to load a checkpoint. Takes the memory of a checkpoint meanwhile.
   * @throws on all ranks: RangeError if the number of ranks is no power of two, or does not divide `blocks`; Error that names what differs
   * if rule, parameters, shapes, options, blocks or versions of the package differ, or if the optimizer cannot be saved now: between
   * `shift()` and `step()`, between `eval()` and `train()`, while there are accumulated gradients. TypeError for another value.
   */
  distribute<O extends Optimizer>(optimizer: O, options?: DistributeOptions): Distributed<O>;
  /** Ends the training together with the other ranks. A process that ends without it ends all ranks, with an exit code other than 0. */
  close(): void;
}

const kindOf = (value: unknown) => Object.prototype.toString.call(value).slice("[object ".length, -1);

function checkArray(where: string, array: unknown): void {
  if (!["Float32Array", "Float64Array", "Uint8Array"].includes(kindOf(array)))
    throw wrongKind(where, "a Float32Array, a Float64Array or a Uint8Array", array);
}

/** The bytes of an array. */
export const bytesOf = ({ buffer, byteOffset, byteLength }: Numbers | Uint8Array) =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** The ranks over a transport. @internal */
export class World implements Ranks {
  readonly rank: number;
  readonly ranks: number;
  readonly local: Local;
  readonly library: string;
  readonly #transport: Transport;
  readonly #watchdog: Watchdog;
  readonly #meetings: Meetings;
  readonly #sums: RankSum;
  readonly #leave: () => void;
  #closed = false;

  /** `leave` is called when all ranks have ended. */
  constructor(transport: Transport, watchdog: Watchdog, leave: () => void) {
    ({ rank: this.rank, ranks: this.ranks, local: this.local, library: this.library } = transport);
    this.#transport = transport;
    this.#watchdog = watchdog;
    this.#meetings = new Meetings(transport, watchdog);
    this.#sums = new RankSum(transport);
    this.#leave = leave;
    shards.set(this, new Sharding(this));
  }

  sum(array: Float32Array | Float64Array): void {
    this.#checkOpen("sum");
    const kind = kindOf(array);
    if (kind !== "Float32Array" && kind !== "Float64Array")
      throw wrongKind("sum: array", "a Float32Array or a Float64Array", array);
    const { length, BYTES_PER_ELEMENT: bytes } = array;
    const describe = (common: number) => `${Math.floor(common / 16)} of ${8 * (common % 16)} bits`;
    const differ = (all: Float64Array) =>
      new RangeError(`sum: array expected with as many numbers on all ranks, got ${whoHasWhat(all, describe)}`);
    const sum = () => {
      if (this.ranks > 1) this.#sums.sum(array);
    };
    this.#meetings.meet("sum", sum, { common: length * 16 + bytes, differ });
  }

  broadcast(array: Float32Array | Float64Array | Uint8Array, root = 0): void {
    this.#checkOpen("broadcast");
    checkArray("broadcast: array", array);
    checkInteger("broadcast: root", 0, root);
    if (root >= this.ranks) throw wrongValue("broadcast: root", `below ${this.ranks}, the number of ranks`, root);
    const describe = (common: number) => `${Math.floor(common / this.ranks)} from root ${common % this.ranks}`;
    const differ = (all: Float64Array) =>
      new RangeError(`broadcast expected as many bytes from the same root on all ranks, got ${whoHasWhat(all, describe)}`);
    const broadcast = () => this.#transport.broadcast(bytesOf(array), root);
    this.#meetings.meet("broadcast", broadcast, { common: array.byteLength * this.ranks + root, differ });
  }

  gather(array: Float32Array | Float64Array | Uint8Array, begins: Int32Array<ArrayBuffer>): void {
    this.#checkOpen("gather");
    checkArray("gather: array", array);
    if (kindOf(begins) !== "Int32Array") throw wrongKind("gather: begins", "an Int32Array", begins);
    const counts = new Int32Array(this.ranks);
    let ascending = begins.length === this.ranks + 1 && begins[0] === 0 && begins[this.ranks] === array.length;
    for (let rank = 0; ascending && rank < this.ranks; rank++) {
      counts[rank] = (begins[rank + 1] as number) - (begins[rank] as number);
      ascending = (counts[rank] as number) >= 0;
    }
    if (!ascending) {
      const expected = `${this.ranks + 1} ascending numbers from 0 to ${array.length}, the length of the array`;
      throw wrongValue("gather: begins", expected, Array.from(begins));
    }
    const differ = () => new RangeError("gather expected arrays of the same kind and length, and the same slices, on all ranks");
    const gather = () => this.#transport.gather(array, counts, begins.subarray(0, this.ranks));
    this.#meetings.meet("gather", gather, { common: hashOf(`${array.BYTES_PER_ELEMENT} ${begins}`), differ });
  }

  barrier(): void {
    this.#checkOpen("barrier");
    this.#meetings.meet("barrier", () => {});
  }

  distribute<O extends Optimizer>(optimizer: O, options?: DistributeOptions): Distributed<O> {
    this.#checkOpen("distribute");
    const { blocks = Math.max(8, this.ranks), same = {} } = Object.fromEntries(
      readOptions("distribute", ["blocks", "same"], options),
    );
    checkInteger("distribute: blocks", 1, blocks);
    if (typeof same !== "object" || same === null) throw wrongKind("distribute: same", "an object", same);
    return new DistributedOptimizer(optimizer, blocks, same as { readonly [name: string]: Json }, {
      transport: this.#transport,
      meetings: this.#meetings,
      sums: this.#sums,
      checkOpen: (method) => this.#checkOpen(method),
    });
  }

  close(): void {
    this.#checkOpen("close");
    this.#meetings.meet("close", () => this.#transport.finalize());
    this.#closed = true;
    this.#watchdog.end();
    this.#leave();
  }

  /**
   * Ends all ranks, as this process ends without `close()`.
   * @param code the exit code of this process
   * @param uncaught the error that ends the process. Node writes it later, or never if all ranks end first.
   */
  desert(code: number, uncaught?: { readonly error: unknown }): void {
    if (this.ranks > 1) {
      if (uncaught) say(inspected(uncaught.error));
      say(`mpi: rank ${this.rank} of ${this.ranks} ends without close(), so all ranks end`);
    } else if (code === 0) say("mpi: expected close() before the end of the process");
    // A process that is alone ends by itself, after Node has written why.
    if (this.ranks > 1 || code === 0) this.#transport.abort(code || 1);
  }

  #checkOpen(method: string): void {
    if (this.#closed) throw new Error(`mpi: ${method}() expected before close()`);
  }
}
