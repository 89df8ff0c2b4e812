import { describe, expect, it } from "vitest";
import { numberSetting } from "../../../site/playground/settings.js";
import { type Surface, surfaceNames, surfaceOf, surfaces } from "../../../site/playground/surfaces.js";

/** Points spread over the bounds of a surface, the same in every run. */
function pointsOf({ bounds: [x0, x1, y0, y1] }: Surface): [number, number][] {
  return Array.from({ length: 40 }, (_, i) => [
    x0 + ((i * 0.618034) % 1) * (x1 - x0),
    y0 + ((i * 0.414214 + 0.1) % 1) * (y1 - y0),
  ]);
}

const settings = new Map([
  ["kappa", "2500"],
  ["noise", "0.5"],
]);
const all = [
  ...surfaceNames.map((name) => [name, surfaces[name]] as const),
  ["kappa with κ = 2500", surfaceOf("kappa", settings)] as const,
];

describe.each<readonly [string, Surface]>(all)("%s", (_, surface) => {
  const h = 1e-5;

  it("has the gradient of its value", () => {
    const g = new Float64Array(2);
    for (const [x, y] of pointsOf(surface)) {
      surface.gradient(x, y, g);
      const size = 1 + Math.abs(g[0]) + Math.abs(g[1]);
      expect((surface.value(x + h, y) - surface.value(x - h, y)) / (2 * h) / size).toBeCloseTo(g[0] / size, 6);
      expect((surface.value(x, y + h) - surface.value(x, y - h)) / (2 * h) / size).toBeCloseTo(g[1] / size, 6);
    }
  });

  it("has minima where every neighbor is higher, the lowest first", () => {
    expect(surface.minima.length).toBeGreaterThan(0);
    const g = new Float64Array(2);
    const values = surface.minima.map(([x, y]) => {
      surface.gradient(x, y, g);
      expect(Math.hypot(g[0], g[1])).toBeLessThan(1e-9);
      const value = surface.value(x, y);
      for (let k = 0; k < 16; k++) {
        const [dx, dy] = [1e-3 * Math.cos((k * Math.PI) / 8), 1e-3 * Math.sin((k * Math.PI) / 8)];
        expect(surface.value(x + dx, y + dy)).toBeGreaterThan(value);
      }
      return value;
    });
    for (const value of values) expect(value).toBeGreaterThanOrEqual(values[0]);
  });

  it("lists every minimum that descent finds from a grid of starts", () => {
    const [x0, x1, y0, y1] = surface.bounds;
    const g = new Float64Array(2);
    const curvature = new Float64Array(2);
    for (const start of pointsOf(surface).slice(0, 15)) {
      let [x, y] = start;
      // Steps by half the curvature's inverse, halved until the loss falls.
      for (let t = 0; t < 300; t++) {
        surface.gradient(x, y, g);
        surface.curvature?.(x, y, curvature);
        let rate = 1;
        const at = () => [x - (rate * g[0]) / (curvature[0] + 1e-2), y - (rate * g[1]) / (curvature[1] + 1e-2)] as const;
        while (rate > 1e-9 && surface.value(...at()) > surface.value(x, y)) rate /= 2;
        if (rate <= 1e-9) break;
        [x, y] = at();
      }
      surface.gradient(x, y, g);
      if (x < x0 || x > x1 || y < y0 || y > y1 || Math.hypot(g[0], g[1]) > 1e-6) continue;
      const distances = surface.minima.map(([mx, my]) => Math.hypot(x - mx, y - my));
      expect(Math.min(...distances)).toBeLessThan(0.05);
    }
  });

  it("has a curvature that is never negative, and exact at the global minimum", () => {
    const [estimate, right, left] = [new Float64Array(2), new Float64Array(2), new Float64Array(2)];
    for (const [x, y] of pointsOf(surface)) {
      surface.curvature?.(x, y, estimate);
      expect(Math.min(...estimate)).toBeGreaterThanOrEqual(0);
    }
    const [x, y] = surface.minima[0];
    surface.curvature?.(x, y, estimate);
    surface.gradient(x + h, y, right);
    surface.gradient(x - h, y, left);
    expect((right[0] - left[0]) / (2 * h) / estimate[0]).toBeCloseTo(1, 4);
    surface.gradient(x, y + h, right);
    surface.gradient(x, y - h, left);
    expect((right[1] - left[1]) / (2 * h) / estimate[1]).toBeCloseTo(1, 4);
  });

  it("starts inside its bounds, and not at a minimum", () => {
    const [x0, x1, y0, y1] = surface.bounds;
    const [x, y] = surface.start;
    expect(x > x0 && x < x1 && y > y0 && y < y1).toBe(true);
    expect(surface.value(x, y)).toBeGreaterThan(surface.value(...surface.minima[0]) + 0.1);
  });

  it("has bounds of four to three, as the canvas", () => {
    const [x0, x1, y0, y1] = surface.bounds;
    expect((x1 - x0) / (y1 - y0)).toBeCloseTo(4 / 3, 6);
  });
});

describe("data surfaces", () => {
  it.each(["regression", "classification"] as const)("%s: the mean of the gradients of batches is the gradient", (name) => {
    const { examples = 0, batchGradient, gradient, start } = surfaces[name] as Surface;
    const [whole, part, sum] = [new Float64Array(2), new Float64Array(2), new Float64Array(2)];
    gradient(...start, whole);
    const order = Uint32Array.from({ length: examples }, (_, i) => (i * 7) % examples);
    for (let from = 0; from < examples; from += 10) {
      batchGradient?.(...start, order, from, from + 10, part);
      sum[0] += (part[0] * 10) / examples;
      sum[1] += (part[1] * 10) / examples;
    }
    expect(sum[0]).toBeCloseTo(whole[0], 12);
    expect(sum[1]).toBeCloseTo(whole[1], 12);
  });
});

describe("surfaceOf", () => {
  it("reads κ and the noise from the settings, and returns the same surface for the same setting", () => {
    expect(surfaceOf("kappa", settings).formula).toContain("2500");
    expect(surfaceOf("noisy", settings).noise).toBe(0.5);
    expect(surfaceOf("kappa", settings)).toBe(surfaceOf("kappa", new Map(settings)));
    expect(surfaceOf("bowl", settings)).toBe(surfaces.bowl);
  });

  it("falls back for wrong settings", () => {
    for (const text of ["", "x", "0", "1e9", "NaN", "-5"]) {
      expect(numberSetting(new Map([["kappa", text]]), "kappa", 100, 1, 1e4)).toBe(100);
    }
  });
});
