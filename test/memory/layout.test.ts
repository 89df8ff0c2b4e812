import { describe, expect, test } from "vitest";
import { sgd } from "../../src/index.js";
import { argumentsAddress, arrayLayout, blockBytes, cacheLine, firstBlock, viewsOf } from "../../src/memory/layout.js";
import type { Tensor } from "../../src/memory/parameters.js";

describe("arrayLayout", () => {
  const tensor = (name: string, length: number): Tensor => ({ name, shape: [length], length });
  const [a, b, c] = [tensor("a", 3), tensor("b", 5), tensor("c", 2)];
  const groups = [{ tensors: [a, c] }, { tensors: [b] }];

  test("tensors lie without gaps, group by group", () => {
    const { segments, tensors: places } = arrayLayout(1024, groups, [64, 128]);
    expect(segments).toEqual([1024, 1088]);
    expect([a, b, c].map((tensor) => places.get(tensor))).toEqual([1024, 1088, 1024 + 4 * 3]);
  });

  test("tensors may have another length in an array, also 0", () => {
    const { tensors: places } = arrayLayout(1024, groups, [64, 128], ({ length }) => (length === 3 ? 0 : 1));
    expect([a, b, c].map((tensor) => places.get(tensor))).toEqual([1024, 1088, 1024]);
  });

  test("the views have the order of the tensors, not that of the memory", () => {
    const { buffer } = new Float32Array(512);
    const { tensors: places } = arrayLayout(1024, groups, [64, 128]);
    const views = viewsOf<{ a: 3; b: 5; c: 2 }>(buffer, [a, b, c], places);
    expect(Object.entries(views).map(([name, { length, byteOffset }]) => [name, length, byteOffset])).toEqual([
      ["a", 3, 1024],
      ["b", 5, 1088],
      ["c", 2, 1036],
    ]);
    expect(Object.isFrozen(views)).toBe(true);
  });
});

test("blocks and arguments start on cache lines, arguments below the first block", () => {
  expect([0, 1, 16, 17].map(blockBytes)).toEqual([0, cacheLine, cacheLine, 2 * cacheLine]);
  for (let i = 0; argumentsAddress(i) < firstBlock; i++) expect(argumentsAddress(i) % cacheLine).toBe(0);
});

test("the arrays cannot be replaced", () => {
  const { params } = sgd({ x: 3 });
  expect(() => Object.assign(params, { x: new Float32Array(3) })).toThrow(TypeError);
});

test("names such as __proto__ are ordinary names", () => {
  const names = ["__proto__", "constructor", "toString", "hasOwnProperty", "ünï cödé", ""];
  const opt = sgd(JSON.parse(`{${names.map((name) => `${JSON.stringify(name)}: 2`)}}`), { lr: 1 });
  expect(Object.keys(opt.params)).toEqual(names);
  for (const name of names) opt.grads[name].fill(1);
  opt.step();
  for (const name of names) expect([...opt.params[name]]).toEqual([-1, -1]);
  expect("valueOf" in opt.params).toBe(false);
  expect(({} as Record<string, unknown>).x).toBeUndefined();
});
