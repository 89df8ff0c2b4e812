// One optimizer on all ranks: each computes the gradients of its blocks of the batch, and all make the same step.

import type { Json } from "../checkpoints/contents.js";
import { load } from "../checkpoints/load.js";
import { contentsOf, save } from "../checkpoints/save.js";
import { checkInteger } from "../checks/check.js";
import { wrongKind, wrongValue } from "../checks/errors.js";
import { Optimizer } from "../engine/optimizer.js";
import { differences, gatherTexts, hashOf, hashOfBatch, type Plan, textOf } from "./agreement.js";
import { type Meetings, type Met, whoHasWhat } from "./meeting.js";
import { node } from "./process.js";
import type { Transport } from "./transport.js";
import { BlockSum, type RankSum, treeSum } from "./tree.js";

/** An optimizer that all ranks train together, made by `distribute()`. */
export interface Distributed<O extends Optimizer> {
  readonly optimizer: O;
  /**
   * Cuts a batch into blocks, and returns those of this rank that have examples: views of the batch, in order. There may be none. Sets the
   * gradients to 0. Compute the gradient of each block, and call `add()`.
   * @param batch the indices of the whole batch, the same on all ranks, at least one
   * @throws TypeError or RangeError for another value; Error if `step()` did not complete the batch before
   */
  blocks(batch: Uint32Array<ArrayBuffer>): readonly Uint32Array<ArrayBuffer>[];
  /**
   * Takes the gradient of the next block, the mean over its examples, from `optimizer.grads`, and sets them to 0. The last block stays there,
   * for `step()`.
   * @param examples the length of the block
   * @param loss the mean loss of the block, if `step()` shall return that of the batch
   * @throws RangeError for another number of examples; Error if there are no more blocks. Nothing is taken then.
   */
  add(examples: number, loss?: number): void;
  /**
   * Sets the gradients to the mean over the batch, on all ranks, and steps. Every rank must call it, also without blocks.
   * @returns the mean loss of the batch; NaN if a rank gave no loss. It has the same bits for every number of ranks.
   * @throws Error if a block is missing, or, on all ranks, if batches differ; else as `step()` of the optimizer, on all ranks
   */
  step(): number;
  /** Does what `step()` does before the step, for `optimizer.shift()`, `optimizer.observe()` or `optimizer.accumulate(batch.length)`. */
  reduce(): number;
  /**
   * The mean of numbers over all ranks, such as losses of a validation: the sum of all `sum`, over the sum of all `count`, in f64. The same
   * on all ranks. NaN if all counts are 0.
   */
  mean(sum: number, count: number): number;
  /**
   * Gives the parameters, the state and the numbers of rank 0 to all ranks, as `distribute()` does. Takes the memory of a checkpoint
   * meanwhile.
   * @throws on all ranks: Error if the optimizer cannot be saved now
   */
  share(): void;
  /**
   * For an optimizer with the option `shard`: gathers its state on rank 0, so that it can be saved there until the next step. All ranks call
   * it. Takes the memory of a checkpoint on rank 0. Without the option it does nothing.
   */
  consolidate(): void;
}

/** What a distributed optimizer needs of the ranks. @internal */
export interface Connection {
  readonly transport: Transport;
  readonly meetings: Meetings;
  readonly sums: RankSum;
  checkOpen(method: string): void;
}

/** The batch of the present step. */
interface Batch {
  readonly examples: number;
  readonly hash: number;
  /** The lengths of this rank's blocks. */
  readonly lengths: readonly number[];
  /** Their losses, times their shares of the batch. */
  readonly losses: number[];
}

const isPowerOfTwo = (x: number) => Number.isInteger(Math.log2(x));

/** The version of this package; "unknown" in a bundle. */
function packageVersion(): string {
  try {
    const text = node()
      .getBuiltinModule("node:fs")
      .readFileSync(new URL("../../package.json", import.meta.url), "utf8");
    return (JSON.parse(text) as { version: string }).version;
  } catch {
    return "unknown";
  }
}

/** @internal */
export class DistributedOptimizer<O extends Optimizer> implements Distributed<O> {
  readonly optimizer: O;
  readonly #blocks: number;
  readonly #connection: Connection;
  readonly #sum: BlockSum;
  #batch: Batch | undefined;

