// Random calls of every public function with wrong values: each either throws an error of ours and changes nothing, or does what it
// says. The calls are seeded: a failure prints its call, and repeats.

import fc from "fast-check";
import { expect, test } from "vitest";
import type { Hyper } from "../src/engine/spec.js";
import * as simdescent from "../src/index.js";
import {
  arena,
  batches,
  checkGradient,
  findRate,
  fit,
  foreignMemory,
  inspect,
  lbfgs,
  load,
  minimize,
  type Optimizer,
  save,
  saveTo,
  sgd,
  sharpness,
} from "../src/index.js";
import { type AnyRule, allRules } from "./support/configurations.js";
import { nasty } from "./support/nasty.js";

const calls = { rules: 11_000, others: 7_000, promised: 2_000 };

const seed = 1;

/** What came of a call: the place that messages name, what was returned, and whether that is right. */
interface Outcome {
  /** Functions, options and parameters, outermost first, as messages name them. */
  readonly where: readonly string[];
  readonly call: () => unknown;
  /** Throws unless the result is right. */
  readonly right: (result: never) => void;
  /** What may not change when the call is refused. */
  readonly kept?: () => unknown;
}

/** A value, and its name in a report. */
type Value = readonly [name: string, make: () => unknown];

const anything = fc.anything({
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withNullPrototype: true,
  withObjectString: true,
  withSparseArray: true,
  withTypedArray: true,
  maxDepth: 2,
});

const named = (value: unknown): Value => [fc.stringify(value), () => value];

const values: fc.Arbitrary<Value> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...Object.entries(nasty)) },
  { weight: 2, arbitrary: anything.map(named) },
  { weight: 2, arbitrary: fc.double().map(named) },
  { weight: 2, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }).map(named) },
  { weight: 1, arbitrary: fc.integer({ min: -2, max: 50 }).map(named) },
);

// Options of which a large number is right and takes long, or much memory.
const costly = (value: unknown) => typeof value === "number" && value > 100;

function isLong(value: unknown): boolean {
  try {
    return (value as unknown[]).length > 100 && (value as unknown[])[0] === 1;
  } catch {
    return false;
  }
}

function near(interval: string, x: number): boolean {
  const [low, high] = interval
    .slice(1, -1)
    .split(",")
    .map((end) => (end === "inf" ? 3.4028234663852886e38 : Number(end)));
  const above = interval.startsWith("[") ? x >= (low as number) : x > (low as number);
  const below = interval.endsWith("]") || interval.endsWith("inf)") ? x <= (high as number) : x < (high as number);
  return above && below && (x === 0 || Math.fround(x) !== 0);
}

/** Throws unless an optimizer may have got this value of a hyper-parameter. */
function checkHyper([, interval]: Hyper, value: unknown, current: unknown): void {
  if (interval === "boolean") expect(value).toBeTypeOf("boolean");
  else if (typeof value !== "function") expect(near(interval, value as number)).toBe(true);
  expect(current).toBeTypeOf(interval === "boolean" ? "boolean" : "number");
}

const picture = (opt: Optimizer) =>
  JSON.stringify([
    opt.t,
    opt.skipped,
    { ...opt.current },
    opt.params,
    opt.grads,
    opt.state,
    opt.groups.map(({ frozen }) => frozen),
  ]);

/** An optimizer two steps old for each rule, which calls try to spoil. */
const old = new Map<AnyRule, Optimizer>();

function made(rule: AnyRule): Optimizer {
  const before = old.get(rule);
  if (before) return before;
  const opt = rule({ w: Float32Array.of(1, -2, 3), b: [2, 2] }, { accumulate: true, groups: [{ match: ["b"] }] });
  old.set(rule, opt);
  for (let t = 0; t < 2; t++) {
    opt.grads.w.fill(0.5);
    opt.grads.b.fill(-0.25);
    opt.step();
  }
  return opt;
}

/** Throws unless the optimizer goes on: a step is done, or refused by an error of ours. */
function goesOn(opt: Optimizer): void {
  const { t } = opt;
  for (const grads of Object.values<Float32Array>(opt.grads)) grads.fill(0.5);
  const error = thrown(() => opt.step());
  if (error) expect(error.message).toMatch(new RegExp(`^${opt.spec.name}: `));
  else expect(opt.t).toBe(t + 1);
}

