import { expect, test } from "vitest";
import { prodigy } from "../../src/index.js";

test("Prodigy does not step before its first gradient: no decay, no average, no step of the group", () => {
  const start = Float32Array.of(1, -2, 3);
  const opt = prodigy({ x: start }, { weightDecay: 0.5, d0: 0.1, ema: true, zeroGrad: true });
  for (let t = 0; t < 3; t++) opt.step();
  expect(opt.params.x).toEqual(start);
  expect([...opt.average!.x]).toEqual([0, 0, 0]);
  expect(opt.t).toBe(3);
  const [other] = [prodigy({ x: start }, { weightDecay: 0.5, d0: 0.1, ema: true, zeroGrad: true })];
  for (let t = 0; t < 5; t++) {
    for (const { grads } of [opt, other]) grads.x.set([1, 2, -t]);
    for (const each of [opt, other]) each.step();
    expect(opt.params.x).toEqual(other.params.x);
    expect(opt.average!.x).toEqual(other.average!.x);
    expect(opt.carry).toEqual(other.carry);
  }
  expect(opt.params.x).not.toEqual(start);
});
