// What the ranks of a distributed training do together in fit. A training without ranks is alone, and does nothing here.

import type { Json } from "../checkpoints/contents.js";
import type { Optimizer } from "../engine/optimizer.js";
import type { Distributed } from "../mpi/distributed.js";
import type { Ranks } from "../mpi/ranks.js";

/** The ranks of a training, or a process without ranks. */
export interface Together {
  /** Whether this process saves and loads checkpoints. */
  readonly first: boolean;
  /** Runs a function on rank 0 alone. All ranks get its result, or an error with the message of its error. */
  onFirst<T extends Json>(run: () => T | Promise<T>): Promise<T>;
  /** Gives the optimizer of rank 0 to all ranks. */
  share(): void;
  /** Makes rank 0 ready to save. */
  consolidate(): void;
  /** Whether it is true on any rank. */
  any(answer: boolean): boolean;
  /** The answer of rank 0. */
  firstAnswer(answer: boolean): boolean;
  /** The mean over all ranks. */
  mean(value: number): number;
}

export const alone: Together = {
  first: true,
  onFirst: async (run) => run(),
  share() {},
  consolidate() {},
  any: (answer) => answer,
  firstAnswer: (answer) => answer,
  mean: (value) => value,
};

/** Gives a text of rank 0 to all ranks. */
function shareText(ranks: Ranks, text: string): string {
  const bytes = new TextEncoder().encode(text);
  const length = Float64Array.of(bytes.length);
  ranks.broadcast(length);
  const shared = ranks.rank === 0 ? bytes : new Uint8Array(length[0] as number);
  ranks.broadcast(shared);
  return new TextDecoder().decode(shared);
}

/** The ranks that train this optimizer. */
export function together(ranks: Ranks, distributed: Pick<Distributed<Optimizer>, "share" | "consolidate" | "mean">): Together {
  const first = ranks.rank === 0;
  return {
    first,
    async onFirst<T extends Json>(run: () => T | Promise<T>): Promise<T> {
      let outcome: { readonly value?: T; readonly error?: string } = {};
      let thrown: { readonly error: unknown } | undefined;
      if (first) {
        try {
          outcome = { value: await run() };
        } catch (error) {
          thrown = { error };
          outcome = { error: String(error) };
        }
      }
      const { value, error } = JSON.parse(shareText(ranks, JSON.stringify(outcome))) as typeof outcome;
      if (thrown) throw thrown.error;
      if (error !== undefined) throw new Error(`fit: rank 0: ${error}`);
      return value as T;
    },
    share: () => distributed.share(),
    consolidate: () => distributed.consolidate(),
    any: (answer) => distributed.mean(Number(answer), 1) > 0,
    firstAnswer: (answer) => distributed.mean(first ? Number(answer) : 0, 1) > 0,
    mean: (value) => distributed.mean(value, 1),
  };
}
