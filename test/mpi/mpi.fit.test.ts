// fit on several ranks: losses, validation, the end and checkpoints are those of one rank, bit for bit.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { launchers, missing, runRanks } from "../support/mpi.js";

const folders = mkdtempSync(join(tmpdir(), "simdescent-fit-"));
afterAll(() => rmSync(folders, { recursive: true }));
let made = 0;
const folder = () => join(folders, String(made++));

const alone = runRanks(undefined, 1, "fit.js", [folder()]);
const expected = JSON.parse(alone.stdout);

test("without a launcher", () => {
  expect(alone).toMatchObject({ status: 0, stderr: "" });
  for (const hashes of [expected.hashes, expected.states]) expect(new Set(Object.values(hashes)).size).toBe(2);
});

describe.each(launchers)("$name", (launcher) => {
  const reason = missing(launcher);
  const why = reason ? `: ${reason}` : "";

  test.skipIf(reason).each([2, 4])(`%i ranks: the same bits${why}`, (ranks) => {
    const { status, stdout, stderr } = runRanks(launcher, ranks, "fit.js", [folder()]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(JSON.parse(stdout)).toEqual(expected);
  });

  test.skipIf(reason)(`state in slices: stopped on two ranks, it goes on on four, with the same bits${why}`, () => {
    const path = folder();
    expect(runRanks(launcher, 2, "fit.js", [path, "stop", "shard"])).toMatchObject({ status: 0, stderr: "" });
    const { status, stdout, stderr } = runRanks(launcher, 4, "fit.js", [path, "", "shard"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(JSON.parse(stdout)).toEqual(expected);
  });

  test.skipIf(reason)(`a signal on one rank of two ends both, and four or one go on: the same bits${why}`, () => {
    const path = folder();
    expect(runRanks(launcher, 2, "fit.js", [path, "stop"])).toMatchObject({ status: 0, stderr: "" });
    expect(JSON.parse(runRanks(launcher, 4, "fit.js", [path]).stdout)).toEqual(expected);
    const other = folder();
    expect(runRanks(launcher, 2, "fit.js", [other, "stop"])).toMatchObject({ status: 0, stderr: "" });
    expect(JSON.parse(runRanks(undefined, 1, "fit.js", [other]).stdout)).toEqual(expected);
  });

  test.skipIf(reason)(`a checkpoint that does not fit ends all ranks, with its error${why}`, () => {
    const path = folder();
    expect(runRanks(launcher, 2, "fit.js", [path, "stop"])).toMatchObject({ status: 0, stderr: "" });
    const { status, stderr } = runRanks(launcher, 2, "fit.js", [path, "other"]);
    expect(status).not.toBe(0);
    expect(stderr).toContain("fit: batch expected 7, as in the checkpoint, got 9");
  });

  test.skipIf(reason)(`ranks with other options end at once, with an error that names them${why}`, () => {
    const { status, stderr } = runRanks(launcher, 2, "fit.js", [folder(), "differ"]);
    expect(status).not.toBe(0);
    expect(stderr).toContain("distribute: expected the same on all ranks, got epochs: 8 on rank 0, 9 on rank 1");
  });
});
