// step(params, grads): steps on arrays of the caller's own.
import { describe, expect, test } from "vitest";
import { NonFiniteError, type Optimizer, rules } from "../src/index.js";
import { type AnyRule, table } from "./configurations.js";
import { fill, random } from "./random.js";

const shapes = { weight: [6, 5], bias: [6], ["__proto__"]: [2, 1, 3] };
const names = Object.keys(shapes);

const words = (views: Readonly<Record<string, Float32Array>>) =>
  Object.fromEntries(Object.entries(views).map(([name, view]) => [name, [...new Uint32Array(view.slice().buffer)]]));

const arraysOf = (optimizer: Optimizer) =>
  Object.fromEntries(names.map((name) => [name, new Float32Array((optimizer.params[name] as Float32Array).length)]));

describe.each(table)("$title", ({ rule, options }) => {
  test("changes the caller's arrays as step() changes params, to the bit", () => {
    const direct = rule(shapes, options);
    const copying = rule(shapes, options);
    const [params, grads] = [arraysOf(copying), arraysOf(copying)];
    for (const views of [direct.params, params]) for (const name of names) fill(views[name] as Float32Array, random(3));
    for (let step = 1; step <= 4; step++) {
      for (const views of [direct.grads, grads]) for (const name of names) fill(views[name] as Float32Array, random(step), 2);
      direct.step();
      copying.step(params, grads);
      expect(words(params)).toEqual(words(direct.params));
    }
    expect(copying.t).toBe(4);
    for (const slot of Object.keys(rule.spec.state)) expect(copying.state[slot]).toEqual(direct.state[slot]);
  });
});

const adam = rules.adam as unknown as AnyRule;

test("what else the caller does to the arrays counts, and another set of arrays may come at any time", () => {
  const opt = rules.sgd({ x: 2 }, { lr: 1 });
  const params = { x: Float32Array.of(1, 2) };
  const grads = { x: Float32Array.of(1, 1) };
  opt.step(params, grads);
  expect([...params.x]).toEqual([0, 1]);
  params.x.fill(10);
  grads.x[1] = 2;
  opt.step(params, grads);
  expect([...params.x]).toEqual([9, 8]);
  const before = params.x;
  params.x = Float32Array.of(5, 6); // in the same object
  opt.step(params, { x: Float32Array.of(0, 1) });
  expect([...before, ...params.x]).toEqual([9, 8, 5, 5]);
  expect([...opt.params.x]).toEqual([5, 5]);
});

test("gradients may be parameters, and arrays of shared or foreign memory", () => {
  const opt = rules.sgd({ x: 2 }, { lr: 0.5 });
  const x = new Float32Array(new SharedArrayBuffer(8));
  x.set([4, 8]);
  opt.step({ x }, { x });
  expect([...x]).toEqual([2, 4]);
  opt.step(opt.params, opt.params);
  expect([...opt.params.x]).toEqual([1, 2]);
});

test("zeroGrad leaves the caller's gradients 0; without it they stay, clipped or not", () => {
  for (const [options, left] of [
    [{ zeroGrad: true }, [0, 0]],
    [{ clipValue: 1 }, [3, -4]],
  ] as const) {
    const grads = { x: Float32Array.of(3, -4) };
    rules.sgd({ x: 2 }, options).step({ x: new Float32Array(2) }, grads);
    expect([...grads.x]).toEqual(left);
  }
});

test("a step that is refused or skipped changes none of the caller's arrays", () => {
  const params = { x: Float32Array.of(1, 2) };
  const grads = { x: Float32Array.of(1, Number.NaN) };
  expect(() => rules.adam({ x: 2 }).step(params, grads)).toThrow(NonFiniteError);
  const skipping = rules.adam({ x: 2 }, { nonFinite: "skip" });
  skipping.step(params, grads);
  expect([skipping.skipped, skipping.t]).toEqual([1, 0]);
  expect([...params.x, ...grads.x]).toEqual([1, 2, 1, Number.NaN]);
});

