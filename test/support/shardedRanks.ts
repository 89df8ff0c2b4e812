// Several ranks in one process. Each makes the same calls; then settle() does what their collectives would have done.
import { type ShardRanks, shards } from "../../src/engine/shard.js";
import { Sharding } from "../../src/mpi/sharding.js";

type Gather = Parameters<ShardRanks["gather"]>;

/** Ranks whose gathers wait. A step does nothing with what it gathers, so the gathers may come after the steps of all ranks. */
export function makeRanks(count: number) {
  const waiting = Array.from({ length: count }, (): Gather[] => []);
  const ranks = waiting.map((calls, rank): ShardRanks => {
    const one = { rank, ranks: count, gather: (...call: Gather) => void calls.push(call) };
    shards.set(one, new Sharding(one));
    return one;
  });
  /** Gives the slices of each rank to the others, call by call. */
  const settle = () => {
    const [first = [], ...others] = waiting;
    for (const calls of others) if (calls.length !== first.length) throw new Error("the ranks made different calls");
    for (let i = 0; i < first.length; i++) {
      const calls = waiting.map((calls) => calls[i] as Gather);
      for (const [, begins] of calls) if (`${begins}` !== `${first[i]?.[1]}`) throw new Error("the ranks have different slices");
      for (const [from, [array, begins]] of calls.entries()) {
        const slice = array.slice(begins[from], begins[from + 1]);
        for (const [into] of calls) into.set(slice, begins[from]);
      }
    }
    for (const calls of waiting) calls.length = 0;
  };
  return { ranks, settle };
}
