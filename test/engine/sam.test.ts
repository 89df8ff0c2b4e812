import { expect, test } from "vitest";
import { nesterov, sgd } from "../../src/index.js";

test("step() and unshift() restore the shifted parameters bit for bit", () => {
  const opt = nesterov({ x: Float32Array.of(1e-30, 1, 1e30) }, { sam: { radius: 1 } });
  const start = opt.params.x.slice();
  opt.grads.x.fill(1);
  opt.shift();
  expect(opt.params.x).not.toEqual(start);
  opt.unshift();
  expect(opt.params.x).toEqual(start);
  opt.grads.x.fill(0);
  opt.shift();
  expect(opt.params.x).toEqual(start);
  opt.step();
  expect(opt.params.x).toEqual(start);
});

test("adaptive sam climbs by radius·p²·g/‖p·g‖, downwards with maximize", () => {
  for (const [options, sign] of [
    [{}, 1],
    [{ maximize: true }, -1],
  ] as const) {
    const opt = sgd({ x: Float32Array.of(1, -2, 0) }, { sam: { radius: 0.5, adaptive: true }, ...options });
    opt.grads.x.set([3, 2, 7]);
    opt.shift();
    for (const [i, x] of [1 + (sign * 0.5 * 3) / 5, -2 + (sign * 0.5 * 4 * 2) / 5, 0].entries())
      expect(opt.params.x[i]).toBeCloseTo(x, 6);
  }
});

test("sam clips units by the unshifted parameters, and its steps grow the loss scale", () => {
  const opt = sgd({ x: Float32Array.of(1e-6) }, { lr: 1, clipAdaptive: 0.1, sam: { radius: 10 } });
  for (const method of ["shift", "step"] as const) {
    opt.grads.x[0] = 1;
    opt[method]();
  }
  expect(opt.params.x[0]).toBeCloseTo(1e-6 - 1e-4, 9);
  const scaled = sgd({ x: 1 }, { lossScale: { initial: 2, interval: 1 }, sam: true });
  scaled.shift();
  scaled.step();
  expect(scaled.lossScale).toBe(4);
  scaled.grads.x[0] = 1;
  const allowed = sgd({ x: Float32Array.of(1, 2) }, { nonFinite: "allow", sam: true });
  allowed.grads.x.set([Number.NaN, 1]);
  allowed.shift();
  expect(allowed.params.x[1]).toBe(2);
  const shown = sgd({ x: 1 }, { sam: true, ema: true });
  shown.eval(); // nothing to show yet
  shown.step();
  shown.eval();
  expect(() => shown.shift()).toThrow("sgd: shift() expected train() first");
});
