// The kernels of all rules: each build gives the same bits, and touches nothing else.

import { describe, expect, test } from "vitest";
import { Optimizer } from "../../src/engine/optimizer.js";
import { Bare, reserved } from "../support/bare.js";
import { builds } from "../support/builds.js";
import { allRules, elementwise, table } from "../support/configurations.js";
import { fill, random } from "../support/random.js";

const guard = 0x42f6e979;

// 123.456: a number, because arithmetic would hand the bits of a NaN on
const guards = 16;

// words around every array
const start = Math.ceil(reserved / 64) * 64;

/** Where each array starts, in words: one by one, offset words past a multiple of 16 bytes, guards between. */
function layout(lengths: ReadonlyMap<string, number>, offset: number): { at: Record<string, number>; words: number } {
  let words = 0;
  const at: Record<string, number> = {};
  for (const [i, [array, length]] of [...lengths].entries()) {
    words += guards;
    at[array] = words + ((offset * (i + 1)) % 4);
    words += Math.ceil((length + 4) / 4) * 4 + guards;
  }
  return { at, words };
}

/** Rules with short averages, whose gains are above 1/2: another form of the kernel. */
const short = allRules.flatMap((rule) => {
  const decays = Object.entries(rule.spec.hyper).filter(
    ([, [value, interval]]) => interval === "[0,1)" && (value as number) > 0.5,
  );
  const options: Record<string, number> = Object.fromEntries(decays.map(([name]) => [name, 0.3]));
  return decays.length > 0 ? [{ title: `${rule.spec.name} ${JSON.stringify(options)}`, rule, options }] : [];
});

/** scale, l2 and decay: one of them in each form of a kernel. */
const prologues: readonly (readonly [number, number, number])[] = [
  [1, 0, 0],
  [1, 0.05, 0.01],
  [-0.75, 0, 0],
];

interface Run {
  readonly n: number;
  /** By default [n]. */
  readonly shape?: readonly number[];
  readonly offset: number;
  readonly begin?: number;
  readonly steps?: number;
  /** By default the second. */
  readonly prologue?: (typeof prologues)[number];
  /** Changes parameters and gradients before the first step. */
  readonly inputs?: (p: Float32Array, g: Float32Array) => void;
}

const memories = builds.map(({ name, make }) => ({ name, ...make(65_536) }));

/** Runs a rule on each build; returns the words of all arrays and guards, and the names of arrays with their places. */
function run(
  { rule: { spec }, options }: (typeof table)[number],
  { n, shape = [n], offset, begin = 0, steps = 3, prologue = prologues[1], inputs }: Run,
) {
  const bare = new Bare(spec, options, shape);
  const { at, words } = layout(bare.lengths, offset);
  const addresses = Object.fromEntries(Object.entries(at).map(([array, word]) => [array, start + word * 4]));
  const results = memories.map(({ name, kernels, buffer }) => {
    const bits = new Uint32Array(buffer, start, words).fill(guard);
    const arrays = Object.fromEntries(
      [...bare.lengths].map(([array, length]) => [array, new Float32Array(buffer, addresses[array], length)]),
    );
    const step = bare.on(kernels, buffer, addresses, begin);
    const source = random(n + 1);
    fill(arrays.p, source);
    fill(arrays.g, source);
    inputs?.(arrays.p, arrays.g);
    for (let t = 1; t <= steps; t++) {
      step(t, [...prologue]);
      if (!inputs) fill(arrays.g, source);
    }
    const copies = Object.entries(arrays).map(([array, view]) => [array, view.slice()]);
    return { name, bits: bits.slice(), arrays: Object.fromEntries(copies) as Record<string, Float32Array> };
  });
  const inside = new Set([...bare.lengths].flatMap(([array, length]) => Array.from({ length }, (_, i) => at[array] + i)));
  return { results, outside: (word: number) => !inside.has(word) };
}

/** Bits with every NaN made the same: its sign and payload are the engine's choice. */
const canonical = (array: Float32Array) =>
  Array.from(new Uint32Array(Float32Array.from(array, (x) => (Number.isNaN(x) ? Number.NaN : x)).buffer));

