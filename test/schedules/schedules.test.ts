import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Schedule } from "../../src/index.js";
import * as schedules from "../../src/schedules/schedules.js";

const { constant, linear, polynomialDecay, stepDecay, multiStepDecay, exponentialDecay, inverseTimeDecay, inverseSqrtDecay } =
  schedules;

const { noam, cosineDecay, cosineRestarts, cyclic, oneCycle, warmup, warmupStableDecay, sequence, product } = schedules;

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
    sha256: "d806b7916e295a890b37f68149b85cfcff6b790ecf8bef5347bb59f69d2c93ab",
  },
  {
    name: "cosineDecay",
    schedule: cosineDecay(0.1, { steps: 1000, end: 0.001 }),
    formula: (t) => 0.001 + ((0.1 - 0.001) * (1 + Math.cos((Math.PI * t) / 1000))) / 2,
    sha256: "41b7e7f7912b72f493f168ceffc40b1d075319aae2109a28d5c6a2ef0ff91cab",
  },
];

// Of each kind one, with what it is long after its last boundary.
const all: Record<string, { schedule: Schedule; far: number }> = {
  constant: { schedule: constant(0.1), far: 0.1 },
  linear: { schedule: linear(0.1, { end: 0.7, steps: 300 }), far: 0.7 },
  polynomialDecay: { schedule: polynomialDecay(0.1, { steps: 300, power: 1.7, end: 0.01 }), far: 0.01 },
  stepDecay: { schedule: stepDecay(0.1, { every: 2 ** 39, factor: 0.5 }), far: 0.025 },
  multiStepDecay: { schedule: multiStepDecay(0.1, { milestones: [3, 3, 500], factor: 0.5 }), far: 0.0125 },
  exponentialDecay: { schedule: exponentialDecay(0.1, { factor: 0.5, steps: 2 ** 39 }), far: 0.025 },
  inverseTimeDecay: { schedule: inverseTimeDecay(0.1, { rate: 1 }), far: 0.1 / (1 + 2 ** 40) },
  inverseSqrtDecay: { schedule: inverseSqrtDecay(0.1, { rate: 2 ** -40 * 3 }), far: 0.05 },
  noam: { schedule: noam(0.1, { warmup: 100 }), far: 0.1 * Math.sqrt(100 / (2 ** 40 + 1)) },
  cosineDecay: { schedule: cosineDecay(0.1, { steps: 2 ** 41, end: 0.02 }), far: 0.06 },
  cosineRestarts: { schedule: cosineRestarts(0.1, { steps: 2 ** 38, end: 0.02 }), far: 0.1 },
  "cosineRestarts, stretched": { schedule: cosineRestarts(0.1, { steps: 1, stretch: 2 }), far: 0.1 },
  cyclic: { schedule: cyclic(0.1, { peak: 0.3, up: 3, down: 4 }), far: 0.1 + 0.2 * (2 / 3) },
  "cyclic, triangular2": { schedule: cyclic(0.1, { peak: 0.3, up: 2 ** 39, mode: "triangular2" }), far: 0.1 },
  "oneCycle.lr": { schedule: oneCycle(0.1, { steps: 1000 }).lr, far: 0.1 / 25 / 1e4 },
  "oneCycle.momentum": { schedule: oneCycle(0.1, { steps: 1000 }).momentum, far: 0.95 },
  warmup: { schedule: warmup(stepDecay(0.1, { every: 100 }), { steps: 2 ** 41, start: 0.05 }), far: 0.075 },
  warmupStableDecay: { schedule: warmupStableDecay(0.1, { warmup: 10, stable: 2 ** 40, decay: 20 }), far: 0.1 },
  sequence: { schedule: sequence([0.1, exponentialDecay(0.1, { factor: 0.5 })], [2 ** 40 - 3]), far: 0.0125 },
  product: { schedule: product(linear(0, { end: 1, steps: 10 }), 0.5, constant(0.2)), far: 0.1 },
};

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

