import { describe, expect, test } from "vitest";
import { sgd } from "../../src/index.js";

describe("loss scaling", () => {
  test("grows after interval good steps and shrinks when gradients overflow, within limits", () => {
    const opt = sgd({ x: 1 }, { lossScale: { initial: 8, growth: 4, backoff: 0.25, interval: 2 }, maxSkips: 1000 });
    const scales = [1, 1, 1, Infinity, 1, 1, Number.NaN, Infinity, 1, 1].map((g) => {
      opt.grads.x[0] = g;
      opt.step();
      return opt.lossScale;
    });
    expect(scales).toEqual([8, 32, 32, 8, 8, 32, 8, 2, 2, 8]);
    for (let t = 0; t < 200; t++) opt.step();
    expect(opt.lossScale).toBe(2 ** 100);
    opt.grads.x[0] = Infinity;
    for (let t = 0; t < 200; t++) opt.step();
    expect(opt.lossScale).toBe(1);
    expect(sgd({ x: 1 }).lossScale).toBe(1);
    expect(sgd({ x: 1 }, { lossScale: true }).lossScale).toBe(65_536);
  });
});
