// Hyper-parameters: what each of every rule may be, when it is set, and as a schedule.

import { describe, expect, test } from "vitest";
import { adagrad, adam, product, rmsprop, rprop, type Schedule, sequence, sgd, stepDecay, warmup } from "../../src/index.js";
import { type AnyRule, allRules } from "../support/configurations.js";
import { fill, random } from "../support/random.js";

/** The error of a call that must fail. */
function failure(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  return expect.fail("nothing was thrown");
}

const notNumbers: [unknown, string][] = [
  ["0.1", '"0.1"'],
  [null, "null"],
  [[], "[]"],
  [[0.1], "[0.1]"],
  [{}, "[object Object]"],
  [true, "true"],
  [1n, "1n"],
  [Symbol("x"), "Symbol(x)"],
  [new Date(0), "[object Date]"],
];

const notInAny: [unknown, string][] = [
  [Number.NaN, "NaN"],
  [Infinity, "Infinity"],
  [-Infinity, "-Infinity"],
  [-1, "-1"],
  [-Number.MIN_VALUE, "-5e-324"],
  [3.5e38, "3.5e+38"],
  [1e-46, "1e-46"],
];

/** Values at and beyond the ends of the interval that it leaves out. */
function outside(interval: string): [unknown, string][] {
  const [low, high] = interval.slice(1, -1).split(",");
  const values: number[] = [];
  if (high !== "inf") {
    if (interval.endsWith(")")) values.push(Number(high));
    values.push(Number(high) * (1 + 2 ** -40));
  }
  if (interval.startsWith("(")) values.push(Number(low));
  if (Number(low) > 0) values.push(Number(low) * (1 - 2 ** -40));
  return values.map((value) => [value, String(value)]);
}

const rows = allRules.flatMap((rule) =>
  Object.keys(rule.spec.hyper).map((name) => ({ title: `${rule.spec.name}: ${name}`, rule, name })),
);

/** An optimizer some steps old, and whether anything of it has changed since. */
function witness(rule: AnyRule) {
  const opt = rule({ x: fill(new Float32Array(9), random(1)) });
  for (let t = 0; t < 2; t++) {
    fill(opt.grads.x, random(t));
    opt.step();
  }
  const picture = () =>
    JSON.stringify([opt.t, opt.hyper, opt.current, opt.params, opt.grads, opt.state].map((part) => structuredClone(part)));
  const before = picture();
  return { opt, unchanged: () => picture() === before };
}

// Pairs of hyper-parameters: the first may not exceed the second.
const pairs = allRules.flatMap((rule) =>
  (rule.spec.ordered ?? []).map(([least, most]) => ({ title: `${rule.spec.name}: ${least}, ${most}`, rule, least, most })),
);

describe.each(rows)("$title", ({ rule, name }) => {
  const { name: ruleName, hyper } = rule.spec;
  const [, interval, fixed] = hyper[name];
  const wrongKinds: [unknown, string][] =
    interval === "boolean"
      ? [...notInAny, [0, "0"], [() => true, "a function"], ...notNumbers.filter(([value]) => value !== true)]
      : notNumbers;
  const wrongValues: [unknown, string][] = interval === "boolean" ? [] : [...notInAny, ...outside(interval)];

  test.each([
    ...wrongKinds.map(([value, shown]) => ({ value, shown, type: TypeError })),
    ...wrongValues.map(([value, shown]) => ({ value, shown, type: RangeError })),
  ])("$shown", ({ value, shown, type }) => {
    const { opt, unchanged } = witness(rule);
    const attempts = [() => rule({ x: 1 }, { [name]: value })];
    if (!fixed) attempts.push(() => Reflect.set(opt.hyper, name, value) as never);
    if (interval !== "boolean" && shown !== "1e-46") {
      attempts.push(() => rule({ x: 1 }, { [name]: () => value }));
    }
    for (const attempt of attempts) {
      const error = failure(attempt);
      expect(error.constructor).toBe(type);
      expect(error.message.startsWith(`${ruleName}: ${name} `)).toBe(true);
      expect(error.message.endsWith(`got ${shown}`)).toBe(true);
    }
    expect(unchanged()).toBe(true);
  });

  test("a schedule that goes wrong later stops the step before it changes anything", () => {
    if (interval === "boolean" || fixed)
      return expect(() => Reflect.set(witness(rule).opt.hyper, name, false)).toThrow(TypeError);
    const good = hyper[name][0];
    let value: unknown = good;
    const opt = rule(
      { x: fill(new Float32Array(9), random(1)) },
      {
        [name]: () => value,
        ...(name === "weightDecay" ? { lr: (t: number) => 1 / (10 + t) } : { weightDecay: (t: number) => t }),
      },
    );
    fill(opt.grads.x, random(2));
    opt.step();
    const before = structuredClone([opt.t, opt.current, opt.params, opt.state]);
    for (value of [Number.NaN, -1, "1", undefined]) {
      const error = failure(() => opt.step());
      expect(error.message.startsWith(`${rule.spec.name}: ${name} as a schedule at t = 1 expected`)).toBe(true);
      expect(structuredClone([opt.t, opt.current, opt.params, opt.state])).toEqual(before);
    }
    value = good;
    opt.step();
    expect(opt.t).toBe(2);
  });
});

