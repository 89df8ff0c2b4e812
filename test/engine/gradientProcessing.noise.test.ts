// The noise that is added to gradients. The kernel and the distribution of its numbers are in assembly/ops.noise.test.ts.

import { describe, expect, test } from "vitest";
import { sgd } from "../../src/index.js";
import { copy } from "../support/runs.js";

describe("noise", () => {
  const noisy = (options: object, n = 1e5) => {
    const opt = sgd({ a: n, b: 4 }, { lr: 1, groups: [{ match: ["b"] }], ...options });
    return [0, 1].map(() => {
      opt.params.a.fill(0);
      opt.params.b.fill(0);
      opt.zeroGrad();
      opt.step();
      return copy(opt.params);
    });
  };
  const variance = (array: Float32Array) => array.reduce((sum, x) => sum + x * x, 0) / array.length;

  test("has variance eta/(1 + t)^gamma, also with a loss scale", () => {
    const rows: [object, number, number][] = [
      [{ noise: { eta: 0.04 } }, 0.04, 0.04 / 2 ** 0.55],
      [{ noise: { eta: 0.04, gamma: 0 } }, 0.04, 0.04],
      [{ noise: { eta: 0.04, gamma: 2 }, lossScale: true, maximize: true, accumulate: true }, 0.04, 0.01],
    ];
    for (const [options, first, second] of rows) {
      const steps = noisy(options);
      // Five standard deviations of a variance of 1e5 numbers, √(2/1e5).
      for (const [t, expected] of [first, second].entries())
        expect(Math.abs(variance(steps[t].a) / expected - 1)).toBeLessThan(0.0224);
    }
  });

  test("differs between steps, groups and seeds, and repeats exactly", () => {
    const steps = noisy({ noise: { eta: 1 } });
    expect(steps).toEqual(noisy({ noise: { eta: 1 } }));
    const other = noisy({ noise: { eta: 1, seed: 1 } });
    const seen = [...steps, ...other].flatMap(({ a, b }) => [a.slice(0, 4).join(), b.join()]);
    expect(new Set(seen).size).toBe(8);
  });
});

test("noise is the same for grads and for accumulated gradients", () => {
  const [plain, summed] = [false, true].map((accumulate) => {
    const opt = sgd({ a: 5, b: 5 }, { lr: 1, noise: { eta: 1 }, groups: [{ match: ["b"] }], accumulate: true });
    if (accumulate) opt.accumulate();
    opt.step();
    return copy(opt.params);
  });
  expect(plain).toEqual(summed);
});
