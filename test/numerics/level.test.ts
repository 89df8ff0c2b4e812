import { expect, test } from "vitest";
import { agree, probe, share } from "../../src/numerics/level.js";

test("shares lie around 1, and are not all the same", () => {
  const shares = [0, 1, 2].flatMap((j) => Array.from({ length: 1000 }, (_, i) => share(i, j)));
  for (const each of shares) expect(Math.abs(each - 1)).toBeLessThanOrEqual(0.5);
  expect(new Set(shares.map((each) => each.toFixed(3))).size).toBeGreaterThan(500);
});

/** The slopes of a function at 0 by the longer and by the shorter difference. */
const slopes = (f: (x: number) => number): [number, number] => [
  (f(probe) - f(-probe)) / (2 * probe),
  (f(probe / 2) - f(-probe / 2)) / probe,
];

test.each<[string, (x: number) => number, boolean]>([
  ["a line", (x) => 3 * x, true],
  ["a falling exponential", (x) => Math.exp(-x), true],
  ["a bowl", (x) => x * x, false],
  ["a saddle", (x) => x ** 3, false],
  ["a kink", Math.abs, false],
  ["noise of another sign", (x) => Math.sign(Math.sin(1e6 * x)) * 1e-9, false],
  ["NaN", () => Number.NaN, false],
])("whether %s slopes at 0", (_, f, expected) => {
  expect(agree(...slopes(f), 1e-3)).toBe(expected);
});

test("a slope below the least is none", () => {
  expect(agree(0.5, 0.5, 0.4)).toBe(true);
  expect(agree(0.5, 0.5, 0.5)).toBe(false);
  expect(agree(-0.5, -0.5, 0.4)).toBe(true);
});