function thrown(call: () => unknown): Error | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** The sum of squares of all numbers, however they are given. */
function bowl(x: Float32Array | object, g: Float32Array | object): number {
  if (!(x instanceof Float32Array))
    return Object.keys(x).reduce((sum, name) => sum + bowl(x[name as never], g[name as never]), 0);
  let sum = 0;
  for (const [i, value] of x.entries()) {
    sum += value * value;
    (g as Float32Array)[i] = 2 * value;
  }
  return sum;
}

const featureOptions = {
  ema: ["decay", "warmup"],
  swa: ["start", "every"],
  lookahead: ["every", "rate"],
  sam: ["radius", "adaptive"],
  noise: ["eta", "gamma", "seed"],
  lossScale: ["initial", "growth", "backoff", "interval"],
  memory: ["memory", "allocate", "params", "grads"],
};

const around = [
  "decay",
  "groups",
  "threads",
  "maximize",
  "clipValue",
  "clipAdaptive",
  "clipTensorNorm",
  "clipNorm",
  "centralize",
  "accumulate",
  "nonFinite",
  "maxSkips",
  "zeroGrad",
  ...Object.keys(featureOptions),
];

const ruleCalls: ((rule: AnyRule, value: unknown, pick: number) => Outcome)[] = [
  // Parameters.
  (rule, value) => ({
    where: [rule.spec.name],
    call: () => rule(value as never),
    right: (opt: Optimizer) => expect(Object.keys(opt.params)).toEqual(Object.keys(value as object)),
  }),
  (rule, value, pick) => ({
    where: [rule.spec.name],
    call: () => rule({ b: 2, w: value as never }, { memory: pick % 2 ? arena() : undefined }),
    right: (opt: Optimizer) => {
      const initial = Object.hasOwn(value as object, "values") ? (value as { values: unknown }).values : value;
      const shape = typeof initial === "number" ? [initial] : Array.isArray(initial) ? (initial as number[]) : undefined;
      if (shape) expect(opt.params.w.length).toBe(shape.reduce((product, size) => product * size, 1));
      else expect([...opt.params.w]).toEqual([...(initial as Float32Array)]);
    },
  }),
  // Options.
  (rule, value) => ({ where: [rule.spec.name], call: () => rule({ w: 3 }, value as never), right: goesOn }),
  (rule, value, pick) => {
    const names = [...Object.keys(rule.spec.hyper), ...around];
    const name = names[pick % names.length] as string;
    return {
      where: [rule.spec.name, name],
      call: () => rule({ w: 3, b: [2, 2] }, { [name]: value }),
      right: (opt: Optimizer) => {
        const hyper = rule.spec.hyper[name];
        if (hyper && value !== undefined) checkHyper(hyper, opt.hyper[name], opt.current[name]);
        goesOn(opt);
      },
    };
  },
  (rule, value, pick) => {
    const features = Object.entries(featureOptions).flatMap(([feature, names]) => names.map((name) => [feature, name] as const));
    const [feature, name] = features[pick % features.length] as readonly [string, string];
    const memory = { memory: new WebAssembly.Memory({ initial: 1 }), allocate: () => 4096, params: { w: 1024 } };
    const others = feature === "noise" ? { eta: 0.1 } : feature === "memory" ? memory : {};
    return {
      where: [rule.spec.name, feature, name],
      call: () => {
        const settings = { ...others, [name]: value };
        return rule({ w: 3 }, { [feature]: feature === "memory" ? foreignMemory(settings as never) : settings });
      },
      right: (opt: Optimizer) => (opt.sam ? opt.shift() : goesOn(opt)),
    };
  },
  (rule, value, pick) => {
    const names = ["match", "frozen", ...Object.keys(rule.spec.hyper), "decay"];
    const name = names[pick % names.length] as string;
    return {
      where: [rule.spec.name, "groups[0]", name],
      call: () => rule({ w: 3, b: [2, 2] }, { groups: [{ match: ["w"], [name]: value }] }),
      right: goesOn,
    };
  },
  // Methods.
  (rule, value) => ({
    where: [rule.spec.name],
    call: () => made(rule).step(value as never, { w: new Float32Array(3), b: new Float32Array(4) }),
    right: () => expect(value).toBe(undefined),
    kept: () => picture(made(rule)),
  }),
  (rule, value, pick) => ({
    where: [rule.spec.name, pick % 2 ? "params" : "grads"],
    call: () => {
      const arrays = { w: new Float32Array(3), b: new Float32Array(4) };
      const given = { ...arrays, w: value as Float32Array };
      return pick % 2 ? made(rule).step(given, { ...arrays }) : made(rule).step({ ...arrays }, given);
    },
    right: () => {
      expect(value).toBeInstanceOf(Float32Array);
      expect((value as Float32Array).length).toBe(3);
      if (pick % 2) expect(value).toEqual(new Float32Array(made(rule).params.w));
    },
    kept: () => picture(made(rule)),
  }),
  (rule, value) => ({
    where: [rule.spec.name, "accumulate"],
    call: () => made(rule).accumulate(value as never),
    right: () => {
      if (value !== undefined) expect(near("[1e-30,1e30]", value as number)).toBe(true);
      made(rule).discard();
    },
    kept: () => picture(made(rule)),
  }),
  (rule, value) => ({
    where: [rule.spec.name, "firstNonFinite"],
    call: () => made(rule).firstNonFinite(value as never),
    right: () => expect.fail("there is no such array"),
    kept: () => picture(made(rule)),
  }),
  (rule, value) => ({
    where: [rule.spec.name, "relocate"],
    call: () => made(rule).relocate(value as never),
    right: () => expect.fail("it has no other memory"),
    kept: () => picture(made(rule)),
  }),
  // Assignments.
  (rule, value, pick) => {
    const names = [...Object.keys(rule.spec.hyper), "learningRate"];
    const name = names[pick % names.length] as string;
    const opt = made(rule);
    const before = { ...opt.hyper };
    return {
      where: [rule.spec.name, name],
      call: () => Object.assign(opt.hyper, { [name]: value }),
      right: () => {
        expect(opt.hyper[name]).toBe(value);
        checkHyper(rule.spec.hyper[name] as Hyper, value, opt.current[name]);
        Object.assign(opt.hyper, { [name]: before[name] });
      },
      kept: () => [opt.hyper[name], picture(opt)],
    };
  },
  (rule, value) => {
    const [group] = made(rule).groups as [Optimizer["groups"][number]];
    return {
      where: [rule.spec.name, "frozen"],
      call: () => Object.assign(group, { frozen: value }),
      right: () => {
        expect(group.frozen).toBe(value);
        group.frozen = false;
      },
      kept: () => picture(made(rule)),
    };
  },
  (rule, value, pick) => {
    const names = ["params", "grads", "state", "hyper", "current", "t", "lr", "learningRate", "groups", "accumulate", "foo"];
    const name = names[pick % names.length] as string;
    return {
      where: [rule.spec.name, name],
      call: () => Object.assign(made(rule), { [name]: value }),
      right: () => {
        expect([name, typeof value]).toEqual(["accumulate", "function"]);
        Reflect.deleteProperty(made(rule), name);
      },
      kept: () => picture(made(rule)),
    };
  },
];