test("the rules with ordered pairs", () => {
  expect(pairs.map(({ title }) => title)).toEqual(["rprop: stepMin, stepMax"]);
});

describe.each(pairs)("$title", ({ rule, least, most }) => {
  const { name, hyper } = rule.spec;
  const [low, high] = [hyper[least][0] as number, hyper[most][0] as number];
  const middle = Math.sqrt(low * high);
  const params = () => ({ x: fill(new Float32Array(9), random(1)), y: fill(new Float32Array(3), random(2)) });
  const all = (opt: ReturnType<AnyRule>) =>
    structuredClone([
      opt.t,
      opt.params,
      opt.state,
      ...[opt, ...opt.groups].map(({ hyper, current }) => ({ ...hyper, ...current })),
    ]);
  const refuses = (attempt: () => unknown, message: string) =>
    expect(failure(attempt)).toEqual(new RangeError(`${name}: ${message}`));

  test("at construction, of all parameters and of a group", () => {
    refuses(() => rule(params(), { [least]: 2 * high }), `${least} expected at most ${most}, ${high}, got ${2 * high}`);
    refuses(() => rule(params(), { [most]: low / 2 }), `${least} expected at most ${most}, ${low / 2}, got ${low}`);
    refuses(() => rule(params(), { [least]: 5, [most]: 0.5 }), `${least} expected at most ${most}, 0.5, got 5`);
    const groups = [{ match: ["x"], [least]: middle }];
    refuses(
      () => rule(params(), { [most]: middle / 2, groups }),
      `groups[0]: ${least} expected at most ${most}, ${middle / 2}, got ${middle}`,
    );
    for (const options of [{ [least]: middle, [most]: middle }, { [least]: 2 * high, [most]: 3 * high }, { groups }])
      expect(rule(params(), options).t).toBe(0);
  });

  test("when they are set: nothing changes, also where they are inherited", () => {
    const opt = rule(params(), {
      groups: [
        { match: ["x"], [least]: middle },
        { match: ["y"], [least]: low, [most]: high },
      ],
    });
    opt.step();
    const before = all(opt);
    const set = (hyper: Record<string, unknown>, name: string, value: number) => () => {
      hyper[name] = value;
    };
    refuses(set(opt.hyper, least, 2 * high), `${least} expected at most ${most}, ${high}, got ${2 * high}`);
    refuses(set(opt.hyper, most, low / 2), `${most} expected at least ${least}, ${low}, got ${low / 2}`);
    refuses(set(opt.hyper, most, middle / 2), `groups[0]: ${most} expected at least ${least}, ${middle}, got ${middle / 2}`);
    refuses(set(opt.groups[1].hyper, least, 2 * high), `groups[1]: ${least} expected at most ${most}, ${high}, got ${2 * high}`);
    expect(all(opt)).toEqual(before);
    opt.groups[0].hyper[least] = low;
    opt.hyper[most] = middle / 2;
    expect(opt.groups.map(({ hyper }) => hyper[most])).toEqual([middle / 2, high]);
    opt.step();
  });

  test.each([
    { scheduled: least, bad: 2 * high, message: `at most ${most}, ${high}, got ${2 * high}` },
    { scheduled: most, bad: low / 2, message: `at most ${most}, ${low / 2}, got ${low}` },
  ])("by a schedule of $scheduled: the step is not done", ({ scheduled, bad, message }) => {
    for (const where of ["", "groups[0]: "]) {
      let value = middle;
      const option = { [scheduled]: () => value };
      const opt = rule(params(), where ? { groups: [{ match: ["x"], ...option }] } : option);
      const next = () => {
        fill(opt.grads.x, random(3));
        opt.step();
      };
      next();
      const before = all(opt);
      value = bad;
      refuses(next, `${where}${least} at t = 1 expected ${message}`);
      expect(all(opt)).toEqual(before);
      value = middle;
      next();
      expect(opt.t).toBe(2);
    }
  });

  test("by two schedules, and by a schedule and a number", () => {
    const opt = rule(params(), {
      [least]: (t: number) => (t < 2 ? low : middle),
      [most]: (t: number) => (t < 3 ? high : middle / 2),
    });
    for (let t = 0; t < 3; t++) opt.step();
    refuses(() => opt.step(), `${least} at t = 3 expected at most ${most}, ${middle / 2}, got ${middle}`);
    opt.hyper[most] = low;
    refuses(() => opt.step(), `${least} at t = 3 expected at most ${most}, ${low}, got ${middle}`);
    opt.hyper[most] = high;
    opt.step();
    expect(opt.t).toBe(4);
  });
});

