import { expect, test } from "vitest";
import { launchers, missing, runRanks } from "../support/mpi.js";

/** The last line that the example prints, after one epoch of 1,000 digits. */
function lastLine(launcher: (typeof launchers)[number] | undefined, ranks: number): string {
  const env = { NODE_OPTIONS: "--import tsx" };
  const { status, stdout, stderr } = runRanks(launcher, ranks, "examples/mpi/train.js", ["1000", "1"], env);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout.trim().split("\n").at(-1) as string;
}

const result = (line: string) => /: (test accuracy \d+\.\d\d %, all bits [0-9a-f]{16})$/.exec(line)?.[1];

for (const launcher of launchers) {
  const reason = missing(launcher);
  test.skipIf(reason)(`mpi: two ranks of ${launcher.name} learn what one learns${reason ? `: ${reason}` : ""}`, () => {
    const alone = lastLine(undefined, 1);
    expect(alone).toMatch(/^1 ranks, none, /);
    const two = lastLine(launcher, 2);
    expect(two).toMatch(new RegExp(`^2 ranks, ${launcher.name} \\d`));
    expect(result(two)).toBeDefined();
    expect(result(two)).toBe(result(alone));
  });
}
