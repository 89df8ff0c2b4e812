// The kernels that are no rule's step: sums, products of matrices, and what is done around a rule.

import { describe, expect, test } from "vitest";
import type { Kernels } from "../../src/kernels/generated.js";
import { builds } from "../support/builds.js";
import { fill, random } from "../support/random.js";

const memories = builds.map(({ name, make }) => ({ name, ...make(65_536) }));

describe("reductions", () => {
  const sums: [string, (kernels: Kernels, n: number) => void, (x: number, y: number, q: number) => number][] = [
    ["dot", (k, n) => k.dot(0, n, x, y, sum), (x, y) => x * y],
    ["asum", (k, n) => k.asum(0, n, x, sum), Math.abs],
    ["squaredDistance", (k, n) => k.squaredDistance(0, n, x, y, sum), (x, y) => (x - y) ** 2],
    ["squaredProducts", (k, n) => k.squaredProducts(0, n, x, y, sum), (x, y) => (x * y) ** 2],
    ["dotDifference", (k, n) => k.dotDifference(0, n, x, y, q, sum), (x, y, q) => y * (q - x)],
  ];
  const [sum, x, y, q] = [128, 1028, 45_004, 90_012]; // 4 bytes beside multiples of 8, and of 16
  const large = builds.map(({ name, make }) => ({ build: name, ...make(3 * 65_536) }));
  test.each(sums.flatMap(([name, call, term]) => large.map((memory) => ({ ...memory, name, call, term }))))(
    "$name by $build: the sum in f64, also of several blocks of 4,096",
    ({ call, term, kernels, buffer }) => {
      const arrays = [x, y, q].map((at, i) => fill(new Float32Array(buffer, at, 9100), random(i + 1)));
      for (const n of [0, 1, 3, 7, 8, 9, 31, 4095, 4096, 4097, 4104, 8191, 8192, 8200, 9001]) {
        call(kernels, n);
        const terms = Array.from({ length: n }, (_, i) => term(arrays[0][i], arrays[1][i], arrays[2][i]));
        const exact = terms.reduce((a, b) => a + b, 0);
        const error = Math.abs(new Float64Array(buffer, sum, 1)[0] - exact);
        // Of each order of summing, n roundings of 2^-53 of the sum of magnitudes at worst.
        const most = 2 * n * 2 ** -53 * terms.reduce((a, b) => a + Math.abs(b), 0);
        if (!(error <= most)) expect.fail(`${error} off at n = ${n}`);
      }
    },
  );
});

describe("gemm", () => {
  test.each(memories)("$name: the product, for rows, depths and columns around 4 and 64", ({ kernels, buffer }) => {
    const [a, b, d, y, room] = [1024, 8192, 40_000, 52_000, 60_000];
    for (const [rows, inner, columns] of [
      [1, 1, 1],
      [3, 5, 7],
      [4, 4, 64],
      [5, 3, 65],
      [6, 7, 130],
    ]) {
      const view = (at: number, length: number) => new Float32Array(buffer, at, length);
      const [left, right] = [fill(view(a, rows * inner), random(1)), fill(view(b, inner * columns), random(2))];
      const added = fill(view(d, rows * columns), random(3));
      new Float32Array(buffer, 64, 5).set([0, 0, 0, 2, -0.5]);
      const result = view(y, rows * columns + 1).fill(9);
      kernels.gemm(rows, inner, columns, 64, a, b, d, y, room, 64);
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          let product = 0;
          for (let k = 0; k < inner; k++) product += left[i * inner + k] * right[k * columns + j];
          expect(result[i * columns + j]).toBeCloseTo(2 * product - 0.5 * added[i * columns + j], 5);
        }
      }
      expect(result[rows * columns]).toBe(9);
    }
  });
});

describe("flushSubnormals", () => {
  const least = 2 ** -126;
  test.each(memories)(
    "$name: subnormal numbers become 0, all others stay, for n = 0…67 at every offset",
    ({ kernels, buffer }) => {
      const values = [1, least / 2, -least, 1e-45, -1e-45, least, -0, Infinity, -3, least * (1 - 2 ** -23), Number.NaN];
      const kept = [1, 0, -least, 0, 0, least, 0, Infinity, -3, 0, Number.NaN];
      for (let n = 0; n <= 67; n++) {
        for (let offset = 0; offset < 4; offset++) {
          const all = new Float32Array(buffer).fill(1e-40);
          const x = all.subarray(300 + offset, 300 + offset + n);
          for (let i = 0; i < n; i++) x[i] = values[i % values.length];
          kernels.flushSubnormals(0, n, (300 + offset) * 4);
          expect(Array.from(x)).toEqual(Array.from(Float32Array.from({ length: n }, (_, i) => kept[i % values.length])));
          expect([all[299 + offset], all[300 + offset + n]]).toEqual([Math.fround(1e-40), Math.fround(1e-40)]);
        }
      }
    },
  );
});

