// Points as callers give them and get them back.

import { describe, expect, expectTypeOf, test } from "vitest";
import { minimize } from "../../src/minimize/minimize.js";

/** (a - 3)² + 2 (b + 1)² */
function bowl([a, b]: Float32Array, g: Float32Array): number {
  g[0] = 2 * (a - 3);
  g[1] = 4 * (b + 1);
  return (a - 3) ** 2 + 2 * (b + 1) ** 2;
}

test("x has the type of x0, and x0 is unchanged", () => {
  const near = (x: ArrayLike<number>) => Math.abs(x[0] - 3) <= 5e-6 && Math.abs(x[1] + 1) <= 5e-6;
  const numbers = [0, 0];
  const result = minimize(bowl, numbers);
  expectTypeOf(result.x).toEqualTypeOf<number[]>();
  expect(Array.isArray(result.x) && near(result.x)).toBe(true);
  expect(numbers).toEqual([0, 0]);

  const single = minimize(bowl, new Float32Array(2));
  expectTypeOf(single.x).toEqualTypeOf<Float32Array<ArrayBuffer>>();
  expect(single.x instanceof Float32Array && near(single.x)).toBe(true);
  expect(single.x.buffer.byteLength).toBe(8);

  const double = minimize(bowl, new Float64Array(2));
  expectTypeOf(double.x).toEqualTypeOf<Float64Array<ArrayBuffer>>();
  expect(double.x instanceof Float64Array && near(double.x)).toBe(true);
});

test("parameters by name", () => {
  const x0 = { slope: [0, 0], offset: new Float32Array(1) };
  const result = minimize(({ slope, offset }, g) => {
    expectTypeOf(slope).toEqualTypeOf<Float32Array<ArrayBuffer>>();
    let value = 0;
    for (const [x, y, z] of [
      [1, 0, 3],
      [0, 1, 4],
      [1, 1, 6],
      [0, 0, 1],
    ]) {
      const error = slope[0] * x + slope[1] * y + offset[0] - z;
      value += error ** 2;
      g.slope[0] += 2 * error * x;
      g.slope[1] += 2 * error * y;
      g.offset[0] += 2 * error;
    }
    return value;
  }, x0);
  expectTypeOf(result.x).toEqualTypeOf<{ slope: number[]; offset: Float32Array<ArrayBuffer> }>();
  expect(Object.keys(result.x)).toEqual(["slope", "offset"]);
  for (const [actual, expected] of [
    [result.x.slope[0], 2],
    [result.x.slope[1], 3],
    [result.x.offset[0], 1],
  ]) {
    if (!(Math.abs(actual - expected) <= 1e-5)) expect.fail(`${actual} instead of ${expected}`);
  }
});

describe("bad input: f is not called", () => {
  const f = () => expect.fail("f was called");

  test.each<[unknown, ErrorConstructor, string]>([
    [3, TypeError, "minimize: x0 expected an array of numbers, a Float32Array, a Float64Array, or a plain object of them, got 3"],
    [null, TypeError, "or a plain object of them, got null"],
    [new Int32Array(2), TypeError, "or a plain object of them, got [object Int32Array]"],
    [[], RangeError, "minimize: x0 expected at least one number, got none"],
    [{}, RangeError, "minimize: x0 expected at least one parameter, got none"],
    [[1, "2"], TypeError, 'minimize: x0[1] expected a number, got "2"'],
    [Array(2), TypeError, "minimize: x0[0] expected a number, got undefined"],
    [[1, Number.NaN], RangeError, "minimize: x0[1] expected a number that is finite as f32, got NaN"],
    [[1e39], RangeError, "minimize: x0[0] expected a number that is finite as f32, got 1e+39"],
    [{ a: 3 }, TypeError, 'minimize: x0: "a" expected an array of numbers, a Float32Array or a Float64Array, got 3'],
    [{ a: [1], b: [1n] }, TypeError, 'minimize: x0: "b"[0] expected a number, got 1n'],
  ])("x0 %s", (x0, type, message) => {
    const call = () => minimize(f, x0 as number[]);
    expect(call).toThrow(type);
    expect(call).toThrow(message);
  });
});
