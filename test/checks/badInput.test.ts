import { describe, expect, test } from "vitest";
import { adagrad, rmsprop, sgd } from "../../src/index.js";
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

describe.each(rows)("$title", ({ rule, name }) => {
  const { name: ruleName, hyper } = rule.spec;
  const [, interval, , fixed] = hyper[name];
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

// Pairs of hyper-parameters: the first may not exceed the second.
const pairs = allRules.flatMap((rule) =>
  (rule.spec.ordered ?? []).map(([least, most]) => ({ title: `${rule.spec.name}: ${least}, ${most}`, rule, least, most })),
);

test("the rules with pairs in order", () => {
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

  test("when they are set: nothing is changed, neither here nor where they are inherited", () => {
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

  test("by two schedules, and by one beside a number that was set", () => {
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

describe.each(allRules.map((rule) => ({ name: rule.spec.name, rule })))("$name", ({ name, rule }) => {
  const around =
    "decay, groups, threads, memory, maximize, clipValue, clipAdaptive, clipTensorNorm, clipNorm, centralize, noise, accumulate, lossScale, " +
    "nonFinite, maxSkips, ema, swa, lookahead, zeroGrad, sam";
  const options = `${Object.keys(rule.spec.hyper).join(", ")}, ${around}`;
  const shared = new Float32Array(8);
  const detached = new Float32Array(4);
  structuredClone(detached, { transfer: [detached.buffer] });
  const sparse = [2, 3];
  delete sparse[0];

  test.each<[string, unknown, ErrorConstructor, string]>([
    [
      "no parameters at all",
      undefined,
      TypeError,
      `${name}: parameters expected a plain object whose values are each a length, a shape, a Float32Array, or { shape, values }, got undefined`,
    ],
    ["null", null, TypeError, "got null"],
    ["a bare array", [3], TypeError, "got [3]"],
    ["a bare Float32Array", new Float32Array(3), TypeError, "got [object Float32Array]"],
    ["a number", 3, TypeError, "got 3"],
    ["an empty object", {}, RangeError, `${name}: parameters expected at least one parameter, got none`],
    ["a Map", new Map([["x", 3]]), TypeError, "got [object Map]"],
    ["length 0", { x: 0 }, RangeError, `${name}: parameter "x" expected a length of at least 1, got 0`],
    ["a negative length", { x: -3 }, RangeError, "got -3"],
    ["half a length", { x: 1.5 }, RangeError, "got 1.5"],
    ["length NaN", { x: Number.NaN }, RangeError, "got NaN"],
    [
      "a length as text",
      { x: "3" },
      TypeError,
      `${name}: parameter "x" expected a length, a shape, a Float32Array, or { shape, values }, got "3"`,
    ],
    ["null as a parameter", { ok: 1, x: null }, TypeError, 'parameter "x" expected'],
    ["undefined as a parameter", { x: undefined }, TypeError, "got undefined"],
    [
      "an empty shape",
      { x: [] },
      RangeError,
      `${name}: parameter "x" expected a shape of sizes of at least 1 (values go into a Float32Array), got []`,
    ],
    ["a shape with 0", { x: [3, 0] }, RangeError, "got [3, 0]"],
    ["a shape with text", { x: [3, "4"] }, TypeError, 'got [3, "4"]'],
    ["a sparse shape", { x: sparse }, TypeError, "got [undefined, 3]"],
    ["a nested shape", { x: [[3], 4] }, TypeError, "got [[3], 4]"],
    ["an overflowing shape", { x: [2 ** 40, 2 ** 40] }, RangeError, "expected at most"],
    ["a Float64Array", { x: new Float64Array(3) }, TypeError, "got [object Float64Array]"],
    ["an Int32Array", { x: new Int32Array(3) }, TypeError, "got [object Int32Array]"],
    ["a Buffer", { x: Buffer.alloc(12) }, TypeError, "got [object Uint8Array]"],
    ["a DataView", { x: new DataView(new ArrayBuffer(12)) }, TypeError, "got [object DataView]"],
    [
      "a look-alike",
      { x: { [Symbol.toStringTag]: "Float32Array", length: 3, 0: 1 } },
      TypeError,
      `${name}: parameter "x" expected`,
    ],
    ["values as a shape", { x: [0.5, -0.5] }, RangeError, "(values go into a Float32Array), got [0.5, -0.5]"],
    [
      "a shape that is none",
      { x: { shape: 3, values: shared } },
      TypeError,
      `${name}: parameter "x": shape expected a shape, got 3`,
    ],
    [
      "a shape and numbers",
      { x: { shape: [2], values: [1, 2] } },
      TypeError,
      `${name}: parameter "x": values expected a Float32Array, got [1, 2]`,
    ],
    [
      "a shape and values of another length",
      { x: { shape: [3, 3], values: shared } },
      RangeError,
      `${name}: parameter "x": values expected 9 elements, as its shape has, got 8`,
    ],
    [
      "a shape and too many values",
      { x: { shape: [7], values: shared } },
      RangeError,
      "expected 7 elements, as its shape has, got 8",
    ],
    ["an empty Float32Array", { x: new Float32Array(0) }, RangeError, "got an empty or detached Float32Array"],
    ["a detached Float32Array", { x: detached }, RangeError, "got an empty or detached Float32Array"],
    ["the same array twice", { a: shared, b: shared }, RangeError, `${name}: parameters "a" and "b" share memory`],
    [
      "overlapping views",
      { a: shared.subarray(3), b: shared.subarray(0, 4) },
      RangeError,
      `${name}: parameters "b" and "a" share memory`,
    ],
    [
      "__proto__ with a bad value",
      JSON.parse('{"__proto__": -1}'),
      RangeError,
      `${name}: parameter "__proto__" expected a length of at least 1, got -1`,
    ],
    [
      "too many",
      { x: 2 ** 30 },
      RangeError,
      `${name}: 1073741824 parameters with their state exceed one WebAssembly memory; expected at most`,
    ],
  ])("parameters: %s", (_, parameters, type, message) => {
    const error = failure(() => rule(parameters as never));
    expect(error.constructor).toBe(type);
    expect(error.message.startsWith(`${name}: `)).toBe(true);
    expect(error.message).toContain(message);
  });

  test.each<[string, unknown, string]>([
    ["null", null, `${name}: options expected a plain object, got null`],
    ["a number", 0.1, `${name}: options expected a plain object, got 0.1`],
    ["an array", [0.1], `${name}: options expected a plain object, got [0.1]`],
    [
      "a misspelt name",
      { learningRate: 0.1 },
      `${name}: unknown option "learningRate"; did you mean lr? The options are ${options}`,
    ],
    ["__proto__", JSON.parse('{"__proto__": 1}'), `${name}: unknown option "__proto__"; the options are ${options}`],
    ["constructor", { constructor: 1 }, `${name}: unknown option "constructor"; the options are ${options}`],
  ])("options: %s", (_, given, message) => {
    const error = failure(() => rule({ x: 1 }, given as never));
    expect(error.constructor).toBe(TypeError);
    expect(error.message).toBe(message);
  });

  test("adjacent views of one buffer are separate arrays", () => {
    expect([...rule({ a: shared.subarray(4), b: shared.subarray(0, 4) }).params.a]).toEqual([0, 0, 0, 0]);
  });
});

test("options are read once, and never changed", () => {
  let reads = 0;
  const options = Object.freeze({
    get lr() {
      reads += 1;
      return 0.5;
    },
  });
  const opt = sgd({ x: 1 }, options);
  expect(opt.hyper.lr).toBe(0.5);
  expect(reads).toBe(1);
  expect(sgd({ x: 1 }, { lr: undefined }).hyper.lr).toBe(1e-3);
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

test("the largest parameters that fit are accepted", () => {
  // Reserved, not touched: no memory is spent.
  const opt = sgd({ x: 2 ** 29 - 256 });
  expect(opt.params.x.length).toBe(2 ** 29 - 256);
  opt.grads.x[2 ** 29 - 257] = 1;
  opt.params.x[2 ** 29 - 257] = 3;
  expect(opt.params.x[2 ** 29 - 257]).toBe(3);
  expect(() => sgd({ x: 2 ** 29 })).toThrow("sgd: 536870912 parameters");
});
