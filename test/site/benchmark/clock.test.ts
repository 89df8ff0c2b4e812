import { expect, test } from "vitest";
import { clockStep } from "../../../site/benchmark/clock.js";

test("the smallest difference of readings", () => {
  const readings = [0, 0, 2, 2, 2, 3, 6, 6, 6];
  expect(clockStep(() => readings.shift() as number, 3)).toBe(1);
});

test("the clock of this program", () => {
  expect(clockStep()).toBeGreaterThan(0);
  expect(clockStep()).toBeLessThan(1);
});
