// What unshift() and train() put back.

import { expect, test } from "vitest";
import { asgd, nesterov, scheduleFreeAdamw, scheduleFreeSgd } from "../../src/index.js";
import type { AnyRule } from "../support/configurations.js";
import { fill, random } from "../support/random.js";

const bowl = (p: Float32Array, g: Float32Array) => {
  for (let i = 0; i < p.length; i++) g[i] = (i + 1) * p[i];
};

const start = fill(new Float32Array(21), random(1));

test("unshift puts back every bit", () => {
  const opt = nesterov({ x: start }, { lr: 0.1 });
  bowl(opt.params.x, opt.grads.x);
  opt.step();
  const before = opt.params.x.slice();
  opt.shift();
  expect(opt.shifted).toBe(true);
  expect(opt.params.x).not.toEqual(before);
  opt.unshift();
  expect(opt.shifted).toBe(false);
  expect(opt.params.x).toEqual(before);
  opt.unshift();
  expect(opt.params.x).toEqual(before);
});

const trained = (opt: ReturnType<AnyRule>) => {
  const source = random(2);
  for (let t = 0; t < 5; t++) {
    fill(opt.grads.x, source);
    opt.step();
  }
  return opt;
};

test.each([scheduleFreeSgd, scheduleFreeAdamw, asgd].map((rule) => ({ name: rule.spec.name, rule })))(
  "$name: train() puts back every bit; no step in between",
  ({ name, rule }) => {
    const opt = trained(rule({ x: start }, name === "asgd" ? { t0: 0 } : {}));
    const before = structuredClone([opt.params, opt.state, opt.t]);
    opt.eval();
    expect(opt.evaluating).toBe(true);
    expect(opt.params.x).not.toEqual((before[0] as { x: Float32Array }).x);
    const shown = opt.params.x.slice();
    opt.eval();
    expect(opt.params.x).toEqual(shown);
    expect(() => opt.step()).toThrow(`${name}: step() expected train() first: the parameters are those of eval()`);
    opt.train();
    expect(opt.evaluating).toBe(false);
    expect(structuredClone([opt.params, opt.state, opt.t])).toEqual(before);
  },
);
