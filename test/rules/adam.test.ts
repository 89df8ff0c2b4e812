import { expect, test } from "vitest";
import { adam } from "../../src/index.js";
import { fill, random } from "../support/random.js";

test("averages do not drift: with the decay and the gain rounded apart, Adam's v would be 1.3e-5 too large", () => {
  const opt = adam({ x: 64 });
  const exact = new Float64Array(64);
  const source = random(5);
  for (let t = 0; t < 10_000; t++) {
    const g = fill(opt.grads.x, source);
    for (let i = 0; i < 64; i++) exact[i] = 0.999 * exact[i] + 0.001 * g[i] ** 2;
    opt.step();
  }
  const drift = exact.reduce((sum, v, i) => sum + opt.state.v.x[i] / v - 1, 0) / 64;
  expect(Math.abs(drift)).toBeLessThanOrEqual(2e-6);
});

test("beta1 = 0: the average is the gradient", () => {
  const opt = adam({ x: 2 }, { beta1: 0 });
  opt.grads.x.set([1e8, -1e8]);
  opt.step();
  opt.grads.x.set([0.3, 1]);
  opt.step();
  expect(opt.state.m.x).toEqual(Float32Array.of(0.3, 1));
});
