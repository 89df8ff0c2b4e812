// The same bits on any number of ranks, with any library, with and without threads.
import { describe, expect, test } from "vitest";
import { launchers, missing, runRanks } from "../support/mpi.js";

/** The hashes of a run on one rank without a launcher. */
const hashesOf = (text: string) => JSON.parse(text) as { library: string; ranks: number; hashes: Record<string, string> };

const alone = runRanks(undefined, 1, "train.js", ["1"]);

test("without a launcher there is one rank", () => {
  expect(alone).toMatchObject({ status: 0, stderr: "" });
  const { library, ranks, hashes } = hashesOf(alone.stdout);
  expect({ library, ranks }).toEqual({ library: "none", ranks: 1 });
  expect(new Set(Object.values(hashes)).size).toBe(5 - 1); // sgd twice
});

test("without a launcher, with threads: the same bits", () => {
  const { status, stdout } = runRanks(undefined, 1, "train.js", ["2"]);
  expect(status).toBe(0);
  expect(hashesOf(stdout).hashes).toEqual(hashesOf(alone.stdout).hashes);
});

describe.each(launchers)("$name", (launcher) => {
  const reason = missing(launcher);

  const cases = [1, 2, 4, 8].flatMap((ranks) =>
    [1, 2].flatMap((threads) => ["whole", "shard"].map((state) => ({ ranks, threads, state }))),
  );
  const title = `$ranks ranks with $threads threads, state: $state: the same bits${reason ? `: ${reason}` : ""}`;
  test.skipIf(reason).each(cases)(title, (given) => {
    const { status, stdout, stderr } = runRanks(launcher, given.ranks, "train.js", [String(given.threads), given.state]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const { library, ranks, hashes } = hashesOf(stdout);
    expect(library).toMatch(new RegExp(`^${launcher.name} \\d`));
    expect(ranks).toBe(given.ranks);
    expect(hashes).toEqual(hashesOf(alone.stdout).hashes);
  });
});