const times = [0, 1, 7, 1000];

function finite(schedule: (t: number) => number): void {
  for (const t of times) expect(schedule(t)).toBeGreaterThanOrEqual(0);
}

/** Throws unless a schedule gives numbers, or says which of the caller's, of which it is made, gives none. */
function numeric(schedule: (t: number) => number): void {
  for (const t of times) {
    const error = thrown(() => expect(schedule(t)).toBeTypeOf("number"));
    const what = /^(product: factor 2|sequence: schedules\[0\]|warmup: after) at t = \d+ expected a number, got /;
    if (error) expect(error.message).toMatch(what);
  }
}

/** Schedules by name: options that are right. */
const schedules = {
  linear: { steps: 10, end: 0 },
  polynomialDecay: { steps: 10, power: 2, end: 0 },
  stepDecay: { every: 3, factor: 0.5 },
  multiStepDecay: { milestones: [2, 4], factor: 0.5 },
  exponentialDecay: { factor: 0.5, steps: 2 },
  inverseTimeDecay: { rate: 0.1 },
  inverseSqrtDecay: { rate: 0.1 },
  noam: { warmup: 5 },
  cosineDecay: { steps: 10, end: 0 },
  cosineRestarts: { steps: 5, stretch: 2, factor: 0.5, end: 0 },
  cyclic: { peak: 1, up: 5, down: 3, mode: "triangular", factor: 1 },
  oneCycle: {
    steps: 10,
    pctStart: 0.3,
    divFactor: 25,
    finalDivFactor: 1e4,
    anneal: "cosine",
    threePhase: false,
    baseMomentum: 0.85,
    maxMomentum: 0.95,
  },
  warmup: { steps: 5, start: 0 },
  warmupStableDecay: { warmup: 3, stable: 3, decay: 3, anneal: "linear", start: 0, end: 0 },
  reduceOnPlateau: {
    mode: "min",
    factor: 0.1,
    patience: 10,
    threshold: 1e-4,
    thresholdMode: "rel",
    cooldown: 0,
    min: 0,
    eps: 1e-8,
  },
};

