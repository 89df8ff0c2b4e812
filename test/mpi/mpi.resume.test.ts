import { expect, test } from "vitest";
import { launchers, missing } from "../support/mpi.js";
import { killAndResume } from "../support/mpiKills.js";

const reasons = launchers.map(missing);
const reason = reasons.every(Boolean) ? reasons.join(", ") : undefined;

test.skipIf(reason)(
  `killed at random, a training ends with the bits of an uninterrupted one${reason ? `: ${reason}` : ""}`,
  () => {
    const hashes = killAndResume(8, 1);
    expect(hashes.length).toBe(1 + 3); // three trainings
    expect(new Set(hashes).size).toBe(1);
    expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/);
  },
);
