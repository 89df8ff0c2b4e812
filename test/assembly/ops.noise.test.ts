// Normal numbers from a counter: the same bits in every build, the formula, the distribution.

import { describe, expect, test } from "vitest";
import { builds } from "../support/builds.js";
import { fill, random } from "../support/random.js";

const factor = 0xd256d193;

const inverse = [1, 2, 3, 4, 5].reduce((x) => Math.imul(x, 2 - Math.imul(factor, x)), 1);

// Newton's iteration, modulo 2^32
const weyl = 0x9e3779b9;

type Words = readonly [number, number];

const high = (a: number) => Number((BigInt(a >>> 0) * BigInt(factor)) >> 32n) | 0;

const keys = (seed: number, rounds: number) => Array.from({ length: rounds }, (_, r) => (seed + r * weyl) | 0);

const philox = (counter: Words, seed: number, rounds = 7) =>
  keys(seed, rounds).reduce<Words>(([a, b], key) => [high(a) ^ key ^ b, Math.imul(a, factor)], counter);

/** The counter whose words these are. */
const unphilox = (words: Words, seed: number) =>
  keys(seed, 7).reduceRight<Words>(([a, b], key) => {
    const left = Math.imul(b, inverse);
    return [left, a ^ key ^ high(left)];
  }, words);

/** The kernel's formula in f64, with u rounded to f32: near 1, that moves the radius by up to 2.5e-4. */
function normal([a, b]: Words): number {
  const u = Math.max(Math.abs(Math.fround(a)), 1 / 4) / 2 ** 31;
  return Math.sqrt(-2 * Math.log(u)) * Math.sin((Math.PI / 2) * (b / 2 ** 31));
}

const [c, g] = [64, 1024];

const size = 2 ** 20;

const memories = builds.map(({ name, make }) => ({ name, ...make(65_536) }));

const [{ kernels, buffer }] = builds.map(({ make }) => make(g + 4 * size));

/** The first normal numbers of a seed and step. */
function normals(seed: number, step: number, n = size): Float32Array {
  const x = new Float32Array(buffer, g, n).fill(0);
  new Float32Array(buffer, c, 4)[3] = 1;
  kernels.noise(0, n, g, seed, step, c);
  return x.slice();
}

/** The bits after noise is added to elements `begin` to `end` of many numbers. */
function bits(memory: (typeof memories)[number], tiles: readonly Words[], seed = 7, step = 3, deviation = 0.3): Uint32Array {
  const x = fill(new Float32Array(memory.buffer, g, 500), random(5));
  new Float32Array(memory.buffer, c, 4)[3] = deviation;
  for (const [begin, end] of tiles) memory.kernels.noise(begin, end, g, seed, step, c);
  return new Uint32Array(x.slice().buffer);
}

/** The sum of products in units of its standard deviation, were x and y independent and of variance 1. */
function correlation(x: Float32Array, y: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < y.length; i++) sum += x[i] * y[i];
  return sum / Math.sqrt(y.length);
}

