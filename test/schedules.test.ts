import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { adam, cosineDecay, exponentialDecay, inverseTimeDecay, type Schedule, sgd, stepDecay } from "../src/index.js";

const rows: { name: string; schedule: Schedule; formula: Schedule; sha256: string }[] = [
  {
    name: "inverseTimeDecay",
    schedule: inverseTimeDecay(0.1, { rate: 0.01 }),
    formula: (t) => 0.1 / (1 + 0.01 * t),
    sha256: "29fb471c265e204086b4708ebb310c8f2b0ecac8ccbbda3f3329aaec123e0c18",
  },
  {
    name: "stepDecay",
    schedule: stepDecay(0.1, { every: 30, factor: 0.5 }),
    formula: (t) => 0.1 * 0.5 ** Math.floor(t / 30),
    sha256: "caafbbf86a48fdda9f1d0234d62842004b2cc016dc8dc35aa12f0b5ae73037bd",
  },
  {
    name: "exponentialDecay",
    schedule: exponentialDecay(0.1, { factor: 0.99 }),
    formula: (t) => 0.1 * 0.99 ** t,
    sha256: "840c150de6bbf23f3cb591f0586dc94babc4f1fbacdc13f69172be8a80144e23",
  },
  {
    name: "cosineDecay",
    schedule: cosineDecay(0.1, { steps: 1000, end: 0.001 }),
    formula: (t) => 0.001 + ((0.1 - 0.001) * (1 + Math.cos((Math.PI * t) / 1000))) / 2,
    sha256: "41b7e7f7912b72f493f168ceffc40b1d075319aae2109a28d5c6a2ef0ff91cab",
  },
];

describe.each(rows)("$name", ({ schedule, formula, sha256 }) => {
  const values = Float64Array.from({ length: 1001 }, (_, t) => schedule(t));

  test("is its closed form, within 1e-12, at every step of 1,000", () => {
    for (const [t, value] of values.entries()) expect(Math.abs(value / formula(t) - 1)).toBeLessThanOrEqual(1e-12);
  });

  test("starts at the start and never rises", () => {
    expect(values[0]).toBe(0.1);
    for (let t = 1; t < values.length; t++) expect(values[t]).toBeLessThanOrEqual(values[t - 1]);
  });

  // The hashes were taken once; an engine that computes one bit differently fails.
  test("has the same bits on every engine", () => {
    expect(createHash("sha256").update(new Uint8Array(values.buffer)).digest("hex")).toBe(sha256);
  });
});

test("boundaries", () => {
  const step = stepDecay(1, { every: 3 });
  expect([0, 2, 3, 5, 6].map(step)).toEqual([1, 1, 0.1, 0.1, 0.1 * 0.1]);
  const cosine = cosineDecay(2, { steps: 4, end: 1 });
  expect([0, 2, 4, 5, 1e9].map(cosine)).toEqual([2, 1.5, 1, 1, 1]);
  expect(inverseTimeDecay(1, { rate: 0.5 })(2)).toBe(0.5);
});

test("t is the number of completed steps: the first step uses the value at 0", () => {
  const seen: number[] = [];
  const opt = sgd({ x: 1 }, { lr: (t) => seen.push(t) && 1 / (1 + t) });
  for (let i = 0; i < 3; i++) {
    opt.grads.x[0] = 1;
    opt.step();
  }
  expect(seen).toEqual([0, 0, 1, 2]); // at construction to be checked, then step by step
  expect(opt.params.x[0]).toBe(Math.fround(Math.fround(-1.5) - Math.fround(1 / 3)));
});

test("any hyper-parameter may be a schedule", () => {
  const opt = adam({ x: 1 }, { beta1: (t) => (t === 0 ? 0.5 : 0), weightDecay: stepDecay(0.1, { every: 1 }) });
  opt.grads.x[0] = 1;
  opt.step();
  expect(opt.current).toMatchObject({ beta1: 0.5, weightDecay: 0.1 });
  opt.step();
  expect(opt.current.beta1).toBe(0);
  expect(opt.current.weightDecay).toBeCloseTo(0.01, 15);
});

test.each<[string, () => unknown, ErrorConstructor, string]>([
  ["start", () => inverseTimeDecay(Number.NaN, { rate: 1 }), RangeError, "inverseTimeDecay: start expected in [0,inf), got NaN"],
  ["rate", () => inverseTimeDecay(1, { rate: -1 }), RangeError, "inverseTimeDecay: rate expected in [0,inf), got -1"],
  [
    "no rate",
    () => inverseTimeDecay(1, {} as never),
    TypeError,
    "inverseTimeDecay: rate expected a number in [0,inf), got undefined",
  ],
  [
    "no options",
    () => cosineDecay(1, undefined as never),
    TypeError,
    "cosineDecay: steps expected an integer of at least 1, got undefined",
  ],
  ["steps", () => cosineDecay(1, { steps: 0.5 }), RangeError, "cosineDecay: steps expected an integer of at least 1, got 0.5"],
  ["end", () => cosineDecay(1, { steps: 5, end: Infinity }), RangeError, "cosineDecay: end expected in [0,inf), got Infinity"],
  [
    "every",
    () => stepDecay(1, { every: "3" as never }),
    TypeError,
    'stepDecay: every expected an integer of at least 1, got "3"',
  ],
  ["factor", () => exponentialDecay(1, { factor: 1.5 }), RangeError, "exponentialDecay: factor expected in [0,1], got 1.5"],
  [
    "misspelt",
    () => exponentialDecay(1, { factr: 1 } as never),
    TypeError,
    'exponentialDecay: unknown option "factr"; the options are factor',
  ],
])("bad input: %s", (_, call, type, message) => {
  expect(call).toThrow(type);
  expect(call).toThrow(message);
});
