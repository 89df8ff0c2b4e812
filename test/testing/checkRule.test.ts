import { afterAll, describe, expect, expectTypeOf, test } from "vitest";
import { adam, defineRule, kernelModule, lion, momentum, sgd, threads } from "../../src/index.js";
import { KernelArguments } from "../../src/kernels/kernelArguments.js";
import { type CheckRuleOptions, checkRule } from "../../src/testing/index.js";
import { compileKernels } from "../support/compileKernels.js";
import { allRules, configurations, elementwise } from "../support/configurations.js";
import { references } from "../support/reference.js";

// biome-ignore lint/suspicious/noExplicitAny: rules and references of any type.
type AnyOptions = CheckRuleOptions<any, any>;

const check = (rule: unknown, options: unknown) => checkRule(rule as never, options as never);

const pool = await threads(2);
afterAll(() => pool.close());

describe("a rule of the package passes:", () => {
  /** Rules that a reference of one tensor does not describe, or that checkRule does not call as they need. */
  const without: Record<string, string> = {
    dog: "its rate comes from all tensors of a group together",
    prodigy: "as dog",
    sophia: "its curvature comes from observe(), which checkRule does not call",
    lars: "its ratio has the norms of g and of p, so l2 decay is not a part of the gradient",
  };
  /** Options with which a hyper-parameter matters that does not in 20 steps of the others. */
  const revealing: Record<string, object> = { scheduleFreeSgd: { warmup: 5 }, scheduleFreeAdamw: { warmup: 5 } };

  const rules = allRules.filter(({ spec }) => !(spec.name in without));

  test.each(rules.map((rule) => ({ name: rule.spec.name, rule })))("$name", ({ name, rule }) => {
    const plain = references[name as keyof typeof references] as (...args: unknown[]) => void;
    const reference: AnyOptions["reference"] = (arrays, values, t, shape, carry) =>
      plain(arrays.p, arrays.g, arrays, values, t, carry, shape);
    const { hyper } = rule.spec;
    const options = [
      ...configurations(rule.spec).slice(1),
      ...("eps" in hyper ? [{ eps: 0.1 }] : []),
      ...(name in revealing ? [revealing[name]] : []),
    ];
    const found = check(rule, { reference, options, elementwise: elementwise(rule.spec), threads: pool });
    expect(found.map(({ name }) => name)).toEqual(all);
    expect(found.map(({ result }) => result)).not.toContain("no pool given");
  });

  test("all but those with a reason", () => {
    expect(rules.length).toBe(allRules.length - Object.keys(without).length);
  });
});

/** The names of the checks, in order. */
const all = [
  ...[
    "reference",
    "hyper-parameters",
    "vectors and tails",
    "several tensors",
    "parts of an array",
    "addresses",
    "sign of the gradients",
  ],
  ...["l2 weight decay", "decoupled weight decay", "NaN", "gradients of 0 and of any size", "snapshot", "threads"],
];

test("the results say what was found, or why a check does not apply", () => {
  const results = (options: Partial<AnyOptions>) => {
    const reference = ({ p, g }: Record<string, Float64Array>, { lr }: { lr: number }) => {
      for (let i = 0; i < p.length; i++) p[i] -= lr * g[i];
    };
    return Object.fromEntries(check(sgd, { reference, ...options }).map(({ name, result }) => [name, result]));
  };
  const one = "same bits with 1 set of options";
  const usual = results({});
  expect(usual).toEqual({
    reference: expect.stringMatching(/^largest difference \d\.\de-\d+$/),
    "hyper-parameters": "all 2 matter",
    "vectors and tails": one,
    "several tensors": one,
    "parts of an array": one,
    addresses: one,
    "sign of the gradients": one,
    "l2 weight decay": expect.stringMatching(/^largest difference \d\.\de[-+]\d+$/),
    "decoupled weight decay": 'it makes parameters smaller; weightDecay is "l2" by default',
    NaN: "stays in its element",
    "gradients of 0 and of any size": "finite",
    snapshot: one,
    threads: "no pool given",
  });
  const whole = "not element-wise";
  expect(results({ elementwise: false })).toEqual({ ...usual, "vectors and tails": whole, "several tensors": whole, NaN: whole });
  const two = "same bits with 2 sets of options";
  expect(results({ options: [{ lr: 0.1 }], threads: pool })).toMatchObject({ snapshot: two, threads: two });
});

