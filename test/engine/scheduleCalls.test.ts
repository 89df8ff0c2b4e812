// When schedules are asked.

import { expect, test } from "vitest";
import { sgd } from "../../src/index.js";

test("t is the number of completed steps: the first step uses the value at 0", () => {
  const seen: number[] = [];
  const opt = sgd({ x: 1 }, { lr: (t) => seen.push(t) && 1 / (1 + t) });
  for (let i = 0; i < 3; i++) {
    opt.grads.x[0] = 1;
    opt.step();
  }
  expect(seen).toEqual([0, 0, 1, 2]); // at construction to be checked, then step by step
  expect(opt.params.x[0]).toBe(Math.fround(Math.fround(-1.5) - Math.fround(1 / 3)));
});

test("schedules of groups count all steps, also those in which the group was frozen", () => {
  const seen: number[] = [];
  const lr = (t: number) => {
    seen.push(t);
    return 1 / (1 + t);
  };
  const opt = sgd({ a: 1, b: 1 }, { groups: [{ match: ["b"], lr, frozen: true }] });
  opt.step();
  opt.groups[0].frozen = false;
  opt.step();
  expect(seen).toEqual([0, 0, 1]);
  expect(opt.groups[0].current.lr).toBe(0.5);
});

test("a schedule of one group that goes wrong changes nothing in any", () => {
  let value = 0.1;
  const opt = sgd({ a: 1, b: 1 }, { lr: (t) => 1 / (1 + t), groups: [{ match: ["b"], lr: () => value }] });
  opt.grads.a.fill(1);
  opt.grads.b.fill(1);
  opt.step();
  value = Number.NaN;
  const before = structuredClone([opt.params, opt.current, opt.t]);
  expect(() => opt.step()).toThrow("sgd: groups[0]: lr as a schedule at t = 1 expected in [0,inf), got NaN");
  expect(structuredClone([opt.params, opt.current, opt.t])).toEqual(before);
});