type ScheduleName = keyof typeof schedules;

const scheduleNames = Object.keys(schedules) as ScheduleName[];

const scheduleOf = { ...simdescent } as unknown as Record<ScheduleName, (start: unknown, options: unknown) => unknown>;

function followSchedule(name: ScheduleName) {
  return (result: unknown) => {
    if (name === "oneCycle") finite((result as { lr: (t: number) => number }).lr);
    else (name === "warmup" ? numeric : finite)(result as (t: number) => number);
  };
}

const option = (options: readonly string[], pick: number) => options[pick % options.length] as string;

const otherCalls: ((value: unknown, pick: number) => Outcome | undefined)[] = [
  (value, pick) => {
    const name = scheduleNames[pick % scheduleNames.length] as ScheduleName;
    return { where: [name], call: () => scheduleOf[name](value, schedules[name]), right: followSchedule(name) };
  },
  (value, pick) => {
    const name = scheduleNames[pick % scheduleNames.length] as ScheduleName;
    return { where: [name], call: () => scheduleOf[name](1, value), right: followSchedule(name) };
  },
  (value, pick) => {
    const all = scheduleNames.flatMap((name) => Object.keys(schedules[name]).map((key) => [name, key] as const));
    const [name, key] = all[pick % all.length] as readonly [ScheduleName, string];
    return {
      where: [name, key],
      call: () => scheduleOf[name](1, { ...schedules[name], [key]: value }),
      right: followSchedule(name),
    };
  },
  (value) => ({ where: ["constant"], call: () => simdescent.constant(value as never), right: finite }),
  (value) => ({ where: ["product"], call: () => simdescent.product(1, value as never), right: numeric }),
  (value) => ({ where: ["sequence", "schedules"], call: () => simdescent.sequence(value as never, []), right: numeric }),
  (value) => ({ where: ["sequence", "milestones"], call: () => simdescent.sequence([1, 2], value as never), right: finite }),
  (value) => {
    const schedule = simdescent.reduceOnPlateau(1);
    return {
      where: ["reduceOnPlateau", "report"],
      call: () => schedule.report(value as never),
      right: () => expect(value).toBeTypeOf("number"),
      kept: () => schedule.state,
    };
  },
  (value, pick) => {
    const schedule = simdescent.reduceOnPlateau(1);
    const name = option(["value", "best", "bad", "cooldown"], pick);
    return {
      where: ["reduceOnPlateau", "state"],
      call: () => Object.assign(schedule, { state: pick % 5 ? { ...schedule.state, [name]: value } : value }),
      right: () => finite(schedule),
      kept: () => schedule.state,
    };
  },
  (value, pick) => ({
    where: ["earlyStopping", option(["patience", "minDelta"], pick)],
    call: () => simdescent.earlyStopping({ patience: 2, [option(["patience", "minDelta"], pick)]: value } as never),
    right: (stop: (report: object) => boolean) => expect(stop({ epoch: 0, step: 1, loss: 1 })).toBe(false),
  }),
  (value) => ({
    where: ["earlyStopping"],
    call: () => simdescent.earlyStopping({ patience: 2 })(value as never),
    right: (stops: boolean) => expect(stops).toBe(false),
  }),
  (value, pick) => {
    if (costly(value)) return undefined;
    const name = option(["count", "size", "shuffle", "seed", "epoch", "dropLast"], pick);
    return {
      where: ["batches", name],
      call: () => batches(...((name === "count" ? [value] : [20, { [name]: value }]) as [number, object])),
      right: (given: Iterable<Uint32Array>) => {
        const indices = [...given].flatMap((batch) => [...batch]);
        expect(new Set(indices).size).toBe(indices.length);
        expect(indices.every((i) => i < (name === "count" ? (value as number) : 20))).toBe(true);
      },
    };
  },
  (value, pick) => {
    const name = option(["f", "x", "tolerance"], pick);
    const call = { f: [value, [1]], x: [bowl, value], tolerance: [bowl, [1], { tolerance: value }] }[name as "f"];
    if (name === "x" && isLong(value)) return undefined; // is right, and takes long
    return {
      where: ["checkGradient", name],
      call: () => checkGradient(...(call as [never, number[]])),
      right: ({ ok, error }: { ok: boolean; error: number }) => expect([typeof ok, typeof error]).toEqual(["boolean", "number"]),
    };
  },
  (value, pick) => {
    const name = option(["f", "x0", "result"], pick);
    const flat = (_x: Float32Array, g: Float32Array) => {
      g.fill(1);
      return value;
    };
    const call = { f: [value, [1]], x0: [bowl, value], result: [flat, [1], { steps: 5 }] };
    return {
      where: ["minimize", name === "result" ? "f" : name],
      call: () => minimize(...(call[name as "f"] as [never, number[]])),
      right: ({ reason }: { reason: string }) => expect(reason).toBeTypeOf("string"),
    };
  },
  (value, pick) => {
    if (costly(value)) return undefined;
    const name = option(["optimizer", "gradientTolerance", "changeTolerance", "steps", "evaluations", "seconds", "onStep"], pick);
    return {
      where: ["minimize", name],
      call: () => minimize(bowl, [1, 2], { [name]: value, ...(name === "steps" ? {} : { steps: 10 }) }),
      right: ({ value: least }: { value: number }) => expect(least).toBeLessThanOrEqual(5),
    };
  },
  (value) => ({
    where: ["lbfgs"],
    call: () => lbfgs(value as never),
    right: (opt: { params: object }) => expect(Object.keys(opt.params)).toEqual(Object.keys(value as object)),
  }),
  (value, pick) => {
    if (costly(value)) return undefined;
    const names = ["lr", "iterations", "evaluations", "gradientTolerance", "changeTolerance", "history", "lineSearch"];
    const name = option(names, pick);
    return {
      where: ["lbfgs", name],
      call: () => {
        const opt = lbfgs({ x: Float32Array.of(1, 2) }, { [name]: value });
        if (name !== "lr") opt.step(() => bowl(opt.params.x, opt.grads.x));
        return opt;
      },
      right: (opt: { t: number }) => expect(opt.t).toBe(name === "lr" ? 0 : opt.t),
    };
  },
  (value, pick) => {
    const opt = lbfgs({ x: Float32Array.of(1, 2) });
    return {
      where: ["lbfgs"],
      call: () => opt.step((pick % 2 ? value : () => value) as never),
      right: (loss: number) => expect(loss).toBeTypeOf("number"),
      kept: () => [...opt.params.x],
    };
  },
  (value, pick) => {
    if (costly(value)) return undefined;
    const opt = made(sgd as unknown as AnyRule);
    const name = option(
      ["optimizer", "count", "batch", "gradient", "shuffle", "seed", "dropLast", "from", "to", "steps", "smoothing"],
      pick,
    );
    const options = { count: 4, gradient: () => 1, steps: 3, [name]: value };
    return {
      where: ["findRate", name],
      call: () => findRate((name === "optimizer" ? value : opt) as never, options as never),
      right: ({ rates }: { rates: number[] }) => expect(rates.length).toBeGreaterThan(0),
      kept: () => picture(opt),
    };
  },
  (value, pick) => {
    if (costly(value)) return undefined;
    const opt = made(sgd as unknown as AnyRule);
    const name = option(["optimizer", "loss", "radius", "adaptive", "steps", "samples", "seed"], pick);
    const loss = name === "loss" ? value : () => 1;
    const options = name === "optimizer" || name === "loss" ? {} : { [name]: value };
    return {
      where: ["sharpness", name],
      call: () =>
        sharpness((name === "optimizer" ? value : opt) as never, loss as never, { steps: 2, samples: 2, ...options } as never),
      right: ({ worst }: { worst: number }) => expect(worst).toBeTypeOf("number"),
      kept: () => [...opt.params.w],
    };
  },
  (value, pick) => {
    const opt = made(sgd as unknown as AnyRule);
    const name = option(["optimizer", "extra", "only", "options", "write"], pick);
    const options = name === "options" ? value : name === "extra" || name === "only" ? { [name]: value } : undefined;
    const target = name === "optimizer" ? value : opt;
    return {
      where: [name === "write" ? "saveTo" : "save", ...(name === "options" ? [] : [name])],
      call: () => (name === "write" ? saveTo(opt, value as never) : save(target as never, options as never)),
      right: (file: Uint8Array) => {
        if (name === "write") expect(value).toBeTypeOf("function");
        else expect(JSON.stringify(inspect(file).extra)).toBe(name === "extra" ? JSON.stringify(value) : undefined);
      },
      kept: () => picture(opt),
    };
  },
  (value, pick) => {
    const opt = made(sgd as unknown as AnyRule);
    const names = ["optimizer", "file", "options", "t", "only", "rename", "missing", "unused", "differences"];
    const name = option(names, pick);
    const given = name === "options" ? value : name === "optimizer" || name === "file" ? undefined : { [name]: value };
    return {
      where: name === "file" ? ["checkpoint", name] : ["load", ...(name === "options" ? [] : [name])],
      call: () =>
        load((name === "optimizer" ? value : opt) as never, (name === "file" ? value : save(opt)) as never, given as never),
      right: ({ t }: { t: number }) => expect(t).toBe(opt.t),
      kept: () => picture(opt),
    };
  },
  (value) => ({
    where: ["checkpoint", "file"],
    call: () => inspect(value as never),
    right: () => expect.fail("it is no file"),
  }),
  (value) => ({ where: ["defineRule"], call: () => simdescent.defineRule(value as never), right: () => expect.fail("no rule") }),
  (value, pick) => {
    const parts = [
      "name",
      "hyper",
      "state",
      "kernels",
      "carry",
      "ordered",
      "decay",
      "update",
      "twoPhase",
      "gradientLimit",
      "perTensor",
    ];
    const part = parts[pick % parts.length] as string;
    const description = { name: "own", hyper: { lr: [0.1, "[0,inf)"] }, update: () => {}, [part]: value };
    return {
      where: ["defineRule", ...(part === "name" ? [] : ["own"]), part],
      call: () => simdescent.defineRule(description as never),
      right: (rule: AnyRule) => expect(rule({ w: 3 }).t).toBe(0),
    };
  },
  (value) => ({
    where: ["kernelModule", "code"],
    call: () => simdescent.kernelModule(value as never, { own: "elements" }),
    right: () => expect.fail("no module"),
  }),
  (value, pick) => ({
    where: ["power", pick % 2 ? "base" : "exponent"],
    call: () => (pick % 2 ? simdescent.power(value as never, 3) : simdescent.power(0.5, value as never)),
    right: (result: number) => expect(typeof result).toBe("number"),
  }),
  (value) => ({ where: ["useModule"], call: () => simdescent.useModule(value as never), right: () => expect.fail("no module") }),
];