describe.each(Object.entries(all))("%s", (name, { schedule, far }) => {
  const at = Array.from({ length: 1001 }, (_, t) => schedule(t));

  test("is finite and not negative", () => {
    for (const value of at) if (!(value >= 0 && value < 1)) expect.fail(`${value}`);
  });

  test("is a pure function: any order, any number of times", () => {
    for (let i = 0; i <= 1000; i++) {
      const t = (i * 617) % 1001;
      if (!Object.is(schedule(t), at[t])) expect.fail(`t = ${t}`);
    }
  });

  test("at the largest t: a number as ever", () => {
    const value = schedule(Number.MAX_SAFE_INTEGER);
    if (!(value >= 0 && value < 1)) expect.fail(`${value}`);
  });

  test.each<[unknown, ErrorConstructor, string]>([
    [Infinity, RangeError, "an integer of at least 0, got Infinity"],
    [1e300, RangeError, "an integer of at least 0, below 2^53, got 1e+300"],
    [Number.MAX_SAFE_INTEGER + 1, RangeError, "an integer of at least 0, below 2^53, got 9007199254740992"],
    [-Infinity, RangeError, "an integer of at least 0, got -Infinity"],
    [Number.NaN, RangeError, "an integer of at least 0, got NaN"],
    [-1, RangeError, "an integer of at least 0, got -1"],
    [0.5, RangeError, "an integer of at least 0, got 0.5"],
    ["1", TypeError, 'an integer of at least 0, got "1"'],
    [undefined, TypeError, "an integer of at least 0, got undefined"],
  ])("t = %s is refused", (t, type, message) => {
    const call = () => schedule(t as number);
    expect(call).toThrow(type);
    expect(call).toThrow(new RegExp(`^${name.split(/[.,]/)[0]}: t expected ${message.replace(/[\^+]/g, "\\$&")}$`));
  });

  test("at step 2^40", () => {
    const value = schedule(2 ** 40);
    if (!(Math.abs(value - far) <= 1e-15)) expect.fail(`${value}, not ${far}`);
  });
});

// The hash was taken once; an engine that computes one bit differently fails.
test("all have the same bits on every engine", () => {
  const hash = createHash("sha256");
  for (const { schedule } of Object.values(all)) {
    hash.update(new Uint8Array(Float64Array.from({ length: 1001 }, (_, t) => schedule(t)).buffer));
  }
  expect(hash.digest("hex")).toBe("587ba43072a2fec1731e53773125e077a6abdb39b96bc60bd78a2afcfdb6486d");
});

test("there is a row for every schedule", () => {
  const names = new Set(Object.keys(all).map((name) => name.split(/[.,]/)[0]));
  expect([...names].sort()).toEqual(Object.keys(schedules).sort());
});

// Values just before, at and after each boundary; those of other frameworks are in golden.test.ts.
test.each<[string, Schedule, Record<number, number>]>([
  ["linear", linear(1, { end: 3, steps: 4 }), { 0: 1, 1: 1.5, 3: 2.5, 4: 3, 5: 3 }],
  ["polynomialDecay", polynomialDecay(2, { steps: 4, power: 2, end: 1 }), { 0: 2, 2: 1.25, 3: 1.0625, 4: 1, 5: 1 }],
  [
    "multiStepDecay",
    multiStepDecay(1, { milestones: [2, 4, 4], factor: 0.5 }),
    { 0: 1, 1: 1, 2: 0.5, 3: 0.5, 4: 0.125, 5: 0.125 },
  ],
  ["multiStepDecay, none", multiStepDecay(1, { milestones: [] }), { 0: 1, 9: 1 }],
  ["exponentialDecay", exponentialDecay(1, { factor: 0.25, steps: 2 }), { 0: 1, 1: 0.5, 2: 0.25, 3: 0.125 }],
  ["inverseSqrtDecay", inverseSqrtDecay(1, { rate: 3 }), { 0: 1, 1: 0.5, 8: 0.2 }],
  ["noam", noam(1, { warmup: 4 }), { 0: 0.25, 2: 0.75, 3: 1, 15: 0.5 }],
  ["cosineRestarts", cosineRestarts(2, { steps: 2 }), { 0: 2, 1: 1, 2: 2, 3: 1, 4: 2 }],
  [
    "cosineRestarts",
    cosineRestarts(2, { steps: 2, stretch: 3, factor: 0.5 }),
    { 1: 1, 2: 1, 5: 0.5, 8: 0.5, 17: 0.25, 26: 0.25 },
  ],
  ["cyclic", cyclic(1, { peak: 3, up: 2, down: 4 }), { 0: 1, 1: 2, 2: 3, 3: 2.5, 5: 1.5, 6: 1, 8: 3 }],
  ["cyclic", cyclic(1, { peak: 3, up: 1, mode: "triangular2" }), { 0: 1, 1: 3, 2: 1, 3: 2, 5: 1.5 }],
  ["cyclic", cyclic(1, { peak: 3, up: 1, mode: "expRange", factor: 0.5 }), { 0: 1, 1: 2, 2: 1, 3: 1.25 }],
  ["oneCycle", oneCycle(1, { steps: 11, pctStart: 5 / 11 }).lr, { 0: 1 / 25, 4: 1, 10: 4e-6, 11: 4e-6 }],
  ["oneCycle", oneCycle(1, { steps: 11, pctStart: 5 / 11 }).momentum, { 0: 0.95, 4: 0.85, 10: 0.95, 11: 0.95 }],
  ["oneCycle of one step", oneCycle(1, { steps: 1 }).lr, { 0: 4e-6, 1: 4e-6 }],
  ["warmup", warmup(linear(2, { end: 0, steps: 2 }), { steps: 2 }), { 0: 0, 1: 1, 2: 2, 3: 1, 4: 0 }],
  ["warmup by (t + 1)/steps", warmup(1, { steps: 3, start: 1 / 4 }), { 0: 0.25, 1: 0.5, 2: 0.75, 3: 1, 4: 1 }],
  ["warmup of no steps", warmup(linear(2, { end: 0, steps: 2 }), { steps: 0 }), { 0: 2, 1: 1 }],
  [
    "warmupStableDecay",
    warmupStableDecay(4, { warmup: 2, stable: 3, decay: 4, end: 2 }),
    { 0: 0, 1: 2, 2: 4, 5: 4, 6: 3.5, 9: 2, 10: 2 },
  ],
  ["warmupStableDecay", warmupStableDecay(4, { warmup: 0, stable: 0, decay: 4, anneal: "sqrt" }), { 0: 4, 1: 2, 4: 0 }],
  ["sequence", sequence([(t) => t, (t) => 10 + t, 5], [2, 4]), { 0: 0, 1: 1, 2: 10, 3: 11, 4: 5, 5: 5 }],
  ["sequence that leaves one out", sequence([1, 2, 3], [2, 2]), { 0: 1, 1: 1, 2: 3 }],
  ["sequence of one", sequence([(t) => t], []), { 0: 0, 7: 7 }],
  [
    "product",
    product(
      (t) => t,
      3,
      (t) => t + 1,
    ),
    { 0: 0, 2: 18 },
  ],
])("boundaries of %s", (_, schedule, values) => {
  for (const [t, value] of Object.entries(values)) {
    const error = Math.abs(schedule(Number(t)) - value);
    if (!(error <= 1e-15 * value)) expect.fail(`${schedule(Number(t))} at t = ${t}, not ${value}`);
  }
});

