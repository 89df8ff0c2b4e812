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

for (const launcher of launchers) {
  const reason = missing(launcher);
  test.skipIf(reason)(
    `mpi: DiLoCo on two ranks of ${launcher.name}, with a tenth of the messages${reason ? `: ${reason}` : ""}`,
    () => {
      const env = { NODE_OPTIONS: "--import tsx" };
      const { status, stdout, stderr } = runRanks(launcher, 2, "examples/mpi/diloco.js", ["2000", "3", "10"], env);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      const [plain, diloco] = [...stdout.matchAll(/, 2 ranks: test accuracy (\d+\.\d\d) %, (\d+) messages/g)].map(
        ([, ...numbers]) => numbers.map(Number),
      );
      expect(plain?.[1]).toBe(3 * Math.ceil(2000 / 128));
      expect(diloco?.[1]).toBe(5);
      for (const result of [plain, diloco]) expect(result?.[0]).toBeGreaterThan(70); // one guess in ten would be right by chance
    },
  );
}
