// What goes wrong on one rank ends all ranks, soon, with an exit code other than 0 and a line that says why.
import { describe, expect, test } from "vitest";
import { launchers, missing, runRanks } from "../support/mpi.js";

/** Seconds in which all ranks must have ended: the timeout of 4 s, and room for a busy machine, far below the limit of a run. */
const soon = 60;

interface Case {
  readonly way: string;
  readonly ranks?: number;
  /** The line that says why. */
  readonly why: RegExp;
}

const cases: Case[] = [
  { way: "kill", why: /KILL|signal 9|Killed/i },
  { way: "throw", why: /^Error: thrown on purpose$/m },
  { way: "exit", why: /^mpi: rank 1 of 2 ends without close\(\), so all ranks end$/m },
  { way: "return", why: /^mpi: rank 1 of 2 ends without close\(\), so all ranks end$|in the same collective, got/m },
  { way: "hang", why: /^mpi: rank 0 of 2 has waited 4 s in step\(\), its collective number \d+; another rank hangs, is gone/m },
  { way: "stray", why: /mpi: all ranks expected in the same collective, got step\(\) on rank 0, barrier\(\) on rank 1/ },
  { way: "length", why: /sum: array expected with as many numbers .*, got 4 of 32 bits on rank 0, 3 of 32 bits on rank 1/ },
  { way: "options", why: /distribute: expected the same on all ranks, got lr: 0\.1 on rank 0, 0\.2 on rank 1/ },
  { way: "options", ranks: 4, why: /got lr: 0\.1 on ranks 0, 1, 2, 0\.2 on rank 3/ },
  { way: "shapes", why: /distribute: expected the same .*, got shape of x: \[1000\] on rank 0, \[1001\] on rank 1/ },
  { way: "blocks", why: /distribute: expected the same on all ranks, got blocks: 16 on rank 0, 8 on rank 1/ },
  { way: "seeds", why: /step: expected the same batch on all ranks, got one with the hash \w+ on rank 0, one with the hash/ },
  { way: "three", ranks: 3, why: /RangeError: distribute: ranks expected a power of two, got 3/ },
  { way: "few blocks", why: /RangeError: distribute: blocks expected a multiple of the 2 ranks, got 1/ },
];

describe.each(launchers)("$name", (launcher) => {
  const reason = missing(launcher);
  const unless = reason ? `: ${reason}` : "";

  test.skipIf(reason).each(cases)(`$way, $ranks ranks${unless}`, ({ way, ranks = 2, why }) => {
    const { status, stdout, stderr, seconds } = runRanks(launcher, ranks, "fail.js", [way]);
    expect(status, stderr).not.toBe(0);
    expect(stderr + stdout).toMatch(why);
    expect(seconds).toBeLessThan(soon);
    expect(stdout).not.toContain("closed");
  });

  test.skipIf(reason)(`a training without a failure ends with 0${unless}`, () => {
    const { status, stdout, stderr } = runRanks(launcher, 2, "fail.js", ["not"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout.match(/^rank [01] closed$/gm)?.sort()).toEqual(["rank 0 closed", "rank 1 closed"]);
  });

  const other = launchers.find(({ name }) => name !== launcher.name) as (typeof launchers)[number];
  const none = reason ?? missing(other);
  test.skipIf(none)(`a library of another MPI than the launcher${none ? `: ${none}` : ""}`, () => {
    const { status, stdout, stderr, seconds } = runRanks(launcher, 2, "fail.js", ["not"], { LIBRARY: other.library });
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/mpi: the launcher and the library expected to be of the same MPI, got 2 ranks by the launcher \(/);
    expect(stderr).toMatch(new RegExp(`\\) and 1 by ${other.name} \\d`));
    expect(stdout).not.toContain("closed");
    expect(seconds).toBeLessThan(soon);
  });
});

describe("without a launcher", () => {
  test("an error ends the program as usual", () => {
    const { status, stderr } = runRanks(undefined, 1, "fail.js", ["throw"]);
    expect(status).toBe(1);
    expect(stderr).toContain("Error: thrown on purpose");
    expect(stderr).not.toContain("mpi: ");
  });

  test.each(["exit", "return"])("%s without close() has the exit code 1", (way) => {
    const { status, stderr } = runRanks(undefined, 1, "fail.js", [way]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: "mpi: expected close() before the end of the process\n" });
  });
});
