import { expect, test } from "vitest";
import { power } from "../../src/index.js";

test("is the power by multiplications", () => {
  let product = 1;
  for (let n = 0; n < 64; n++, product *= 0.9) expect(power(0.9, n)).toBe(product);
  expect(power(2, 1000)).toBe(2 ** 1000);
  expect([power(-3, 3), power(0, 0), power(Number.NaN, 0)]).toEqual([-27, 1, 1]);
});

test.each<[unknown, unknown, Error]>([
  ["0.9", 2, new TypeError('power: base expected a number, got "0.9"')],
  [undefined, 2, new TypeError("power: base expected a number, got undefined")],
  [0.9, 1.5, new RangeError("power: exponent expected an integer of at least 0, got 1.5")],
  [0.9, -1, new RangeError("power: exponent expected an integer of at least 0, got -1")],
  [0.9, Number.NaN, new RangeError("power: exponent expected an integer of at least 0, got NaN")],
  [0.9, "2", new TypeError('power: exponent expected an integer of at least 0, got "2"')],
])("power(%o, %o) throws", (base, exponent, error) => {
  expect(() => power(base as never, exponent as never)).toThrow(error);
});
