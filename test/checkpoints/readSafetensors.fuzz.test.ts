// Differential fuzzing: our reader and the library safetensors 0.8.0 judge the same mutants of files.
import { expect, test } from "vitest";
import { mutants } from "../support/safetensorsGolden.js";
import { mutant } from "../support/safetensorsMutants.js";
import { judge } from "../support/safetensorsVerdict.js";

test("of 300,000 mutants, we take none that the library refuses, and refuse others for six causes alone", () => {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0; // a stack takes longer than a file
  const refused: Record<string, number> = {};
  let taken = 0;
  const wrong: string[] = [];
  for (let i = 0; i < mutants.count; i++) {
    const bytes = mutant(i);
    const ours = judge(bytes);
    const theirs = ((mutants.taken[i >> 3] as number) & (1 << (i & 7))) > 0;
    const digest = mutants.digests[i] ?? ours;
    if (typeof ours === "number") {
      taken++;
      if (!theirs || digest !== ours) wrong.push(`mutant ${i}: ${Buffer.from(bytes).toString("latin1")}`);
    } else if (theirs) refused[ours] = (refused[ours] ?? 0) + 1;
  }
  Error.stackTraceLimit = stackTraceLimit;
  expect(wrong).toEqual([]);
  expect({ taken, refused }).toEqual({
    taken: 76_090,
    refused: {
      "unknown field": 4962,
      "name twice": 1267,
      "space before {": 790,
      "2^53 or more": 37,
      "object for a dtype": 13,
      "list for a tensor": 3,
    },
  });
});