const fitOptions = [
  "count",
  "batch",
  "epochs",
  "microBatch",
  "twoPhase",
  "validation",
  "restoreBest",
  "shuffle",
  "seed",
  "dropLast",
].concat(["gradient", "onStep", "onEpoch", "stop", "optimizer", "options", "result"]);

const laterCalls: ((value: unknown, pick: number) => Outcome | undefined)[] = [
  (value, pick) => {
    if (costly(value)) return undefined;
    const name = option(fitOptions, pick);
    // What awaiting it throws passes through, as what the function throws.
    if (name === "result" && thrown(() => (value as PromiseLike<unknown> | undefined)?.then)) return undefined;
    const opt = sgd({ w: 2 }, { accumulate: true });
    const usual = { count: 4, epochs: 1, batch: 2, gradient: () => (name === "result" ? value : 1), [name]: value };
    const { result: _result, options, optimizer, ...given } = usual as Record<string, unknown>;
    return {
      where: ["fit", ...(name === "options" ? [] : [name === "result" ? "gradient" : name])],
      call: () => fit((name === "optimizer" ? optimizer : opt) as never, (name === "options" ? options : given) as never),
      right: ({ loss, ended }: { loss: number[]; ended: string }) => {
        expect(["epochs", "stop", "signal"]).toContain(ended);
        expect(opt.t).toBe(loss.length);
      },
      kept: () => [...opt.params.w],
    };
  },
  (value) => {
    const count = value === undefined || (typeof value === "number" && Number.isInteger(value) && value > 1 && value <= 64);
    if (count) return undefined; // which is right, and starts workers
    return {
      where: ["threads"],
      call: () => simdescent.threads(value as never),
      right: ({ size }: { size: number }) => expect(size).toBe(value),
    };
  },
];

