// What follows the rule in a step: averages, Lookahead, zeroed gradients.

import { expect, test } from "vitest";
import { adam, scheduleFreeSgd, sgd, sophia } from "../../src/index.js";

test("eval() prefers the average, then the slow parameters, then the rule's own", () => {
  const at = (options: object) => {
    const opt = scheduleFreeSgd({ x: 2 }, { lr: 0.1, ...options });
    for (let t = 0; t < 3; t++) {
      opt.grads.x.set([1, t]);
      opt.step();
    }
    opt.eval();
    return opt;
  };
  const both = at({ lookahead: { every: 2 }, swa: true });
  expect(both.params.x).toEqual(both.average?.x);
  const slow = at({ lookahead: { every: 2 } });
  expect(slow.params.x).toEqual(slow.slow?.x);
  const early = at({ swa: { start: 3 } });
  expect(early.params.x).toEqual(at({}).params.x);
  expect(early.average?.x).toEqual(new Float32Array(2));
});

test("a group without averages shows its parameters", () => {
  const opt = sgd({ a: 1, b: Float32Array.of(5) }, { ema: true, groups: [{ match: ["b"], frozen: true }] });
  opt.step();
  opt.eval();
  expect(opt.params.b[0]).toBe(5);
});

/** One step of p = 0 with lr 1 from these gradients. */
const step = (options: object, a: number[], b: number[]) => {
  const opt = sgd({ a: a.length, b: b.length }, { lr: 1, ...options });
  opt.grads.a.set(a);
  opt.grads.b.set(b);
  opt.step();
  return opt;
};

test("zeroGrad also after a skipped step, shift() and observe()", () => {
  expect(step({ zeroGrad: true, nonFinite: "skip" }, [Number.NaN], [1]).grads.a[0]).toBe(0);
  const opt = sgd({ x: 1 }, { zeroGrad: true, sam: true });
  opt.grads.x[0] = 1;
  opt.shift();
  expect(opt.grads.x[0]).toBe(0);
  const observing = sophia({ x: 1 }, { zeroGrad: true });
  observing.grads.x[0] = 1;
  observing.observe();
  expect(observing.grads.x[0]).toBe(0);
});

test("the first average is a copy of all tiles; flushing leaves averages and slow parameters alone", () => {
  const opt = sgd({ x: 10_000 }, { lr: 1, ema: true });
  opt.grads.x.fill(1);
  opt.step();
  expect(opt.average?.x).toEqual(new Float32Array(10_000).fill(-1));
  const tiny = Math.fround(1e-39);
  const small = adam({ x: Float32Array.of(tiny) }, { ema: true, lookahead: true });
  for (let t = 0; t < 64; t++) small.step();
  expect([small.average?.x[0], small.slow?.x[0]]).toEqual([tiny, tiny]);
});

test("zeroGrad sets all gradients to 0", () => {
  const opt = sgd({ a: 5, b: [2, 3] });
  opt.grads.a.fill(1);
  opt.grads.b.fill(2);
  opt.zeroGrad();
  expect([...opt.grads.a, ...opt.grads.b].every((x) => x === 0)).toBe(true);
});