test("one-cycle has the same boundaries in both forms of three phases", () => {
  expect(() => oneCycle(1, { steps: 10, pctStart: 0.51, threePhase: true })).toThrow(
    "oneCycle: pctStart with threePhase expected at most 0.5, got 0.51",
  );
  const { lr, momentum } = oneCycle(1, { steps: 21, pctStart: 6 / 21, threePhase: true, anneal: "linear" });
  expect([0, 5, 10, 15, 20].map(lr)).toEqual([0.04, 1, 0.04, expect.closeTo(0.020002, 15), 4e-6]);
  expect([0, 5, 10, 15, 20].map(momentum)).toEqual([0.95, 0.85, 0.95, 0.95, 0.95]);
});

test("a schedule of the caller's that returns no number is refused", () => {
  const bad = () => "1" as unknown as number;
  expect(() => product(2, bad)(3)).toThrow('product: factor 2 at t = 3 expected a number, got "1"');
  expect(() => sequence([bad], [])(3)).toThrow('sequence: schedules[0] at t = 3 expected a number, got "1"');
  expect(() => warmup(bad, { steps: 5 })(3)).toThrow('warmup: after at t = 0 expected a number, got "1"');
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
  ["constant", () => constant("1" as never), TypeError, 'constant: value expected a number in [0,inf), got "1"'],
  ["no end", () => linear(1, { steps: 5 } as never), TypeError, "linear: end expected a number in [0,inf), got undefined"],
  ["power", () => polynomialDecay(1, { steps: 5, power: 0 }), RangeError, "polynomialDecay: power expected in (0,inf), got 0"],
  [
    "milestones",
    () => multiStepDecay(1, { milestones: 5 as never }),
    TypeError,
    "multiStepDecay: milestones expected an array of steps, got 5",
  ],
  [
    "a milestone",
    () => multiStepDecay(1, { milestones: [1, 2.5] }),
    RangeError,
    "multiStepDecay: milestones[1] expected an integer of at least 0, got 2.5",
  ],
  [
    "no milestone",
    () => multiStepDecay(1, { milestones: Array(2) }),
    TypeError,
    "multiStepDecay: milestones[0] expected an integer of at least 0, got undefined",
  ],
  [
    "order",
    () => multiStepDecay(1, { milestones: [2, 1] }),
    RangeError,
    "multiStepDecay: milestones expected in ascending order, got [2, 1]",
  ],
  [
    "steps",
    () => exponentialDecay(1, { factor: 0.5, steps: 0 }),
    RangeError,
    "exponentialDecay: steps expected an integer of at least 1, got 0",
  ],
  ["rate", () => inverseSqrtDecay(1, { rate: Number.NaN }), RangeError, "inverseSqrtDecay: rate expected in [0,inf), got NaN"],
  ["peak", () => noam(-1, { warmup: 5 }), RangeError, "noam: peak expected in [0,inf), got -1"],
  ["warmup", () => noam(1, { warmup: 0 }), RangeError, "noam: warmup expected an integer of at least 1, got 0"],
  [
    "stretch",
    () => cosineRestarts(1, { steps: 5, stretch: 1.5 }),
    RangeError,
    "cosineRestarts: stretch expected an integer of at least 1, got 1.5",
  ],
  ["factor", () => cosineRestarts(1, { steps: 5, factor: 2 }), RangeError, "cosineRestarts: factor expected in [0,1], got 2"],
  ["no peak", () => cyclic(1, { up: 5 } as never), TypeError, "cyclic: peak expected a number in [0,inf), got undefined"],
  ["up", () => cyclic(1, { peak: 2, up: 0 }), RangeError, "cyclic: up expected an integer of at least 1, got 0"],
  [
    "down",
    () => cyclic(1, { peak: 2, up: 5, down: null as never }),
    TypeError,
    "cyclic: down expected an integer of at least 1, got null",
  ],
  [
    "mode",
    () => cyclic(1, { peak: 2, up: 5, mode: "exp_range" as never }),
    RangeError,
    'cyclic: mode expected one of triangular, triangular2, expRange, got "exp_range"',
  ],
  ["factor", () => cyclic(1, { peak: 2, up: 5, factor: -1 }), RangeError, "cyclic: factor expected in [0,1], got -1"],
  ["pctStart", () => oneCycle(1, { steps: 5, pctStart: 1 }), RangeError, "oneCycle: pctStart expected in (0,1), got 1"],
  ["divFactor", () => oneCycle(1, { steps: 5, divFactor: 0 }), RangeError, "oneCycle: divFactor expected in (0,inf), got 0"],
  [
    "finalDivFactor",
    () => oneCycle(1, { steps: 5, finalDivFactor: 0 }),
    RangeError,
    "oneCycle: finalDivFactor expected in (0,inf), got 0",
  ],
  [
    "anneal",
    () => oneCycle(1, { steps: 5, anneal: "cos" as never }),
    RangeError,
    'oneCycle: anneal expected one of cosine, linear, got "cos"',
  ],
  [
    "threePhase",
    () => oneCycle(1, { steps: 5, threePhase: 1 as never }),
    TypeError,
    "oneCycle: threePhase expected true or false, got 1",
  ],
  [
    "baseMomentum",
    () => oneCycle(1, { steps: 5, baseMomentum: 1 }),
    RangeError,
    "oneCycle: baseMomentum expected in [0,1), got 1",
  ],
  ["maxMomentum", () => oneCycle(1, { steps: 5, maxMomentum: 1 }), RangeError, "oneCycle: maxMomentum expected in [0,1), got 1"],
  ["after", () => warmup("1" as never, { steps: 5 }), TypeError, 'warmup: after expected a schedule or a number, got "1"'],
  ["after", () => warmup(Number.NaN, { steps: 5 }), RangeError, "warmup: after expected in [0,inf), got NaN"],
  ["start", () => warmup(1, { steps: 5, start: -1 }), RangeError, "warmup: start expected in [0,inf), got -1"],
  [
    "stable",
    () => warmupStableDecay(1, { warmup: 1, stable: -1, decay: 1 }),
    RangeError,
    "warmupStableDecay: stable expected an integer of at least 0, got -1",
  ],
  [
    "decay",
    () => warmupStableDecay(1, { warmup: 1, stable: 1, decay: 0 }),
    RangeError,
    "warmupStableDecay: decay expected an integer of at least 1, got 0",
  ],
  [
    "anneal",
    () => warmupStableDecay(1, { warmup: 1, stable: 1, decay: 1, anneal: "exp" as never }),
    RangeError,
    'warmupStableDecay: anneal expected one of linear, cosine, sqrt, got "exp"',
  ],
  [
    "schedules",
    () => sequence(1 as never, []),
    TypeError,
    "sequence: schedules expected an array of schedules and numbers, got 1",
  ],
  ["no schedule", () => sequence([], []), RangeError, "sequence: milestones expected one less than the 0 schedules, got []"],
  [
    "a schedule",
    () => sequence([1, null as never], [1]),
    TypeError,
    "sequence: schedules[1] expected a schedule or a number, got null",
  ],
  [
    "milestones",
    () => sequence([1, 2], [1, 2]),
    RangeError,
    "sequence: milestones expected one less than the 2 schedules, got [1, 2]",
  ],
  ["no factor", () => product(), TypeError, "product expected at least one schedule or number, got none"],
  ["a factor", () => product(1, -1), RangeError, "product: factor 2 expected in [0,inf), got -1"],
  [
    "misspelt",
    () => exponentialDecay(1, { factr: 1 } as never),
    TypeError,
    'exponentialDecay: unknown option "factr"; did you mean factor? The options are factor',
  ],
])("bad input: %s", (_, call, type, message) => {
  expect(call).toThrow(type);
  expect(call).toThrow(message);
});