/** Throws unless an error is one of ours, which names the place and shows the value in few words. */
function checkError(error: unknown, where: readonly string[]): void {
  expect(error).toBeInstanceOf(Error);
  const { name, message } = error as Error;
  expect(message.length).toBeLessThan(1000);
  if (name === "NonFiniteError") return;
  if (name === "CheckpointError") {
    expect(message).toMatch(/^(checkpoint|load): .* expected |^load: the (file|optimizer) has no /);
    return;
  }
  expect(["TypeError", "RangeError"]).toContain(name);
  expect(message).toMatch(new RegExp(`^${where[0]}(:| expected )`));
  expect(message).toMatch(
    /, got |cannot be read$|unknown (option|parameter) |exceed|share memory|expected (a rule|the option|no option)|match(es)? /,
  );
  // A wrong object of options is named as such; so are the numbers that together are too many.
  const whole = /the first loss|options expected|unknown option|unknown parameter|exceed one|cannot be read/.test(message);
  if (!whole) for (const place of where.slice(1)) expect(message).toContain(place);
}

async function checkLater({ where, call, right, kept }: Outcome): Promise<void> {
  const before = kept?.();
  let result: unknown;
  try {
    result = await call();
  } catch (error) {
    checkError(error, where);
    expect(kept?.()).toEqual(before);
    return;
  }
  right(result as never);
}

