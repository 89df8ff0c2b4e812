// The options of fit for several ranks, and what ranks do together.
import { describe, expect, test } from "vitest";
import { adam, fit } from "../../src/index.js";
import type { Ranks } from "../../src/mpi/ranks.js";
import { together } from "../../src/training/together.js";

const options = { count: 4, epochs: 1, gradient: () => 0 };

test.each<[string, object, string]>([
  ["no ranks", { ranks: {} }, "fit: ranks expected the result of mpi()"],
  ["null", { ranks: null }, "fit: ranks expected the result of mpi()"],
  ["blocks without ranks", { blocks: 8 }, "fit: blocks expected none without ranks, got 8"],
  ["microBatch", { ranks: { distribute() {} }, microBatch: 2 }, "fit: microBatch expected none with ranks, got 2"],
])("%s", async (_, more, message) => {
  const opt = adam({ w: 2 }, { accumulate: true });
  await expect(fit(opt, { ...options, ...more })).rejects.toThrow(message);
});

/** Two ranks that run one after the other: what rank 0 broadcasts waits for rank 1. */
function pair() {
  const sent: (Float64Array | Uint8Array)[] = [];
  const make = (rank: number) => {
    const broadcast = (array: Float64Array | Uint8Array) => {
      if (rank === 0) sent.push(array.slice());
      else array.set(sent.shift() as Uint8Array);
    };
    return together({ rank, broadcast } as unknown as Ranks, { share() {}, consolidate() {}, mean: (sum, count) => sum / count });
  };
  return [make(0), make(1)] as const;
}

describe("onFirst", () => {
  test("runs on rank 0 alone, and both get the value", async () => {
    const [first, second] = pair();
    const run = () => ({ text: "기울기", list: [1, 2] });
    expect(await first.onFirst(run)).toEqual(run());
    const never = () => {
      throw new Error("called");
    };
    expect(await second.onFirst<ReturnType<typeof run>>(never)).toEqual(run());
  });

  test("an error of rank 0 is one of all", async () => {
    const [first, second] = pair();
    const error = new RangeError("the disk is full");
    await expect(
      first.onFirst(() => {
        throw error;
      }),
    ).rejects.toBe(error);
    await expect(second.onFirst(() => 1)).rejects.toThrow("fit: rank 0: RangeError: the disk is full");
  });
});