test("hyper-parameters with schedules: the reference gets the numbers of each step", () => {
  const seen: number[] = [];
  check(sgd, {
    options: [{ lr: (t: number) => 0.1 / (1 + t) }],
    reference({ p, g }: Record<string, Float64Array>, { lr }: { lr: number }) {
      seen.push(lr);
      for (let i = 0; i < p.length; i++) p[i] -= lr * g[i];
    },
  });
  // 20 steps of two tensors, with the defaults; then with the schedule.
  expect(seen.slice(38, 46)).toEqual([1e-3, 1e-3, 0.1, 0.1, 0.05, 0.05, 0.1 / 3, 0.1 / 3]);
});

test("the reference gets the carried numbers of its tensor", () => {
  const slowing = defineRule({
    name: "slowing",
    hyper: { lr: [0.1, "[0,inf)"] },
    carry: { share: 1 },
    prepare(_, __, t, carry) {
      carry[0] = 0.5 ** (t - 1);
    },
    update({ p, g }, { lr }, _, __, [share]) {
      for (let i = 0; i < p.length; i++) p[i] -= lr * share * g[i];
    },
  });
  const found = checkRule(slowing, {
    reference({ p, g }, { lr }, _, __, carry) {
      for (let i = 0; i < p.length; i++) p[i] -= lr * carry[0] * g[i];
      carry[0] *= 0.5;
    },
  });
  expect(found.map(({ name }) => name)).toEqual(all);
});

/** The hyper-parameters of a momentum rule. Each row below breaks one part of it. `step` returns what is subtracted from p. */
const hyper = { lr: [1e-2, "[0,inf)"], beta: [0.9, "[0,1)"] } as const;

type Floats = Float32Array | Float64Array;
type Step = (b: Floats, i: number, g: Floats, p: Floats, t: number) => number;

const stepOf = (step: Step) =>
  function update({ p, g, b }: Record<"p" | "g" | "b", Floats>, { lr, beta }: { lr: number; beta: number }, t: number) {
    for (let i = 0; i < p.length; i++) b[i] = beta * b[i] + g[i];
    for (let i = 0; i < p.length; i++) p[i] -= lr * step(b, i, g, p, t);
  };

const inJavaScript = (step: Step, more: object = {}) =>
  defineRule({ name: "broken", hyper, state: { b: "momentum_buffer" }, update: stepOf(step), ...more } as never);

interface Parts {
  readonly x?: string;
  readonly tail?: string;
  readonly decay?: string;
  readonly first?: string;
  readonly last?: string;
}

/** The same with a kernel: the gradient, the operations of the tail, the decay, and statements before and after the loops. */
async function withKernel(parts: Parts, more: object = {}) {
  const { x = "gradient<T, Full>(get<T>(g + i), pi, Scale, L2)", tail = "", decay = "Decay", first = "", last = "" } = parts;
  const code = await compileKernels(`
    import { add, Full, get, gradient, moved, mul, offset, put, scalar, simd, sub, vectors, width } from "simdescent/assembly/lanes";
    function sweep<T>(i: usize, end: usize, p: usize, g: usize, b: usize, c: usize): void {
      const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Decay = scalar<T>(c, 2), None = sub(Scale, Scale);
      const Rate = scalar<T>(c, 3), Beta = scalar<T>(c, 4);
      if (i < end) do {
        const pi = get<T>(p + i);
        const bi = add(mul(Beta, get<T>(b + i)), ${x});
        put(b + i, bi);
        ${tail === "" ? "" : `if (!isVector<T>()) put(p + i, ${tail}); else`}
        put(p + i, moved<T, Full>(pi, mul(Rate, bi), ${decay}));
        i += width<T>();
      } while (i < end);
    }
    export function broken(begin: u32, end: u32, p: usize, g: usize, b: usize, c: usize): void {
      let first = offset(begin);
      const last = offset(end);
      ${first}
      const whole = vectors(first, last);
      if (simd) sweep<v128>(first, whole, p, g, b, c);
      sweep<f32>(whole, last, p, g, b, c);
      ${last}
    }`);
  return defineRule({
    name: "broken",
    hyper,
    state: { b: "momentum_buffer" },
    kernels: [kernelModule(code, { broken: "elements" })],
    scalars(args, { lr, beta }) {
      args.scalars("rate", lr, "beta", beta);
    },
    elementPass(k, { begin, end, c }, { p, g, b }) {
      k.broken(begin, end, p, g, b, c);
    },
    ...more,
  });
}