function check({ where, call, right, kept }: Outcome): void {
  const before = kept?.();
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    checkError(error, where);
    expect(kept?.()).toEqual(before);
    return;
  }
  right(result as never);
}

/** Values, and two numbers to pick a call and an option by. */
const random = [values, fc.nat(10_000), fc.nat(10_000)] as const;

const seeded = (numRuns: number) => ({ seed, numRuns });

const timeout = 300_000;

test(`${calls.rules} calls of rules and optimizers`, { timeout }, () => {
  const property = fc.property(...random, ([, make], first, second) => {
    const rule = allRules[first % allRules.length] as AnyRule;
    check(
      (ruleCalls[second % ruleCalls.length] as (typeof ruleCalls)[number])(rule, make(), Math.floor(second / ruleCalls.length)),
    );
  });
  fc.assert(property, seeded(calls.rules));
});

test(`${calls.others} calls of other functions`, { timeout }, () => {
  const property = fc.property(...random, ([, make], first, second) => {
    const outcome = (otherCalls[first % otherCalls.length] as (typeof otherCalls)[number])(make(), second);
    if (outcome) check(outcome);
  });
  fc.assert(property, seeded(calls.others));
});

test(`${calls.promised} calls of functions that return promises`, { timeout }, async () => {
  const property = fc.asyncProperty(...random, async ([, make], first, second) => {
    const outcome = (laterCalls[first % 4 === 0 ? 1 : 0] as (typeof laterCalls)[number])(make(), second);
    if (outcome) await checkLater(outcome);
  });
  await fc.assert(property, seeded(calls.promised));
});

test("each public function is called", () => {
  const source = [...ruleCalls, ...otherCalls, ...laterCalls].join();
  const called = (name: string) => source.includes(name) || name in schedules || allRules.some(({ spec }) => spec.name === name);
  expect(Object.keys(simdescent).filter((name) => !called(name))).toEqual(["CheckpointError", "NonFiniteError", "rules"]);
});
