import { expect, test } from "vitest";
import { ways } from "../../../site/benchmark/measurement.js";
import { asJson } from "../../../site/benchmark/report.js";
import { strings } from "../../../site/benchmark/strings.js";

test("nanoseconds per parameter, with the machine", () => {
  const measured = { median: 0.002, spread: 0.0001, ratio: 1, ratioSpread: 0 };
  const left = { paper: { seconds: 3 } };
  const visitor = { userAgent: "a browser", hardwareConcurrency: 2, crossOriginIsolated: false, clockStep: 0.1 };
  const json = asJson([{ rule: "adam", parameters: 1000, threads: 1, ways: { simd: measured }, left }], visitor);
  expect(JSON.parse(json)).toMatchObject({
    ...visitor,
    rows: [
      { rule: "adam", parameters: 1000, threads: 1, nsPerParameter: { simd: { ns: 2, spread: 0.1, ratioInRounds: 1 } }, left },
    ],
  });
});

test.each(["en", "ko"] as const)("%s has a name of its own for each way", (locale) => {
  expect(new Set(ways.map((way) => strings[locale].way(way, 2))).size).toBe(ways.length);
});
