import { expect, test } from "vitest";
import { cosinePi, exponential, power } from "../src/arithmetic.js";

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
test("exponential: within 4.6e-13 of Math.exp from -700 to 0", () => {
  expect([exponential(0), exponential(-0), exponential(-746), exponential(-Infinity)]).toEqual([1, 1, 0, 0]);
  for (let x = 0; x >= -700; x -= 0.37) expect(Math.abs(exponential(x) / Math.exp(x) - 1)).toBeLessThanOrEqual(4.6e-13);
});