const mean: Step = (b, i) => b[i] as number;
const sign: Step = (b, i) => Math.sign(b[i] as number);
/** Looks at the element before. A NaN there counts as positive, as the positive gradient of the check does. */
const neighbour: Step = (b, i) => (b[i] as number) + (b[i - 1] <= 0 ? 0 : 0.1);

describe("a broken rule fails exactly the checks of its fault:", () => {
  /** Steps of each tensor, outside of the rule's state. */
  const counts = new WeakMap<ArrayBufferLike, Map<number, number>>();
  const counting: Step = (b, i, _, p) => {
    const places = counts.get(p.buffer) ?? new Map<number, number>();
    counts.set(p.buffer, places);
    const place = p.byteOffset + 4 * i;
    places.set(place, Math.min((places.get(place) ?? 0) + 1, 30));
    return (b[i] as number) * Math.max(1, (places.get(place) as number) - 20);
  };

  test.each<[fault: string, rule: () => unknown, step: Step, fails: string[], says: string | RegExp]>([
    ["nothing, in JavaScript", () => inJavaScript(mean), mean, [], ""],
    ["nothing, in a kernel", () => withKernel({}), mean, [], ""],
    [
      "another formula",
      () => inJavaScript((b, i) => 1.001 * b[i]),
      mean,
      ["reference"],
      /reference: p of matrix after 20 steps with {"weightDecay":0}: element \d+ expected -?[\d.]+, got -?[\d.]+$/,
    ],
    [
      "a hyper-parameter without effect",
      () => inJavaScript(mean, { hyper: { ...hyper, nu: [0.5, "[0,1]"] } }),
      mean,
      ["hyper-parameters"],
      "hyper-parameters: without effect: nu; if one needs other options, name them in `options`",
    ],
    [
      "looks at its neighbour",
      () => inJavaScript(neighbour),
      neighbour,
      ["vectors and tails", "several tensors"],
      /vectors and tails: element \d+ of 19 with {}, compared with it alone: p\[0\] expected -?[\d.]+, got -?[\d.]+\n/,
    ],
    [
      "a tail with other operations",
      () => withKernel({ tail: "moved<T, Full>(pi, mul(add(Rate, Rate), mul(bi, <f32>0.5000001)), Decay)" }),
      mean,
      ["vectors and tails", "addresses"],
      /addresses: arrays 0 bytes after multiples of 16 with {}, compared with adjacent ones: p\[\d+\] expected/,
    ],
    [
      "ignores scale",
      () => withKernel({ x: "add(get<T>(g + i), mul(L2, pi))" }),
      mean,
      ["sign of the gradients"],
      "sign of the gradients: maximize with opposite gradients and {}: does the kernel multiply g by scale?: p[0] expected",
    ],
    [
      "ignores l2",
      () => withKernel({ x: "mul(Scale, get<T>(g + i))" }, { decay: "decoupled" }),
      mean,
      ["l2 weight decay"],
      "l2 weight decay: p with {} and weightDecay, compared with weightDecay·p in the gradient: element 0 expected",
    ],
    [
      "ignores decay",
      () => withKernel({ decay: "None" }),
      mean,
      ["decoupled weight decay"],
      /decoupled weight decay: p\[0\] with {} and gradients of 0 expected closer to 0 with weightDecay than (-[\d.]+) without, got \1: does the kernel subtract decay·p\?$/,
    ],
    [
      "writes after the last element",
      () => withKernel({ last: "store<f32>(p + last, 1);" }),
      mean,
      ["parts of an array", "addresses", "threads"],
      /addresses: a step with {} wrote outside of the arrays, at byte \d+\n/,
    ],
    [
      "writes before the first element",
      () => withKernel({ last: "store<f32>(p + offset(begin) - 4, 1);" }),
      mean,
      ["parts of an array", "addresses", "threads"],
      /addresses: a step with {} wrote outside of the arrays, at byte \d+\n/,
    ],
    [
      "a NaN reaches its neighbour",
      () => inJavaScript((b, i) => b[i] + 0 * (b[i ^ 1] ?? 0)),
      mean,
      ["NaN"],
      "NaN: a NaN gradient in element 5 with {} changes another one: p[4] expected",
    ],
    [
      "hides a NaN",
      () => inJavaScript((b, i) => b[i] || 0),
      mean,
      ["NaN"],
      "NaN: p[5] with {} expected NaN, as its gradient, got a number",
    ],
    [
      "0/0 for a gradient of 0",
      () => inJavaScript((b, i) => b[i] / Math.abs(b[i])),
      sign,
      ["reference", "decoupled weight decay", "gradients of 0 and of any size"],
      "gradients of 0 and of any size: gradients of ±0 with {} make p[0] NaN",
    ],
    [
      "squares gradients without gradientLimit",
      () => inJavaScript((b, i) => b[i] / Math.sqrt(1 + Math.fround(b[i] ** 2))),
      (b, i) => b[i] / Math.sqrt(1 + b[i] ** 2),
      [],
      "",
    ],
    [
      "overflows",
      () => inJavaScript((b, i) => Math.fround(b[i] ** 2) / Math.sqrt(1 + Math.fround(b[i] ** 4))),
      (b, i) => b[i] ** 2 / Math.sqrt(1 + b[i] ** 4),
      ["gradients of 0 and of any size"],
      /make p\[\d+\] NaN: set gradientLimit \(2\^60 for rules that square gradients\)$/,
    ],
    [
      "state in a closure",
      () => inJavaScript(counting),
      mean,
      ["snapshot"],
      /snapshot: after restoring, with {}: p\[0\] expected .*; is state kept outside of `state` and `carry`\?$/,
    ],
    [
      "depends on the start of the range",
      () => withKernel({ first: "if (begin > 0) first += 4;" }),
      mean,
      ["parts of an array", "threads"],
      "threads: 2 threads with {}, compared with one: p[8192] expected",
    ],
  ])("%s", async (_, make, step, fails, says) => {
    const rule = await make();
    const failures: string[] = [];
    let message = "";
    try {
      check(rule, { reference: stepOf(step), elementwise: true, threads: pool });
    } catch (error) {
      message = (error as Error).message;
      const [first, ...lines] = message.split("\n");
      expect(first).toBe(`checkRule: broken: ${lines.length} of ${all.length} checks failed`);
      failures.push(...lines.map((line) => line.slice(2, line.indexOf(":"))));
    }
    expect(failures, message).toEqual(fails);
    if (typeof says === "string") expect(message).toContain(says);
    else expect(message).toMatch(says);
  });
});

