import { describe, expect, it } from "vitest";
import { roundNumbers } from "../../../site/playground/draw/ticks.js";
import { surfaceNames, surfaces } from "../../../site/playground/surfaces.js";

describe("the numbers along an axis", () => {
  it("are round", () => {
    expect(roundNumbers(-6, 6, 6)).toEqual([-5, 0, 5]);
    expect(roundNumbers(-2, 2, 6)).toEqual([-2, -1, 0, 1, 2]);
    expect(roundNumbers(-0.2, 2.2, 5)).toEqual([0, 0.5, 1, 1.5, 2]);
    expect(roundNumbers(0.05, 0.75, 7)).toEqual([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]);
    expect(roundNumbers(0, 1e-3, 3)).toEqual([0, 5e-4, 1e-3]);
  });

  it.each(surfaceNames)("of %s are few, and at least two", (name) => {
    const [x0, x1, y0, y1] = surfaces[name].bounds;
    for (const [from, to] of [
      [x0, x1],
      [y0, y1],
    ]) {
      const numbers = roundNumbers(from, to, 6);
      expect(numbers.length).toBeGreaterThanOrEqual(2);
      expect(numbers.length).toBeLessThanOrEqual(6);
      for (const number of numbers) expect(number >= from && number <= to).toBe(true);
    }
  });
});
