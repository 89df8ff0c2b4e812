// Parameters as the caller describes them.

import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { muon, sgd } from "../../src/index.js";
import { allRules } from "../support/configurations.js";

test("a Float32Array gives the initial values, as a copy; also from another realm and from shared memory", () => {
  const start = Float32Array.of(1, 2, 3);
  const opt = sgd({
    start,
    far: runInNewContext("Float32Array.of(4, 5)"),
    shared: new Float32Array(new SharedArrayBuffer(8)).fill(6),
  });
  start.fill(0);
  expect([...opt.params.start, ...opt.params.far, ...opt.params.shared]).toEqual([1, 2, 3, 4, 5, 6, 6]);
});

test("a shape may come with values", () => {
  const values = Float32Array.of(1, 2, 3, 4, 5, 6);
  const opt = muon({ matrix: { shape: [2, 3], values }, vector: values.slice() });
  expect(opt.params.matrix).toEqual(values);
  expect([opt.state.b.matrix.length, opt.state.b.vector.length]).toEqual([6, 0]);
});

/** The error of a call that must fail. */
function failure(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  return expect.fail("nothing was thrown");
}

describe.each(allRules.map((rule) => ({ name: rule.spec.name, rule })))("$name", ({ name, rule }) => {
  const shared = new Float32Array(8);

  const detached = new Float32Array(4);

  structuredClone(detached, { transfer: [detached.buffer] });

  const sparse = [2, 3];

  delete sparse[0];

  test.each<[string, unknown, ErrorConstructor, string]>([
    [
      "no parameters at all",
      undefined,
      TypeError,
      `${name}: parameters expected a plain object whose values are each a length, a shape, a Float32Array, or { shape, values }, got undefined`,
    ],
    ["null", null, TypeError, "got null"],
    ["a bare array", [3], TypeError, "got [3]"],
    ["a bare Float32Array", new Float32Array(3), TypeError, "got [object Float32Array]"],
    ["a number", 3, TypeError, "got 3"],
    ["an empty object", {}, RangeError, `${name}: parameters expected at least one parameter, got none`],
    ["a Map", new Map([["x", 3]]), TypeError, "got [object Map]"],
    ["length 0", { x: 0 }, RangeError, `${name}: parameter "x" expected a length of at least 1, got 0`],
    ["a negative length", { x: -3 }, RangeError, "got -3"],
    ["half a length", { x: 1.5 }, RangeError, "got 1.5"],
    ["length NaN", { x: Number.NaN }, RangeError, "got NaN"],
    [
      "a length as text",
      { x: "3" },
      TypeError,
      `${name}: parameter "x" expected a length, a shape, a Float32Array, or { shape, values }, got "3"`,
    ],
    ["null as a parameter", { ok: 1, x: null }, TypeError, 'parameter "x" expected'],
    ["undefined as a parameter", { x: undefined }, TypeError, "got undefined"],
    [
      "an empty shape",
      { x: [] },
      RangeError,
      `${name}: parameter "x" expected a shape of sizes of at least 1 (values go into a Float32Array), got []`,
    ],
    ["a shape with 0", { x: [3, 0] }, RangeError, "got [3, 0]"],
    ["a shape with text", { x: [3, "4"] }, TypeError, 'got [3, "4"]'],
    ["a sparse shape", { x: sparse }, TypeError, "got [undefined, 3]"],
    ["a nested shape", { x: [[3], 4] }, TypeError, "got [[3], 4]"],
    ["an overflowing shape", { x: [2 ** 40, 2 ** 40] }, RangeError, "expected at most"],
    ["a Float64Array", { x: new Float64Array(3) }, TypeError, "got [object Float64Array]"],
    ["an Int32Array", { x: new Int32Array(3) }, TypeError, "got [object Int32Array]"],
    ["a Buffer", { x: Buffer.alloc(12) }, TypeError, "got [object Uint8Array]"],
    ["a DataView", { x: new DataView(new ArrayBuffer(12)) }, TypeError, "got [object DataView]"],
    [
      "a look-alike",
      { x: { [Symbol.toStringTag]: "Float32Array", length: 3, 0: 1 } },
      TypeError,
      `${name}: parameter "x" expected`,
    ],
    ["values as a shape", { x: [0.5, -0.5] }, RangeError, "(values go into a Float32Array), got [0.5, -0.5]"],
    [
      "a shape that is none",
      { x: { shape: 3, values: shared } },
      TypeError,
      `${name}: parameter "x": shape expected a shape, got 3`,
    ],
    [
      "a shape and numbers",
      { x: { shape: [2], values: [1, 2] } },
      TypeError,
      `${name}: parameter "x": values expected a Float32Array, got [1, 2]`,
    ],
    [
      "a shape and values of another length",
      { x: { shape: [3, 3], values: shared } },
      RangeError,
      `${name}: parameter "x": values expected 9 elements, as its shape has, got 8`,
    ],
    [
      "a shape and too many values",
      { x: { shape: [7], values: shared } },
      RangeError,
      "expected 7 elements, as its shape has, got 8",
    ],
    ["an empty Float32Array", { x: new Float32Array(0) }, RangeError, "got an empty or detached Float32Array"],
    ["a detached Float32Array", { x: detached }, RangeError, "got an empty or detached Float32Array"],
    ["the same array twice", { a: shared, b: shared }, RangeError, `${name}: parameters "a" and "b" share memory`],
    [
      "overlapping views",
      { a: shared.subarray(3), b: shared.subarray(0, 4) },
      RangeError,
      `${name}: parameters "b" and "a" share memory`,
    ],
    [
      "__proto__ with a bad value",
      JSON.parse('{"__proto__": -1}'),
      RangeError,
      `${name}: parameter "__proto__" expected a length of at least 1, got -1`,
    ],
    [
      "too many",
      { x: 2 ** 30 },
      RangeError,
      `${name}: 1073741824 parameters with their state exceed one WebAssembly memory; expected at most`,
    ],
  ])("parameters: %s", (_, parameters, type, message) => {
    const error = failure(() => rule(parameters as never));
    expect(error.constructor).toBe(type);
    expect(error.message.startsWith(`${name}: `)).toBe(true);
    expect(error.message).toContain(message);
  });

  test("adjacent views of one buffer are separate arrays", () => {
    expect([...rule({ a: shared.subarray(4), b: shared.subarray(0, 4) }).params.a]).toEqual([0, 0, 0, 0]);
  });
});

test("values of parameters: each pair of three", () => {
  const block = new Float32Array(12);
  const apart = { a: block.subarray(0, 4), b: block.subarray(4, 8), c: block.subarray(8, 12) };
  sgd(apart);
  // The second and the third of a buffer.
  const values = { ...apart, b: block.subarray(4, 9) };
  const error = 'sgd: parameters "b" and "c" share memory; expected separate arrays';
  expect(() => sgd(values)).toThrow(new RangeError(error));
  // In another order, and with other buffers between.
  const others = { c: values.c, x: new Float32Array(4), b: values.b, y: new Float32Array(4), a: values.a };
  expect(() => sgd(others)).toThrow(new RangeError(error));
  // A long one reaches over one to the next but one.
  expect(() => sgd({ a: block.subarray(0, 9), b: new Float32Array(1), c: block.subarray(8, 12) })).toThrow(
    new RangeError('sgd: parameters "a" and "c" share memory; expected separate arrays'),
  );
  expect(() => sgd({ long: block, first: block.subarray(0, 1) })).toThrow(RangeError);
});