describe("what a rule hands on is checked in two strict steps first:", () => {
  const rule = async (change: object) => await withKernel({}, change);
  // biome-ignore lint/suspicious/noExplicitAny: passes that do not compile otherwise.
  type Any = any;
  type Pass = (...args: Any[]) => void;
  const scalars = (args: { scalars(...named: unknown[]): void }, { lr, beta }: Record<string, number>) =>
    args.scalars("rate", lr, "beta", beta);

  test.each<[fault: string, change: Record<string, Pass>, says: string]>([
    [
      "a hyper-parameter that does not exist",
      { scalars: (args: Any, values: Any) => scalars(args, { lr: values.lr, beta: values.bta }) },
      "the hyper-parameter bta does not exist; did you mean beta?",
    ],
    [
      "a name for no scalar",
      { scalars: (args: Any, { lr, beta }: Any) => args.scalars(lr, beta) },
      "args.scalars expected a name before each number, got 0.01",
    ],
    [
      "no number",
      { scalars: (args: Any, { lr }: Any) => args.scalars("rate", lr, "beta", undefined) },
      "args.scalars: beta expected a number, got undefined",
    ],
    [
      "too many scalars",
      { scalars: (args: Any) => args.scalars("a", 1, "b", 1, "c", 1, "d", 1, "e", 1, "f", 1) },
      "args.scalars expected at most 5 scalars, got 6",
    ],
    ["too many gains", { scalars: (args: Any) => args.gains(0, 0, 0, 0) }, "args.gains expected at most 3 gains, got 4"],
    ["a gain that is no number", { scalars: (args: Any) => args.gains(Number.NaN) }, "args.gains expected numbers, got NaN"],
    [
      "a state array that does not exist",
      { elementPass: (k: Any, { begin, end, c }: Any, { p, g, v }: Any) => k.broken(begin, end, p, g, v, c) },
      "the array v does not exist; they are",
    ],
    [
      "a kernel that does not exist",
      { elementPass: (k: Any, { begin, end, c }: Any, { p, g, b }: Any) => k.brocken(begin, end, p, g, b, c) },
      "the kernel brocken does not exist; did you mean broken?",
    ],
    [
      "too few arguments",
      { elementPass: (k: Any, { begin, end, c }: Any, { p, g }: Any) => k.broken(begin, end, p, g, c) },
      "the kernel broken has 6 parameters, got 5 arguments",
    ],
    [
      "an argument that is no integer",
      { elementPass: (k: Any, { begin, end, c }: Any, { p, g }: Any) => k.broken(begin, end, p, g, undefined, c) },
      "argument 5 of the kernel broken expected an integer, got undefined",
    ],
  ])("%s", async (_, change, says) => {
    const broken = await rule(change);
    expect(() => check(broken, { reference: stepOf(mean) })).toThrow(
      `checkRule: broken: a step with the defaults throws: ${says}`,
    );
  });

  test("in JavaScript too, and then methods are as before", () => {
    const { scalars, gains } = KernelArguments.prototype;
    const misspelt = inJavaScript(mean, { update: ({ p }: Any, { bta }: Any) => p.fill(bta) });
    expect(() => check(misspelt, { reference: stepOf(mean) })).toThrow(
      "the hyper-parameter bta does not exist; did you mean beta?",
    );
    const mapping = inJavaScript(mean, { update: ({ p }: Any) => p.map((x: number) => x) });
    expect(() => check(mapping, { reference: stepOf(mean) })).toThrow(
      "broken: update expected no result, but changes in p, got [object Float32Array]",
    );
    expect(KernelArguments.prototype.scalars).toBe(scalars);
    expect(KernelArguments.prototype.gains).toBe(gains);
  });
});