/** The normal distribution: 1/2 + φ(x) * (x + x**3/3 + x**5/(3*5) + …), Marsaglia 2004. */
function distribution(x: number): number {
  let sum = x;
  for (let term = x, k = 3; Math.abs(term) > 1e-12; k += 2) {
    term *= (x * x) / k;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

describe("bits", () => {
  test("every build gives the same, and touches nothing else: n = 0…67 from every element of 0…8", () => {
    const before = new Uint32Array(fill(new Float32Array(500), random(5)).buffer);
    for (let n = 0; n <= 67; n++) {
      for (let begin = 0; begin <= 8; begin++) {
        const [first, ...others] = memories.map((memory) => bits(memory, [[begin, begin + n]]));
        for (const [i, other] of others.entries()) {
          const differs = other.findIndex((word, j) => word !== first[j]);
          if (differs >= 0) expect.fail(`${memories[i + 1].name} differs at n = ${n}, begin ${begin}, element ${differs}`);
        }
        const changed = first.findIndex((word, i) => (i < begin || i >= begin + n) && word !== before[i]);
        if (changed >= 0) expect.fail(`element ${changed} changed at n = ${n}, begin ${begin}`);
      }
    }
  });

  test.each([
    [0, 0],
    [1, 0],
    [0, 1],
    [2 ** 31, 2 ** 31 - 1],
    [2 ** 32 - 1, 2 ** 32 - 1],
  ])("every build gives the same with seed %d at step %d", (seed, step) => {
    const [first, ...others] = memories.map((memory) => bits(memory, [[0, 500]], seed, step));
    for (const other of others) expect(other).toEqual(first);
  });

  test.each(memories)("$name: tiles give what the whole does", (memory) => {
    const whole = bits(memory, [[0, 500]]);
    for (const cut of [4, 8, 64, 252, 496]) {
      const [low, high] = [[0, cut] as const, [cut, 500] as const];
      expect(bits(memory, [low, high])).toEqual(whole);
      expect(bits(memory, [high, low])).toEqual(whole);
    }
  });

  test.each(memories)("$name: deviation 0 changes no number, not even -0", ({ kernels, buffer }) => {
    const values = [0, -0, 1e-45, -1e-45, 1.1754943508222875e-38, 1, -3.4028234663852886e38, Infinity, -Infinity, Number.NaN];
    const x = new Float32Array(buffer, g, 499).map((_, i) => values[i % values.length]);
    new Float32Array(buffer, g, 499).set(x);
    new Float32Array(buffer, c, 4)[3] = 0;
    kernels.noise(0, 499, g, 1, 1, c);
    for (const [i, value] of new Float32Array(buffer, g, 499).entries()) expect(value).toBe(x[i]);
  });
});

describe("formula", () => {
  // Of Random123's kat_vectors: rounds, counter, key, words.
  test.each([
    [7, [0, 0], 0, [0x257a3673, 0xcd26be2a]],
    [7, [0xffffffff, 0xffffffff], 0xffffffff, [0xab302c4d, 0x3dc9d239]],
    [7, [0x243f6a88, 0x85a308d3], 0x13198a2e, [0xbedbbe6b, 0xe4c770b3]],
    [10, [0, 0], 0, [0xff1dae59, 0x6cd10df2]],
  ] as [number, Words, number, Words][])(
    "this test's Philox gives the known answer of %d rounds of %j",
    (rounds, counter, key, words) => {
      expect(philox(counter, key, rounds).map((word) => word >>> 0)).toEqual(words);
    },
  );

  // The radius, at most 6.8, and the sine, at most 1, are each off by a few roundings of 6e-8.
  test.each([
    [0, 0],
    [1, 2],
    [0xfedcba98, 0x89abcdef],
  ])("seed %d, step %d: within 8e-7 of Box and Muller in f64", (seed, step) => {
    const error = normals(seed, step, 50_000).map((x, i) => Math.abs(x - normal(philox([i, step], seed))));
    expect(Math.max(...error)).toBeLessThanOrEqual(8e-7);
  });

  const extremes = [0, 1, -1, 2, 2 ** 30, 2 ** 31 - 1, -(2 ** 31), 1 - 2 ** 31];
  test.each(memories)("$name: extreme words give finite numbers, 6.77 at most", ({ kernels, buffer }) => {
    new Float32Array(buffer, c, 4)[3] = 1;
    const x = new Float32Array(buffer, g, 1);
    let largest = 0;
    for (const a of extremes) {
      for (const b of extremes) {
        // Philox goes backwards too; a seed for which the index is one of a memory of 4 GB.
        let [seed, index, step] = [0, -1, 0];
        for (; index < 0 || index >= 2 ** 30; seed++) [index, step] = unphilox([a, b], seed);
        x[0] = 0;
        kernels.noise(index, index + 1, g - 4 * index, seed - 1, step, c);
        expect(Math.abs(x[0] - normal([a, b]))).toBeLessThanOrEqual(8e-7);
        largest = Math.max(largest, Math.abs(x[0]));
      }
    }
    expect(largest).toBeCloseTo(Math.sqrt(66 * Math.LN2), 5);
  });
});

// Seeds are fixed, so that what is within bounds stays there. Among the 164 correlations, one beyond 4.5 standard deviations
// would have had a chance of 0.1 %; among the 48 moments, one beyond 4 of 0.3 %.
describe("statistics of normal numbers", () => {
  const rows = [0, 1, 2].flatMap((seed) => [0, 1, 2, 1000].map((step) => ({ seed, step, x: normals(seed, step, 2 ** 17) })));

  test.each([
    ["numbers", rows],
    ["magnitudes", rows.map((row) => ({ ...row, x: row.x.map((xi) => (xi * xi - 1) / Math.SQRT2) }))],
  ] as const)("%s of seeds, steps, and elements up to 16 apart are not correlated", (_, rows) => {
    for (const [i, { seed, step, x }] of rows.entries()) {
      for (const other of rows.slice(i + 1)) {
        const found = correlation(x, other.x);
        if (!(Math.abs(found) <= 4.5)) expect.fail(`${found} of seed ${seed}, step ${step} and ${other.seed}, ${other.step}`);
      }
    }
    for (let lag = 1; lag <= 16; lag++)
      expect(Math.abs(correlation(rows[0].x, rows[0].x.subarray(lag)))).toBeLessThanOrEqual(4.5);
  });

  test.each(rows)("seed $seed, step $step: mean, variance, skewness and kurtosis", ({ x }) => {
    let [first, second, third, fourth] = [0, 0, 0, 0];
    for (const xi of x) first += xi / x.length;
    for (const xi of x) {
      const square = (xi - first) * (xi - first);
      second += square / x.length;
      third += (square * (xi - first)) / x.length;
      fourth += (square * square) / x.length;
    }
    const deviations = [1, 2, 6, 24].map((variance) => Math.sqrt(variance / x.length));
    for (const [i, error] of [first, second - 1, third / second ** 1.5, fourth / second ** 2 - 3].entries())
      expect(Math.abs(error / deviations[i])).toBeLessThanOrEqual(4);
  });

  test("this test's normal distribution is that of tables", () => {
    expect(distribution(0)).toBe(0.5);
    expect(distribution(1)).toBeCloseTo(0.841344746069, 11);
    expect(distribution(-2)).toBeCloseTo(0.022750131948, 11);
    expect(distribution(-4)).toBeCloseTo(0.000031671242, 11);
  });

  test("the distribution of 2^20 is normal by Kolmogorov and Smirnov", () => {
    const sorted = normals(3, 1).sort();
    let distance = 0;
    for (let i = 0; i < size; i++) {
      const p = distribution(sorted[i]);
      distance = Math.max(distance, p - i / size, (i + 1) / size - p);
    }
    expect(distance * Math.sqrt(size)).toBeLessThanOrEqual(1.95); // of normal numbers, 1 of 1000 arrays goes beyond
  });

  test("the tails of 2^23 are those of the normal distribution", () => {
    const bounds = [2, 3, 4, 4.5, 5];
    const found = bounds.map(() => 0);
    let largest = 0;
    for (let step = 0; step < 8; step++) {
      for (const xi of normals(4, step)) {
        const magnitude = Math.abs(xi);
        largest = Math.max(largest, magnitude);
        for (let k = 0; magnitude > bounds[k]; k++) found[k] += 1;
      }
    }
    for (const [k, bound] of bounds.entries()) {
      const expected = 8 * size * 2 * distribution(-bound);
      expect(Math.abs(found[k] - expected) / Math.sqrt(expected)).toBeLessThanOrEqual(4);
    }
    expect(largest).toBeGreaterThan(5); // 5 are expected above 5, and 0.005 above 6.2
    expect(largest).toBeLessThan(6.2);
  });
});