describe.each([...table, ...short])("$title", (row) => {
  test.each(prologues.map((prologue) => ({ prologue, most: prologue === prologues[1] ? 67 : 19 })))(
    "every build gives the same bits and touches nothing else, prologue $prologue: n = 0…$most at every offset",
    ({ prologue, most }) => {
      for (let n = row.rule.spec.perTensor ? 1 : 0; n <= most; n++) {
        for (let offset = 0; offset < 4; offset++) {
          const { results, outside } = run(row, { n, offset, prologue });
          const [first, ...others] = results;
          for (const { name, bits } of others) {
            const differs = bits.findIndex((word, i) => word !== first.bits[i]);
            if (differs >= 0) expect.fail(`${name} differs from ${first.name} at n = ${n}, offset ${offset}, word ${differs}`);
          }
          const touched = first.bits.findIndex((word, i) => outside(i) && word !== guard);
          if (touched >= 0) expect.fail(`a guard word was written at n = ${n}, offset ${offset}, word ${touched}`);
          if (n > 0 && first.arrays.p.every((x, i) => x === fill(new Float32Array(n), random(n + 1))[i]))
            expect.fail("nothing moved");
        }
      }
    },
  );

  test("matrices: the same bits, and nothing else touched", () => {
    if (!row.rule.spec.perTensor) return;
    for (const shape of [
      [1, 1],
      [1, 9],
      [9, 1],
      [5, 9],
      [9, 5],
      [3, 4, 5],
      [2, 3, 4, 5],
      [3, 70],
    ]) {
      const n = shape.reduce((product, size) => product * size, 1);
      // Sums in f64 are at multiples of 8 in the engine.
      const { results, outside } = run(row, { n, shape, offset: 0 });
      const [first, ...others] = results;
      for (const { name, bits } of others) {
        const differs = bits.findIndex((word, i) => word !== first.bits[i]);
        if (differs >= 0) expect.fail(`${name} differs from ${first.name} for [${shape}], word ${differs}`);
      }
      const touched = first.bits.findIndex((word, i) => outside(i) && word !== guard);
      if (touched >= 0) expect.fail(`a guard word was written for [${shape}], word ${touched}`);
    }
  });

  test("every build gives the same bits through the engine, for tensors of all shapes", () => {
    const shapes = { vector: [7], matrix: [5, 9], tall: [70, 3], wide: [3, 70], cube: [3, 4, 5], one: [1, 1], long: [9001] };
    const [first, ...others] = builds
      .filter(({ shared }) => !shared)
      .map(({ name, link }) => {
        const opt = new Optimizer(row.rule.spec, shapes, row.options as object, link);
        const source = random(11);
        for (const array of Object.values(opt.params)) fill(array, source);
        for (let t = 0; t < 3; t++) {
          for (const array of Object.values(opt.grads)) fill(array, source);
          if (row.rule.spec.observe) opt.observe();
          opt.step();
        }
        opt.eval();
        const arrays = Object.entries({ params: opt.params, ...opt.state });
        return { name, arrays: arrays.map(([array, views]) => ({ array, views: { ...views } as Record<string, Float32Array> })) };
      });
    for (const { name, arrays } of others) {
      for (const [i, { array, views }] of arrays.entries()) {
        for (const [tensor, values] of Object.entries<Float32Array>(views)) {
          const expected = first.arrays[i].views[tensor] as Float32Array;
          const differs = values.findIndex((x, j) => !Object.is(x, expected[j]));
          if (differs >= 0)
            expect.fail(`${array}.${tensor}[${differs}] is ${values[differs]} by ${name}, ${expected[differs]} by SIMD`);
        }
      }
    }
  });

  // What follows is about elements that do not depend on each other.
  if (!elementwise(row.rule.spec)) return;

  test("a range changes its own elements only, and as the whole does", () => {
    for (const begin of [4, 8, 32]) {
      const whole = run(row, { n: 37, offset: 1 }).results;
      const part = run(row, { n: 37, offset: 1, begin }).results;
      for (const [i, { arrays }] of part.entries()) {
        expect(canonical(arrays.p.subarray(begin))).toEqual(canonical(whole[i].arrays.p.subarray(begin)));
        expect(canonical(arrays.p.subarray(0, begin))).toEqual(
          canonical(fill(new Float32Array(37), random(38)).subarray(0, begin)),
        );
      }
    }
  });

  const specials = [
    0,
    -0,
    1e-45,
    -1e-45,
    1.1754943508222875e-38,
    3.4028234663852886e38,
    -3.4028234663852886e38,
    Infinity,
    -Infinity,
    NaN,
  ];
  test.each(["p", "g"] as const)("special values in %s stay in their lane, alike in every build", (where) => {
    const n = 11;
    const plain = run(row, { n, offset: 1, inputs: () => {} }).results[0].arrays.p;
    for (const special of specials) {
      for (let lane = 0; lane < n; lane++) {
        const inputs = (p: Float32Array, g: Float32Array) => {
          (where === "p" ? p : g)[lane] = special;
        };
        const { results } = run(row, { n, offset: 1, inputs });
        for (const { arrays } of results) {
          for (const [name, array] of Object.entries(arrays))
            expect(canonical(array)).toEqual(canonical(results[0].arrays[name]));
          for (let i = 0; i < n; i++) if (i !== lane) expect(arrays.p[i]).toBe(plain[i]);
        }
        if (Number.isNaN(special)) expect(results[0].arrays.p[lane]).toBeNaN();
      }
    }
  });
});
