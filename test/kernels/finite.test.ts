import { expect, test } from "vitest";
import { allWithin, piecesOf } from "../../src/kernels/finite.js";

/** Around the length of a piece. */
const lengths = [1, 7, 8191, 8192, 8193, 20_000];

test.each(lengths)("the pieces of %d numbers are views of all of them, in order", (length) => {
  const array = Float32Array.from({ length: length + 3 }, (_, i) => i).subarray(3);
  const pieces = piecesOf(array);
  expect(pieces.flatMap((piece) => [...piece])).toEqual([...array]);
  expect(pieces.every(({ buffer }) => buffer === array.buffer)).toBe(true);
});

test("an array without elements has no pieces", () => {
  expect(piecesOf(new Float32Array(0))).toEqual([]);
  expect(allWithin([])).toBe(true);
});

test.each(lengths)("a number that is not finite is found anywhere in %d", (length) => {
  const array = new Float32Array(length).fill(-3.4028234663852886e38);
  const pieces = piecesOf(array);
  expect(allWithin(pieces)).toBe(true);
  for (const i of new Set([0, 1, length >> 1, 8191, 8192, length - 2, length - 1]))
    for (const bad of i >= 0 && i < length ? [Number.NaN, Infinity, -Infinity] : []) {
      const [before] = array.subarray(i);
      array[i] = bad;
      expect(allWithin(pieces), `${bad} at ${i}`).toBe(false);
      array[i] = before as number;
    }
  expect(allWithin(pieces)).toBe(true);
  expect(allWithin(pieces, 3e38)).toBe(false);
  expect(allWithin(piecesOf(array.fill(-2)), 2)).toBe(true);
});