describe("what is refused, with nothing changed", () => {
  const detached = new Float32Array(2);
  structuredClone(detached.buffer, { transfer: [detached.buffer] });
  const block = new Float32Array(3);
  const good = () => ({ a: new Float32Array(2), b: new Float32Array(1) });
  const wrong: [string, unknown, unknown, Error][] = [
    [
      "no gradients",
      good(),
      undefined,
      new TypeError("adam: step: grads expected a plain object of Float32Arrays, got undefined"),
    ],
    [
      "no parameters",
      undefined,
      good(),
      new TypeError("adam: step: params expected a plain object of Float32Arrays, got undefined"),
    ],
    ["a number", 1, good(), new TypeError("adam: step: params expected a plain object of Float32Arrays, got 1")],
    ["a missing one", { a: good().a }, good(), new TypeError('adam: step: params: "b" expected a Float32Array, got undefined')],
    ["a strange one", good(), { ...good(), c: 1 }, new TypeError('adam: step: grads: unknown parameter "c"; they are a, b')],
    [
      "a plain array",
      good(),
      { ...good(), a: [1, 2] },
      new TypeError('adam: step: grads: "a" expected a Float32Array, got [1, 2]'),
    ],
    [
      "f64",
      { ...good(), a: new Float64Array(2) },
      good(),
      new TypeError('adam: step: params: "a" expected a Float32Array, got [object Float64Array]'),
    ],
    ["another length", { ...good(), b: good().a }, good(), new RangeError('adam: step: params: "b" expected 1 elements, got 2')],
    [
      "a detached one",
      good(),
      { ...good(), a: detached },
      new RangeError('adam: step: grads: "a" expected 2 elements, got an empty or detached Float32Array'),
    ],
    [
      "parameters that overlap",
      { a: block.subarray(0, 2), b: block.subarray(1, 2) },
      good(),
      new RangeError('adam: step: params: parameters "a" and "b" share memory; expected separate arrays'),
    ],
  ];

  test.each(wrong)("%s", (_, params, grads, error) => {
    const opt = adam({ a: 2, b: 1 });
    opt.step(good(), good());
    opt.params.a?.fill(7);
    let thrown: unknown;
    try {
      (opt.step as (...args: unknown[]) => void)(params, grads);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toEqual(error);
    expect([...(opt.params.a as Float32Array), opt.t]).toEqual([7, 7, 1]);
  });

  test("an array that was detached since", () => {
    const opt = rules.sgd({ x: 2 });
    const [params, grads] = [{ x: new Float32Array(2) }, { x: new Float32Array(2) }];
    opt.step(params, grads);
    structuredClone(params.x.buffer, { transfer: [params.x.buffer] });
    expect(() => opt.step(params, grads)).toThrow(
      new RangeError('sgd: step: params: "x" expected 2 elements, got an empty or detached Float32Array'),
    );
  });

  test("a place that is not the parameters' own", () => {
    const [params, grads] = [{ x: new Float32Array(2) }, { x: new Float32Array(2) }];
    const sam = rules.sgd({ x: 2 }, { sam: true });
    expect(() => sam.step(params, grads)).toThrow(
      new TypeError("sgd: step(params, grads) expected no option sam, which wants a second gradient: fill opt.grads"),
    );
    const nesterov = rules.nesterov({ x: 2 });
    nesterov.shift();
    const shifted = "nesterov: step(params, grads) expected step() or unshift() first: the parameters are shifted";
    expect(() => nesterov.step(params, grads)).toThrow(new Error(shifted));
    nesterov.unshift();
    nesterov.step(params, grads);
    const sum = rules.sgd({ x: 2 }, { accumulate: true });
    sum.accumulate();
    const accumulated = "sgd: step(params, grads) expected step() or discard() first: gradients were accumulated";
    expect(() => sum.step(params, grads)).toThrow(new Error(accumulated));
    sum.discard();
    sum.step(params, grads);
    const averaged = rules.sgd({ x: 2 }, { ema: true });
    averaged.step(params, grads);
    averaged.eval();
    expect(() => averaged.step(params, grads)).toThrow(
      new Error("sgd: step() expected train() first: the parameters are those of eval()"),
    );
    averaged.train();
    averaged.step(params, grads);
    expect([nesterov.t, sum.t, averaged.t, sam.t]).toEqual([1, 1, 2, 0]);
  });
});
