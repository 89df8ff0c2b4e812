// Where the arrays of an optimizer lie, and how much memory they take.

import { expect, test } from "vitest";
import { adam, lamb, rmsprop, sgd } from "../../src/index.js";
import { allRules } from "../support/configurations.js";

test("parameters, gradients and state are views of one WebAssembly memory, packed, blocks on 64 bytes", () => {
  const opt = adam({ weight: [10, 784], bias: 10, scale: 1 });
  const { params, grads, state } = opt;
  const arrays = [params, grads, state.m, state.v];
  expect(new Set(arrays.flatMap((views) => Object.values(views).map(({ buffer }) => buffer))).size).toBe(1);
  for (const views of arrays) {
    expect(views.weight.length).toBe(7840);
    expect(views.weight.byteOffset % 64).toBe(0);
    expect(views.weight.byteOffset).toBeGreaterThanOrEqual(1024);
    expect(views.bias.byteOffset).toBe(views.weight.byteOffset + 4 * 7840);
    expect(views.scale.byteOffset).toBe(views.bias.byteOffset + 40);
  }
  expect(params.weight.buffer.byteLength).toBeLessThan(4 * 4 * 7851 + 4096 + 65_536);
});

test.each(allRules.map((rule) => ({ name: rule.spec.name, rule })))(
  "$name: takes the bytes of its arrays and 4 KiB at most, up to whole pages",
  ({ rule }) => {
    const shapes = { a: [300, 200], b: 7, c: [1000], d: [64, 3, 3, 3] };
    const opt = rule(shapes);
    const views = [opt.params, opt.grads, ...Object.values(opt.state)];
    const floats = views.flatMap((views) => Object.values<Float32Array>(views ?? {}).map(({ length }) => length));
    const scratch = Math.max(...Object.values(shapes).map((shape) => rule.spec.scratch?.([shape].flat()) ?? 0));
    const bytes = 4 * (floats.reduce((sum, length) => sum + length) + scratch);
    const page = 65_536;
    expect(opt.params.a.buffer.byteLength).toBeLessThanOrEqual(page * Math.ceil((bytes + 4096) / page));
  },
);

test("slots that the hyper-parameters do not need are not laid out", () => {
  const slots = (options: object) =>
    Object.entries(rmsprop({ x: 1 }, options).state).flatMap(([slot, views]) => (views ? [slot] : []));
  expect(slots({})).toEqual(["v"]);
  expect(slots({ centered: true })).toEqual(["v", "a"]);
  expect(slots({ momentum: 0.5 })).toEqual(["v", "b"]);
  expect(slots({ momentum: () => 0 })).toEqual(["v", "b"]);
  expect(slots({ momentum: 0.5, centered: true })).toEqual(["v", "a", "b"]);
});

test("more than 2²⁴ parameters: the last ones step too", () => {
  const n = 2 ** 24 + 5;
  const opt = sgd({ x: n }, { lr: 1 });
  opt.grads.x.fill(1, n - 6);
  opt.step();
  expect([...opt.params.x.subarray(n - 7)]).toEqual([0, -1, -1, -1, -1, -1, -1]);
});

test("parameters that fit without the scratch room are refused", () => {
  // Three arrays of 1.3 GiB fit, but not lamb's four and one more.
  expect(() => lamb({ x: [2 ** 14, 2 ** 14] })).toThrow(RangeError);
  expect(() => lamb({ x: 2 ** 28 - 2 ** 10 })).toThrow(
    "lamb: 268434432 parameters with their state exceed one WebAssembly memory",
  );
});

test("a dropped optimizer is collected: 50,000 one after another", () => {
  for (let i = 0; i < 50_000; i++) sgd({ x: 10 }).step();
});

test("the largest parameters that fit are accepted", () => {
  // Reserved, not touched: no memory is spent.
  const opt = sgd({ x: 2 ** 29 - 256 });
  expect(opt.params.x.length).toBe(2 ** 29 - 256);
  opt.grads.x[2 ** 29 - 257] = 1;
  opt.params.x[2 ** 29 - 257] = 3;
  expect(opt.params.x[2 ** 29 - 257]).toBe(3);
  expect(() => sgd({ x: 2 ** 29 })).toThrow("sgd: 536870912 parameters");
});
