import { expect, test } from "vitest";
import { cosinePi, exponential, logarithm, power, raise } from "../../src/numerics/arithmetic.js";

test("power: exact where it can be", () => {
  expect(power(0.3, 0)).toBe(1);
  expect(power(0, 0)).toBe(1);
  expect(power(0.3, 1)).toBe(0.3);
  expect(power(2, 40)).toBe(2 ** 40);
  expect(power(0.999, 10_000_000)).toBe(0);
  expect(power(1, 2 ** 40)).toBe(1);
});

test("power: exponents beyond 32 bits", () => {
  // Rounding errors double with every squaring: some 2^32 of 1.1e-16 on top of the base's own.
  for (const n of [2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32 + 3, 2 ** 33 + 5]) {
    expect(power(-1, n)).toBe(n % 2 === 0 ? 1 : -1);
    expect(Math.abs(power(1 - 2 ** -33, n) / Math.exp(-n * 2 ** -33) - 1)).toBeLessThanOrEqual(1e-6);
  }
});

test("power: returns for every exponent; an infinite one gives the limit", () => {
  const bases = [0, 0.3, 1, 1.7, -0.5, -1, -2, Infinity, -Infinity, Number.NaN];
  for (const base of bases)
    for (const exponent of [Infinity, -Infinity, Number.NaN, -1, 0.5, 1e300, Number.MAX_VALUE])
      expect(typeof power(base, exponent)).toBe("number");
  expect([0, 0.3, 1, 1.7, Infinity].map((base) => power(base, Infinity))).toEqual([0, 0, 1, Infinity, Infinity]);
  expect([0, 0.3, 1, 1.7, -1].map((base) => power(base, 1e300))).toEqual([0, 0, 1, Infinity, 1]);
});

test("power: within 1e-13 of Math.pow up to the exponent 1,000", () => {
  for (const base of [0.5, 0.9, 0.99, 0.999, 0.9999]) {
    for (let n = 0; n <= 1000; n++) expect(Math.abs(power(base, n) / base ** n - 1)).toBeLessThanOrEqual(1e-13);
  }
});

// Math.cos sees pi * x rounded, which is up to 2.2e-16 off; each result is rounded by up to 1.1e-16.
test("cosinePi: within 4.4e-16 of Math.cos, exact at 0, 1/2 and 1", () => {
  expect([0, 0.5, 1].map(cosinePi)).toEqual([1, 0, -1]);
  for (let i = 0; i <= 10_000; i++) {
    const x = i / 10_000;
    expect(Math.abs(cosinePi(x) - Math.cos(Math.PI * x))).toBeLessThanOrEqual(4.4e-16);
  }
});

// The series is off by up to two roundings of 1.1e-16; each of up to 11 squarings doubles that.
test("exponential: within 4.6e-13 of Math.exp from -700 to 700", () => {
  expect([exponential(0), exponential(-0), exponential(-746), exponential(-Infinity)]).toEqual([1, 1, 0, 0]);
  for (let x = -700; x <= 700; x += 0.37) expect(Math.abs(exponential(x) / Math.exp(x) - 1)).toBeLessThanOrEqual(4.6e-13);
});

test("logarithm: within 3e-16, relative or absolute, of Math.log", () => {
  expect([logarithm(1), logarithm(2)]).toEqual([0, Math.LN2]);
  for (let x = 1e-300; x < 1e300; x *= 1.37) {
    const exact = Math.log(x);
    expect(Math.abs(logarithm(x) - exact)).toBeLessThanOrEqual(3e-16 * Math.max(1, Math.abs(exact)));
  }
});

// The logarithm's error is multiplied by the exponent, and so is that of 700 by exponential.
test("raise: within 1e-12 of Math.pow, for all exponents", () => {
  expect([raise(0, 0), raise(0, 0.5), raise(7, 0), raise(1, -0.3)]).toEqual([1, 0, 1, 1]);
  expect([raise(0, -1), raise(Infinity, 2), raise(Infinity, -2), raise(Number.NaN, 2)]).toEqual([
    Infinity,
    Infinity,
    0,
    Number.NaN,
  ]);
  for (let base = 1e-6; base < 1e7; base *= 1.7) {
    for (const exponent of [-2, -0.8, -0.5, 0.25, 0.75, 1, 2, 3.3])
      expect(Math.abs(raise(base, exponent) / base ** exponent - 1)).toBeLessThanOrEqual(1e-12);
  }
});
