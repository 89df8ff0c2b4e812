import { describe, expect, test } from "vitest";
import { document, tableRows, writtenDocument } from "../../examples/landscapes/document.js";
import { landscapeNames, landscapes } from "../../examples/landscapes/landscapes.js";
import { results } from "../../examples/landscapes/results.js";

describe.each(Object.values(landscapes))("$title", ({ start, minimum, value, gradient, curvature }) => {
  const derivatives = (x: number, y: number) => {
    const g = new Float64Array(2);
    gradient(x, y, g);
    return [...g];
  };

  test("its gradient is what finite differences say", () => {
    const h = 1e-5;
    for (const [x, y] of [start, minimum, [0.3, -0.7], [-1.1, 0.4], [2.2, 1.3]]) {
      const [dx, dy] = derivatives(x, y);
      const size = 1 + Math.abs(dx) + Math.abs(dy);
      expect(Math.abs((value(x + h, y) - value(x - h, y)) / (2 * h) - dx) / size).toBeLessThan(1e-7);
      expect(Math.abs((value(x, y + h) - value(x, y - h)) / (2 * h) - dy) / size).toBeLessThan(1e-7);
    }
  });

  test("its minimum is 0, and its curvature there that of the gradient", () => {
    const [x, y] = minimum;
    expect(value(x, y)).toBe(0);
    expect(derivatives(x, y).map(Math.abs)).toEqual([0, 0]);
    const h = 1e-6;
    const c = new Float64Array(2);
    curvature(x, y, c);
    expect((derivatives(x + h, y)[0] - derivatives(x - h, y)[0]) / (2 * h) / c[0]).toBeCloseTo(1, 6);
    expect((derivatives(x, y + h)[1] - derivatives(x, y - h)[1]) / (2 * h) / c[1]).toBeCloseTo(1, 6);
  });
});

describe("docs/convergence.md", () => {
  const rows = results();
  const table = tableRows(rows).map((line, i) => ({ line, method: rows[i].method, on: rows[i].on }));

  test.each(table)("$method converges in the steps that it says, or fails for a reason that it states", ({ line, on }) => {
    expect(writtenDocument().split("\n")).toContain(line);
    for (const name of landscapeNames) expect(on[name].reason === undefined).toBe(on[name].steps !== undefined);
  });

  test("is up to date: npm run landscapes", () => {
    expect(writtenDocument()).toBe(document(rows));
  });
});
