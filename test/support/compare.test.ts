import { expect, test } from "vitest";
import { checkClose, relativeError } from "./compare.js";

test("positive numbers: relative to each", () => {
  expect(relativeError([1.1, 2], [1, 2])).toBeCloseTo(0.1, 12);
  expect(relativeError([1, 200.2], [1, 200])).toBeCloseTo(0.001, 12);
});

test("numbers of both signs: relative to the largest", () => {
  expect(relativeError([0.1, -10], [0, -10])).toBeCloseTo(0.01, 12);
});

test.each<[string, number[], number[]]>([
  ["an actual NaN", [1, Number.NaN], [1, 2]],
  ["an expected NaN", [1, 2], [1, Number.NaN]],
  ["both NaN", [1, Number.NaN], [1, Number.NaN]],
  ["NaN before a good number", [Number.NaN, 2], [1, 2]],
  ["NaN beside a negative number", [Number.NaN, -2], [1, -2]],
  ["an infinity", [Infinity, 2], [1, 2]],
  ["a number in place of 0", [1e-30], [0]],
  ["another length", [1], [1, 2]],
  ["no numbers", [], [1]],
])("never close: %s", (_, actual, expected) => {
  expect(() => checkClose("x", actual, expected, 1e30)).toThrow("x is ");
});

test("within the tolerance, and beyond it", () => {
  checkClose("x", [1 + 1e-6, 0], [1, 0], 2e-6);
  expect(() => checkClose("x", [1 + 3e-6], [1], 2e-6)).toThrow("x is ");
});
