import {
  abs, add, all, atLeast, div, exponent, fraction, get, indices, madd, mul, mulHigh, mulLow, offset, put, scalar, significand,
  simd, sqrt, sub, vectors, width, word, xor,
} from "../lanes";

// Gaussian noise that depends only on seed, step and index of the element
//   a, b = Philox2x32-7 of (index, step) under the key seed, Salmon et al. 2011, https://doi.org/10.1145/2063384.2063405
//   u = max(|a|, 2^-33), w = b                    a and b as fractions from -1 to 1; 2^-33 is a quarter of the least |a| > 0
//   g <- g + deviation * sqrt(-2 ln u) * sin(pi/2 w)      Box & Muller 1958; as g - (0 - x), which keeps g = -0 if x is 0
function sweep<T, I>(i: usize, end: usize, g: usize, seed: u32, step: u32, c: usize): void {
  const Deviation = scalar<T>(c, 3), Zero = all<T>(0), Least = all<T>(1.1641532182693481e-10), Factor = word<I>(0xd256d193);
  const weyl: u32 = 0x9e3779b9;
  const K0 = xor(word<I>(seed), word<I>(step)), K1 = word<I>(seed + weyl), K2 = word<I>(seed + 2 * weyl);
  const K3 = word<I>(seed + 3 * weyl), K4 = word<I>(seed + 4 * weyl), K5 = word<I>(seed + 5 * weyl);
  const K6 = word<I>(seed + 6 * weyl);
  if (i < end) do {
    // The right word of each round is the lower half of the previous product.
    const a0 = indices<I>(i);
    const a1 = xor(mulHigh(a0, Factor), K0);
    const a2 = xor(mulHigh(a1, Factor), xor(mulLow(a0, Factor), K1));
    const a3 = xor(mulHigh(a2, Factor), xor(mulLow(a1, Factor), K2));
    const a4 = xor(mulHigh(a3, Factor), xor(mulLow(a2, Factor), K3));
    const a5 = xor(mulHigh(a4, Factor), xor(mulLow(a3, Factor), K4));
    const a6 = xor(mulHigh(a5, Factor), xor(mulLow(a4, Factor), K5));
    const a7 = xor(mulHigh(a6, Factor), xor(mulLow(a5, Factor), K6));
    const radius = sqrt(mul(all<T>(-2), logarithm(atLeast(abs(fraction<T, I>(a7)), Least))));
    const normal = mul(radius, sine(fraction<T, I>(mulLow(a6, Factor))));
    put(g + i, sub(get<T>(g + i), sub(Zero, mul(Deviation, normal))));
    i += width<T>();
  } while (i < end);
}

// e ln 2 + ln m, with m = (1 + y) / (1 - y) and ln m = 2y + 2/3 y**3 + 2/5 y**5 …; for |y| <= 0.172 the remainder is below 1e-9
function logarithm<T>(x: T): T {
  const m = significand(x), one = all<T>(1);
  const y = div(sub(m, one), add(m, one)), z = mul(y, y);
  const s = madd(madd(all<T>(2.0 / 9.0), z, all<T>(2.0 / 7.0)), z, all<T>(2.0 / 5.0));
  return madd(madd(madd(s, z, all<T>(2.0 / 3.0)), z, all<T>(2)), y, mul(exponent(x), all<T>(<f32>Math.LN2)));
}

// sin(pi/2 x) within 6e-9 for |x| <= 1, Hastings 1955, Approximations for Digital Computers
function sine<T>(x: T): T {
  const z = mul(x, x);
  const s = madd(madd(all<T>(0.00015148419), z, all<T>(-0.00467376557)), z, all<T>(0.07968967928));
  return mul(madd(madd(s, z, all<T>(-0.64596371106)), z, all<T>(1.57079631847)), x);
}

export function noise(begin: u32, end: u32, g: usize, seed: u32, step: u32, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128, v128>(first, whole, g, seed, step, c);
  sweep<f32, u32>(whole, last, g, seed, step, c);
}