test("what is read at construction cannot be set later", () => {
  const message = "is read at construction; it cannot be set later";
  expect(() => Reflect.set(adagrad({ x: 1 }).hyper, "initialAccumulator", 1)).toThrow(`adagrad: initialAccumulator ${message}`);
  expect(() => Reflect.set(rmsprop({ x: 1 }).hyper, "centered", true)).toThrow(`rmsprop: centered ${message}`);
  const plain = rmsprop({ x: 1 });
  expect(() => Reflect.set(plain.hyper, "momentum", 0.9)).toThrow(
    "rmsprop: momentum was 0 at construction, so there is no state.b; expected 0, got 0.9",
  );
  expect(() => Reflect.set(plain.hyper, "momentum", () => 0.9)).toThrow("got a function");
  expect(plain.hyper.momentum).toBe(0);
});

test("hyper-parameters can be set between steps", () => {
  const opt = sgd({ x: 1 }, { lr: 1 });
  opt.grads.x[0] = 1;
  opt.step();
  opt.hyper.lr = 0.5;
  expect(opt.current.lr).toBe(0.5);
  opt.step();
  opt.hyper.lr = (t) => t;
  opt.step();
  expect(opt.params.x[0]).toBe(-3.5);
  expect(opt.current.lr).toBe(2);
  opt.hyper.lr = 0.25;
  opt.step();
  expect(opt.params.x[0]).toBe(-3.75);
  expect(opt.hyper.lr).toBe(0.25);
  expect(opt.t).toBe(4);
});

test("a momentum that was there may pause and return", () => {
  const opt = rmsprop({ x: 1 }, { momentum: 0.9 });
  opt.hyper.momentum = 0;
  opt.hyper.momentum = 0.5;
  expect(opt.hyper.momentum).toBe(0.5);
});

test("a fixed hyper-parameter given as a schedule takes its value at 0", () => {
  expect(rprop({ x: 1 }, { lr: (t) => 0.5 + t }).hyper.lr).toBe(0.5);
});

test("a schedule of the caller's that returns NaN is refused at the step, and nothing is changed", () => {
  const bad = (t: number) => (t < 2 ? 0.1 : Number.NaN);
  const rows: [Schedule, number][] = [
    [bad, 2],
    [product(bad, 2), 2],
    [sequence([0.1, bad], [1]), 3],
    [warmup(bad, { steps: 1 }), 3],
  ];
  for (const [lr, good] of rows) {
    const opt = sgd({ x: 1 }, { lr });
    opt.grads.x[0] = 1;
    for (let t = 0; t < good; t++) opt.step();
    const before = opt.params.x[0];
    const step = () => opt.step();
    expect(step).toThrow(RangeError);
    expect(step).toThrow(`sgd: lr as a schedule at t = ${good} expected in [0,inf), got NaN`);
    expect([opt.t, opt.params.x[0]]).toEqual([good, before]);
  }
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