describe("maxAbs", () => {
  test.each(memories)("$name: the largest magnitude for n = 0…67 at every offset", ({ kernels, buffer }) => {
    for (let n = 0; n <= 67; n++) {
      for (let offset = 0; offset < 4; offset++) {
        const all = new Float32Array(buffer).fill(9);
        const x = fill(all.subarray(300 + offset, 300 + offset + n), random(n));
        expect(kernels.maxAbs(0, n, (300 + offset) * 4)).toBe(x.reduce((most, value) => Math.max(most, Math.abs(value)), 0));
      }
    }
  });

  test.each(memories)("$name: NaN and infinities show wherever they are", ({ kernels, buffer }) => {
    const x = new Float32Array(buffer, 1200, 11);
    for (let i = 0; i < 11; i++) {
      x.fill(1)[i] = Number.NaN;
      expect(kernels.maxAbs(0, 11, 1200)).toBeNaN();
      x.fill(1)[i] = -Infinity;
      expect(kernels.maxAbs(0, 11, 1200)).toBe(Infinity);
    }
  });
});

describe("before and after a rule", () => {
  const [p, g, c, r] = [1200, 3000, 64, 128];
  /** Runs a kernel on the same numbers in a build; the numbers around must stay. */
  function arrays({ buffer }: (typeof memories)[number], n: number, offset: number) {
    const all = new Float32Array(buffer).fill(9);
    const view = (address: number, seed: number) =>
      fill(all.subarray(address / 4 + offset, address / 4 + offset + n), random(seed));
    return { all, p: view(p, n), g: view(g, n + 1), at: { p: p + 4 * offset, g: g + 4 * offset } };
  }
  const untouched = (all: Float32Array, n: number, offset: number) =>
    [p, g].every((address) => all[address / 4 + offset - 1] === 9 && all[address / 4 + offset + n] === 9);
  const cases = Array.from({ length: 68 }, (_, n) => [0, 1, 2, 3].map((offset) => [n, offset] as const)).flat();

  test.each(memories)(
    "$name: clamp, setZero, scal, decay, axpy, accumulate and adaptiveAscent follow their formulas, for n = 0…67 at every offset",
    (memory) => {
      const { kernels } = memory;
      for (const [n, offset] of cases) {
        for (const [run, expected] of [
          [({ at }) => kernels.clamp(0, n, at.g, c), (_, g) => Math.fround(Math.min(Math.max(g, Math.fround(-0.3)), 0.5))],
          [({ at }) => kernels.setZero(0, n, at.g), () => 0],
          [({ at }) => kernels.scal(0, n, at.g, c), (_, g) => Math.fround(Math.fround(-0.3) * g)],
          [({ at }) => kernels.decay(0, n, at.g, c), (_, g) => Math.fround(g - Math.fround(Math.fround(0.1) * g))],
          [({ at }) => kernels.axpy(0, n, at.g, at.p, at.g, c), (p, g) => Math.fround(g + Math.fround(Math.fround(-0.3) * p))],
          [({ at }) => kernels.accumulate(0, n, at.p, at.g, c), (p, g) => Math.fround(g + Math.fround(Math.fround(-0.3) * p))],
          [
            ({ at }) => kernels.adaptiveAscent(0, n, at.g, at.p, c),
            (p, g) => Math.fround(Math.fround(Math.fround(Math.fround(Math.fround(-0.3) * p) * g) * g) + g),
          ],
        ] as [(of: ReturnType<typeof arrays>) => void, (p: number, g: number) => number][]) {
          const of = arrays(memory, n, offset);
          of.all.set([0.1, -0.3, 0.5], c / 4 + 2);
          const wanted = of.g.map((g, i) => expected(of.p[i], g));
          run(of);
          expect(of.g).toEqual(wanted);
          expect(untouched(of.all, n, offset)).toBe(true);
        }
      }
    },
  );

  test.each(memories)("$name: clamp keeps NaN, and limits infinities", (memory) => {
    const { all, g } = arrays(memory, 9, 0);
    all.set([-0.3, 0.5], c / 4 + 3);
    g.set([Number.NaN, Infinity, -Infinity, 0.5, -0.3, 0, 1, -1, Number.NaN]);
    memory.kernels.clamp(0, 9, 3000, c);
    expect([...g]).toEqual([Number.NaN, 0.5, -0.3, 0.5, -0.3, 0, 0.5, -0.3, Number.NaN].map(Math.fround));
  });

  test.each(memories)(
    "$name: allWithin finds NaN, infinities and numbers above the limit in every element, and nothing else",
    (memory) => {
      for (let n = 1; n <= 131; n++) {
        const { g, at } = arrays(memory, n, n % 4);
        const within = (limit: number) => {
          new Float32Array(memory.buffer)[c / 4 + 3] = limit;
          return memory.kernels.allWithin(0, n, at.g, c);
        };
        g[n - 1] = n % 2 ? 3.4e38 : -1e-45;
        expect(within(3.4028234663852886e38)).toBe(1);
        for (let i = 0; i < n; i += 1 + Math.floor(n / 20)) {
          const before = g[i];
          for (const bad of [Number.NaN, -Number.NaN, Infinity, -Infinity]) {
            g[i] = bad;
            expect(within(3.4028234663852886e38)).toBe(0);
          }
          for (const sign of [1, -1]) {
            g[i] = 4 * sign;
            if (i < n - 1) g[n - 1] = 0;
            expect([within(4), within(4 - 2 ** -21)]).toEqual([1, 0]);
          }
          g[i] = before;
        }
      }
    },
  );

  test.each(memories)("$name: accumulate tells whether every sum is within the limit", (memory) => {
    for (let n = 1; n <= 67; n++) {
      const { g, p, at } = arrays(memory, n, n % 4);
      const scalars = new Float32Array(memory.buffer, c, 5);
      const within = (limit: number) => {
        scalars.set([1, limit], 3);
        return memory.kernels.accumulate(0, n, at.p, at.g, c);
      };
      for (let i = 0; i < n; i++) {
        const sumTo = (x: number, y: number) => {
          g.fill(0, 0, n);
          p.fill(0);
          g[i] = x;
          p[i] = y;
        };
        for (const [x, y] of [
          [1, 3],
          [-1, -3],
        ]) {
          sumTo(x, y);
          expect(within(4)).toBe(1);
          sumTo(x, y);
          expect(within(4 - 2 ** -21)).toBe(0);
        }
        for (const [x, y] of [
          [Number.NaN, 1],
          [1, Infinity],
          [Infinity, -Infinity],
          [3e38, 3e38],
        ]) {
          sumTo(x, y);
          expect(within(3.4028234663852886e38)).toBe(0);
        }
      }
    }
  });

  test("rows are centralized, and clipped by unit, to the same bits in every build", () => {
    for (const [rows, columns] of [
      [1, 1],
      [3, 7],
      [2, 31],
      [5, 8],
      [4, 67],
    ]) {
      const results = memories.map((memory) => {
        const [centralized, clipped] = [0, 1].map((which) => {
          const { all, p, g, at } = arrays(memory, rows * columns, 3);
          const before = g.slice();
          if (which === 0) memory.kernels.centralize(rows, columns, at.g);
          else {
            all.set([0.25, 2], c / 4 + 3);
            memory.kernels.clipAdaptive(rows, columns, at.p, at.g, c, r);
          }
          expect(untouched(all, rows * columns, 3)).toBe(true);
          for (let i = 0; i < rows; i++) {
            const row = before.subarray(i * columns, (i + 1) * columns);
            const mean = row.reduce((sum, x) => sum + x, 0) / columns;
            const norm = (x: Float32Array) => Math.sqrt(x.reduce((sum, x) => sum + x * x, 0));
            const limit = 0.25 * norm(p.subarray(i * columns, (i + 1) * columns));
            const factor = Math.min(1, limit / (2 * norm(row)));
            for (const [j, x] of row.entries()) expect(g[i * columns + j]).toBeCloseTo(which === 0 ? x - mean : x * factor, 6);
          }
          return g.slice();
        });
        return { centralized, clipped };
      });
      for (const result of results) expect(result).toEqual(results[0]);
    }
  });

  test.each(memories)("$name: the squares of one array are its products with a copy, to the last bit", (memory) => {
    for (const n of [0, 1, 7, 8, 33, 450]) {
      const { all, g, at } = arrays(memory, n, 1);
      all.set(g, 5000 / 4);
      const sum = (y: number) => {
        memory.kernels.dot(0, n, at.g, y, r);
        return new Float64Array(memory.buffer, r, 1)[0];
      };
      expect(sum(at.g)).toBe(sum(5000));
    }
  });
});
