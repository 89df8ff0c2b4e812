// The picture of a swarm has the numbers of its particles.
import { expect, test } from "vitest";
import { Density, opacity } from "../../../site/playground/swarm/density.js";

const bounds = [-2, 2, -1, 1] as const;

test("each particle is in its pixel, and those outside are in none", () => {
  const density = new Density(4, 2, bounds, 2);
  density.clear();
  density.add(0, Float32Array.of(-1.9, 0.9, -1.9, 0.9, 1.9, -0.9, 2.1, 0, Number.NaN, 0, 0, -1e30));
  density.add(1, Float32Array.of(-1.9, 0.9));
  expect(density.at(0, 0, 0)).toBe(2);
  expect(density.at(0, 0, 1)).toBe(1);
  expect(density.at(3, 1, 0)).toBe(1);
  let total = 0;
  for (let row = 0; row < 2; row++) for (let column = 0; column < 4; column++) total += density.at(column, row, 0);
  expect(total).toBe(3);
});

test("a pixel has the weighted mean of the colours, and is more opaque with more particles", () => {
  const density = new Density(4, 2, bounds, 2);
  density.add(0, Float32Array.of(-1.9, 0.9, -1.9, 0.9, -1.9, 0.9));
  density.add(1, Float32Array.of(-1.9, 0.9));
  const pixels = new Uint8ClampedArray(4 * 8).fill(7);
  density.paint(pixels, [
    [200, 100, 40],
    [0, 20, 80],
  ]);
  expect([...pixels.subarray(0, 4)]).toEqual([150, 80, 50, opacity(4)]);
  expect([...pixels.subarray(4, 8)]).toEqual([0, 0, 0, 0]);
  expect(opacity(1)).toBeGreaterThan(90);
  expect(opacity(64)).toBe(255);
});