  constructor(optimizer: O, blocks: number, same: { readonly [name: string]: Json }, connection: Connection) {
    if (!(optimizer instanceof Optimizer)) throw wrongKind("distribute: optimizer", "an optimizer of a rule", optimizer);
    this.optimizer = optimizer;
    this.#blocks = blocks;
    this.#connection = connection;
    const { transport } = connection;
    this.#agree(same);
    const { ranks } = transport;
    if (!isPowerOfTwo(ranks)) throw wrongValue("distribute: ranks", "a power of two", ranks);
    if (!isPowerOfTwo(blocks)) throw wrongValue("distribute: blocks", "a power of two", blocks);
    if (blocks % ranks !== 0) throw wrongValue("distribute: blocks", `a multiple of the ${ranks} ranks`, blocks);
    this.#copyState("distribute");
    this.#sum = new BlockSum(blocks / ranks, (from, into) => transport.add(from, into));
  }

  blocks(batch: Uint32Array<ArrayBuffer>): readonly Uint32Array<ArrayBuffer>[] {
    this.#connection.checkOpen("blocks");
    if (Object.prototype.toString.call(batch) !== "[object Uint32Array]")
      throw wrongKind("blocks: batch", "a Uint32Array", batch);
    if (batch.length === 0) throw wrongValue("blocks: batch", "at least one example", batch.length);
    if (this.#batch && this.#sum.blocks > 0) throw new Error("blocks: expected step() first, which completes the batch before");
    const { rank, ranks } = this.#connection.transport;
    const count = this.#blocks / ranks;
    const begin = (block: number) => Math.floor((block * batch.length) / this.#blocks);
    const own = Array.from({ length: count }, (_, i) => batch.subarray(begin(rank * count + i), begin(rank * count + i + 1)));
    this.#batch = {
      examples: batch.length,
      hash: hashOfBatch(batch),
      lengths: own.map(({ length }) => length),
      losses: [],
    };
    this.optimizer.zeroGrad(); // the last step left its gradients
    return own.filter(({ length }) => length > 0);
  }

  add(examples: number, loss = Number.NaN): void {
    this.#connection.checkOpen("add");
    if (typeof loss !== "number") throw wrongKind("add: loss", "a number", loss);
    const batch = this.#present("add");
    const missing = batch.lengths.slice(this.#sum.blocks).filter((length) => length > 0);
    const [length] = missing;
    if (length === undefined) throw new Error("add: expected one call for each block of blocks(), got one more");
    checkInteger("add: examples", 0, examples);
    if (examples !== length) throw wrongValue("add: examples", `${length}, the length of the next block`, examples);
    this.#takeEmpty(batch);
    const share = length / batch.examples;
    this.optimizer.scaleGrads(share);
    this.#sum.take(this.optimizer.gradRuns);
    batch.losses.push(share * loss);
  }

  step(): number {
    const loss = this.#reduce("step");
    this.optimizer.step();
    return loss;
  }

  reduce(): number {
    return this.#reduce("reduce");
  }

  mean(sum: number, count: number): number {
    const { meetings, checkOpen } = this.#connection;
    checkOpen("mean");
    if (typeof sum !== "number") throw wrongKind("mean: sum", "a number", sum);
    checkInteger("mean: count", 0, count);
    return meetings.meet("mean", ({ first, second }) => treeSum(first) / treeSum(second), { own: [sum, count] });
  }

  share(): void {
    this.#connection.checkOpen("share");
    const { rule, unready } = contentsOf("share", this.optimizer);
    if (unready !== undefined) throw new Error(`share: ${rule} expected ${unready}`);
    this.#copyState("share");
  }

  consolidate(): void {
    const { meetings, checkOpen } = this.#connection;
    checkOpen("consolidate");
    const { sharded } = this.optimizer.parts;
    if (!sharded) return;
    meetings.meet("consolidate", () => {}); // its name in messages
    sharded.consolidate();
  }

  #reduce(method: "step" | "reduce"): number {
    const { transport, meetings, sums, checkOpen } = this.#connection;
    checkOpen(method);
    const batch = this.#present(method);
    this.#takeEmpty(batch);
    const { blocks } = this.#sum;
    if (blocks < batch.lengths.length) {
      const missing = batch.lengths.slice(blocks).filter((length) => length > 0).length;
      throw new Error(`${method}: expected add() for every block of blocks(), got ${missing} without`);
    }
    const differ = (hashes: Float64Array) => {
      const what = whoHasWhat(hashes, (hash) => `one with the hash ${hash.toString(36)}`);
      return new Error(`${method}: expected the same batch on all ranks, got ${what}`);
    };
    const reduce = ({ first, second }: Met) => {
      if (second.some((t) => t !== second[0])) {
        const what = whoHasWhat(second, (t) => `t = ${t}`);
        throw new Error(`${method}: expected as many completed steps on all ranks, got ${what}; after load() call share()`);
      }
      if (transport.ranks > 1) for (const run of this.optimizer.gradRuns) sums.sum(run);
      return treeSum(first);
    };
    const loss = meetings.meet("step", reduce, {
      own: [treeSum(batch.losses), this.optimizer.t],
      common: batch.hash,
      differ,
    });
    this.#sum.clear();
    this.#batch = undefined;
    return loss;
  }

  #present(method: string): Batch {
    if (!this.#batch) throw new Error(`${method}: expected blocks(batch) first`);
    return this.#batch;
  }

  /** Takes the next blocks as long as they have no examples. */
  #takeEmpty(batch: Batch): void {
    while (batch.lengths[this.#sum.blocks] === 0) {
      this.#sum.takeEmpty(this.optimizer.gradRuns);
      batch.losses.push(0);
    }
  }

  /** Throws on all ranks if something differs that must be the same. */
  #agree(same: { readonly [name: string]: Json }): void {
    const { transport, meetings } = this.#connection;
    const { rule, params, unready, options } = contentsOf("distribute", this.optimizer);
    const plan: Plan = new Map([
      ["version of simdescent", packageVersion()],
      ["rule", rule],
      ["blocks", String(this.#blocks)],
      ["what the optimizer needs first", unready ?? "nothing"],
      ["shard", String(this.optimizer.parts.sharded !== undefined)],
      ...params.map(({ name, shape }) => [`shape of ${name}`, JSON.stringify(shape)] as const),
      ...[...options].map(([name, value]) => [name, JSON.stringify(value)] as const),
      ...Object.entries(same).map(([name, value]) => [name, JSON.stringify(value) ?? "none"] as const),
    ]);
    const text = new TextEncoder().encode(textOf(plan));
    const hash = hashOf(textOf(plan));
    const equal = meetings.meet("distribute", ({ first }) => first.every((other) => other === hash), { own: [hash, 0] });
    if (!equal) {
      const gather = ({ first }: Met) => gatherTexts(transport, text, first);
      const texts = meetings.meet("distribute", gather, { own: [text.length, 0] });
      const plans = texts.map((text) => new Map(JSON.parse(text) as [string, string][]));
      throw new Error(`distribute: expected the same on all ranks, got ${differences(plans).join("; ")}`);
    }
    if (unready !== undefined) throw new Error(`distribute: ${rule} expected ${unready}`);
  }

  /** Gives the parameters, the state and the numbers of rank 0 to all ranks. */
  #copyState(collective: "distribute" | "share"): void {
    const { transport, meetings } = this.#connection;
    if (transport.ranks === 1) return;
    const { rank } = transport;
    const { sharded } = this.optimizer.parts;
    // Rank 0 may have loaded the whole state.
    if (sharded && meetings.meet(collective, ({ first }) => first[0] === 0, { own: [Number(sharded.consolidated), 0] }))
      sharded.consolidate();
    let file = rank === 0 ? save(this.optimizer) : undefined;
    const copy = ({ first }: Met) => {
      file ??= new Uint8Array(first[0] as number);
      transport.broadcast(file, 0);
    };
    meetings.meet(collective, copy, { own: [file?.length ?? 0, 0] });
    if (rank > 0) load(this.optimizer, file as Uint8Array);
    sharded?.drop();
  }
}
