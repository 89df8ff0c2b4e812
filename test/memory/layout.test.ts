import { expect, test } from "vitest";
import { sgd } from "../../src/index.js";

test("the arrays cannot be replaced by others that the step would not see", () => {
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