test("a reference that replaces an array, in place of changing it, is told so", () => {
  const rule = inJavaScript(mean);
  const reference = (arrays: Record<string, Float64Array>) => {
    arrays.p = arrays.p.map((x) => x);
  };
  expect(() => check(rule, { reference, elementwise: true })).toThrow(
    "\n  reference: the reference replaced p by another array, instead of changing it",
  );
});

describe("wrong options", () => {
  const reference = () => {};
  const throwing = defineRule({
    name: "throwing",
    hyper: { lr: [1, "[0,inf)"] },
    update({ p }) {
      throw new RangeError(`no step of ${p.length} elements`);
    },
  });

  test.each<[rule: unknown, options: unknown, error: Error]>([
    [undefined, {}, new TypeError("checkRule: rule expected a rule, from defineRule or the package, got undefined")],
    [() => 1, {}, new TypeError("checkRule: rule expected a rule, from defineRule or the package, got a function")],
    [sgd.spec, {}, new TypeError("checkRule: rule expected a rule, from defineRule or the package, got [object Object]")],
    [sgd, undefined, new TypeError("checkRule: sgd: reference expected a function, got undefined")],
    [sgd, null, new TypeError("checkRule: sgd: options expected a plain object, got null")],
    [sgd, reference, new TypeError("checkRule: sgd: options expected a plain object, got a function")],
    [sgd, { reference: "p - lr*g" }, new TypeError('checkRule: sgd: reference expected a function, got "p - lr*g"')],
    [
      sgd,
      { reference, tolerence: 1 },
      new TypeError(
        'checkRule: sgd: unknown option "tolerence"; did you mean tolerance? The options are reference, options, tolerance, elementwise, threads',
      ),
    ],
    [sgd, { reference, tolerance: Number.NaN }, new RangeError("checkRule: sgd: tolerance expected in (0,inf), got NaN")],
    [sgd, { reference, tolerance: "1e-5" }, new TypeError('checkRule: sgd: tolerance expected a number in (0,inf), got "1e-5"')],
    [sgd, { reference, elementwise: 1 }, new TypeError("checkRule: sgd: elementwise expected true or false, got 1")],
    [sgd, { reference, threads: 2 }, new TypeError("checkRule: sgd: threads expected a pool made by threads(), got 2")],
    [
      sgd,
      { reference, threads: threads(1) },
      new TypeError("checkRule: sgd: threads expected a pool made by threads(), got [object Promise]; is an await missing?"),
    ],
    [
      sgd,
      { reference, options: { lr: 1 } },
      new TypeError("checkRule: sgd: options expected an array of options, got [object Object]"),
    ],
    [sgd, { reference, options: [1] }, new TypeError("checkRule: sgd: options[0]: options expected a plain object, got 1")],
    [
      sgd,
      { reference, options: [undefined] },
      new TypeError("checkRule: sgd: options[0]: options expected a plain object, got null"),
    ],
    [
      lion,
      { reference, options: [{}, { beta: 1 }] },
      new TypeError(
        'checkRule: lion: options[1]: unknown option "beta"; did you mean beta1? The options are lr, beta1, beta2, weightDecay',
      ),
    ],
    [
      momentum,
      { reference, options: [{ momentum: 2 }] },
      new Error("checkRule: momentum: a step with options[0] throws: momentum: momentum expected in [0,1), got 2"),
    ],
    [throwing, { reference }, new Error("checkRule: throwing: a step with the defaults throws: no step of 15 elements")],
  ])("%#", (rule, options, error) => {
    expect(() => check(rule, options)).toThrow(error);
    expect(() => check(rule, options)).toThrow(error.constructor as never);
  });

  test("the cause of a failing step is the rule's error", () => {
    expect.assertions(1);
    try {
      check(throwing, { reference });
    } catch (error) {
      expect((error as Error).cause).toEqual(new RangeError("no step of 15 elements"));
    }
  });
});

test("the types of the reference are those of the rule", () => {
  expect(() =>
    checkRule(adam, {
      options: [{ eps: 0.1 }],
      reference(arrays, values) {
        // @ts-expect-error
        expect(arrays.b).toBeUndefined();
        // @ts-expect-error
        expect(values.momentum).toBeUndefined();
        expectTypeOf(arrays.m).toEqualTypeOf<Float64Array>();
        expectTypeOf(values.epsHat).toEqualTypeOf<boolean>();
      },
    }),
  ).toThrow("reference: p of matrix after 20 steps");
  // @ts-expect-error
  expect(() => checkRule(adam, {})).toThrow(TypeError);
  // @ts-expect-error
  expect(() => checkRule(adam, { reference() {}, options: [{ momentum: 0.9 }] })).toThrow(TypeError);
});
