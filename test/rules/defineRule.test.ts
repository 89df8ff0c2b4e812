import { afterAll, describe, expect, expectTypeOf, test, vi } from "vitest";
import {
  adam,
  arena,
  cosineDecay,
  defineRule,
  findRate,
  fit,
  foreignMemory,
  kernelModule,
  lion,
  minimize,
  rmsprop,
  type Schedule,
  sgd,
  threads,
} from "../../src/index.js";
import { relativeError } from "../support/compare.js";
import { compileKernels } from "../support/compileKernels.js";
import type { AnyRule } from "../support/configurations.js";
import { everything, feed, make, run, shapes } from "../support/runs.js";

const pool = await threads(2);
afterAll(() => pool.close());

const any = (rule: unknown) => rule as AnyRule;
const lr = [1e-2, "[0,inf)"] as const;
const update = () => {};

/** Two kernels that change nothing. */
const nothing = await compileKernels(`
  export function idle(begin: u32, end: u32): void { store<f32>(0, load<f32>(0)); }
  export function lazy(begin: u32, end: u32): void { store<f32>(4, load<f32>(4)); }`);
const idle = kernelModule(nothing, { idle: "elements" });

describe("wrong descriptions", () => {
  const named = (more: object) => ({ name: "mine", hyper: { lr }, update, ...more });
  const form =
    'an array [default, interval] such as [0.9, "[0,1)"] (without spaces; inf, but not -inf), or [true, "boolean", "fixed"]';
  const aName = "a name of letters, digits and _, like adam or my_rule";

  test.each<[description: unknown, error: Error | RegExp]>([
    [undefined, new TypeError("defineRule: options expected a plain object, got null")],
    [sgd, new TypeError("defineRule: options expected a plain object, got a function")],
    [
      named({ updates: update }),
      /^defineRule: unknown option "updates"; did you mean update\? The options are name, hyper, ordered, kernels, /,
    ],
    [{ hyper: { lr }, update }, new TypeError(`defineRule: name expected ${aName}, got undefined`)],
    [named({ name: "my rule" }), new RangeError(`defineRule: name expected ${aName}, got "my rule"`)],
    [named({ name: "" }), new RangeError(`defineRule: name expected ${aName}, got ""`)],

    [
      named({ hyper: undefined }),
      new TypeError("defineRule: mine: hyper expected a plain object of [default, interval], got undefined"),
    ],
    [named({ hyper: [lr] }), /^defineRule: mine: hyper expected a plain object of \[default, interval\], got \[\[0\.01, /],
    [named({ hyper: {} }), new TypeError("defineRule: mine: hyper expected lr, the learning rate, got nothing")],
    [
      named({ hyper: { rate: lr, beta: lr } }),
      new TypeError("defineRule: mine: hyper expected lr, the learning rate, got rate, beta"),
    ],
    [named({ hyper: { lr: 0.1 } }), new TypeError(`defineRule: mine: hyper.lr expected ${form}, got 0.1`)],
    [named({ hyper: { lr: [0.1] } }), new RangeError(`defineRule: mine: hyper.lr expected ${form}, got [0.1]`)],
    [
      named({ hyper: { lr: [0.1, "0 to 1"] } }),
      new RangeError(`defineRule: mine: hyper.lr expected ${form}, got [0.1, "0 to 1"]`),
    ],
    [
      named({ hyper: { lr: [0.1, "[0, 1)"] } }),
      new RangeError(`defineRule: mine: hyper.lr expected ${form}, got [0.1, "[0, 1)"]`),
    ],
    [
      named({ hyper: { lr, on: [true, "boolean"] } }),
      new RangeError(`defineRule: mine: hyper.on expected ${form}, got [true, "boolean"]`),
    ],
    [
      named({ hyper: { lr, on: [1, "boolean", "fixed"] } }),
      new RangeError(`defineRule: mine: hyper.on expected ${form}, got [1, "boolean", "fixed"]`),
    ],
    [
      named({ hyper: { lr: [...lr, "fixed", 1] } }),
      new RangeError(`defineRule: mine: hyper.lr expected ${form}, got [0.01, "[0,inf)", "fixed", 1]`),
    ],
    [named({ hyper: { lr: [-1, "[0,inf)"] } }), new RangeError("defineRule: mine: hyper.lr expected in [0,inf), got -1")],
    [
      named({ hyper: { lr: ["1", "[0,inf)"] } }),
      new TypeError('defineRule: mine: hyper.lr expected a number in [0,inf), got "1"'),
    ],
    [
      named({ hyper: { lr: [Number.NaN, "[0,inf)"] } }),
      new RangeError("defineRule: mine: hyper.lr expected in [0,inf), got NaN"),
    ],
    [named({ hyper: { lr, β: lr } }), new RangeError(`defineRule: mine: hyper expected ${aName}, got "β"`)],
    [named({ hyper: { lr, ["__proto__"]: lr } }), new RangeError(`defineRule: mine: hyper expected ${aName}, got "__proto__"`)],
    [
      named({ hyper: { lr, groups: lr } }),
      /^defineRule: mine: hyper expected another name than decay, groups, threads, .*, got "groups"$/,
    ],
    [
      named({ hyper: { lr, decay: lr } }),
      /^defineRule: mine: hyper expected another name than decay, groups, threads, .*, got "decay"$/,
    ],

    [named({ state: ["m"] }), new TypeError('defineRule: mine: state expected a plain object of names, by slot, got ["m"]')],
    [
      named({ state: { grads: "grads" } }),
      new RangeError('defineRule: mine: state expected another name than p, g, grads, sum, average, slow, scratch, got "grads"'),
    ],
    [named({ state: { m: undefined } }), new TypeError("defineRule: mine: state.m: options expected a plain object, got null")],
    [named({ state: { m: 1 } }), new TypeError("defineRule: mine: state.m: options expected a plain object, got 1")],
    [
      named({ state: { m: {} } }),
      new TypeError("defineRule: mine: state.m: torch expected the name of the array in files, got undefined"),
    ],
    [
      named({ state: { m: { torch: "m", need: "lr" } } }),
      new TypeError(
        'defineRule: mine: state.m: unknown option "need"; did you mean needs? The options are torch, needs, start, shape',
      ),
    ],
    [
      named({ state: { m: { torch: "m", needs: "toString" } } }),
      new RangeError('defineRule: mine: state.m: needs expected one of lr, weightDecay, got "toString"'),
    ],
    [
      named({ hyper: { lr, on: [true, "boolean", "fixed"] }, state: { m: { torch: "m", start: "on" } } }),
      new RangeError('defineRule: mine: state.m: start expected one of lr, weightDecay, got "on"'),
    ],
    [
      named({ state: { m: { torch: "m", start: 1 } } }),
      new TypeError("defineRule: mine: state.m: start expected one of lr, weightDecay, got 1"),
    ],
    [
      named({ state: { m: { torch: "m", shape: 1 } } }),
      new TypeError("defineRule: mine: state.m: shape expected a function, got 1"),
    ],

    [named({ carry: [1] }), new TypeError("defineRule: mine: carry expected a plain object of numbers, got [1]")],
    [named({ carry: { n: "1" } }), new TypeError('defineRule: mine: carry.n expected a number, got "1"')],
    [
      named({ ordered: "lr" }),
      new TypeError('defineRule: mine: ordered expected an array of pairs of hyper-parameters, got "lr"'),
    ],
    [named({ ordered: ["lr"] }), new TypeError('defineRule: mine: ordered expected pairs of hyper-parameters, got "lr"')],
    [
      named({ ordered: [["lr", "valueOf"]] }),
      new RangeError('defineRule: mine: ordered expected one of lr, weightDecay, got "valueOf"'),
    ],
    [
      named({ decay: "L2" }),
      new RangeError('defineRule: mine: decay expected one of l2, decoupled, independent, proximal, inside, got "L2"'),
    ],
    [
      named({ decay: 0.1 }),
      new TypeError("defineRule: mine: decay expected one of l2, decoupled, independent, proximal, inside, got 0.1"),
    ],
    [
      named({ decay: "inside" }),
      new RangeError('defineRule: mine: decay expected one of l2, decoupled, independent, proximal, with update, got "inside"'),
    ],
    [named({ gradientLimit: 0 }), new RangeError("defineRule: mine: gradientLimit expected in (0,inf), got 0")],
    [named({ gradientLimit: 2 ** 200 }), new RangeError(`defineRule: mine: gradientLimit expected in (0,inf), got ${2 ** 200}`)],

    [named({ update: "p -= lr*g" }), new TypeError('defineRule: mine: update expected a function, got "p -= lr*g"')],
    [named({ update: class {} }), new TypeError("defineRule: mine: update expected a function, got a class")],
    [named({ evaluate: 1 }), new TypeError("defineRule: mine: evaluate expected a function, got 1")],
    [named({ update: undefined }), new TypeError("defineRule: mine expected update, elementPass or wholePass: what a step does")],
    [
      named({ kernels: [idle], perTensor: true, elementPass: update }),
      new TypeError("defineRule: mine: update expected to be the whole step, got kernels, perTensor, elementPass beside it"),
    ],
    [named({ twoPhase: update }), new TypeError("defineRule: mine: twoPhase: options expected a plain object, got a function")],
    [named({ twoPhase: {} }), new TypeError("defineRule: mine: twoPhase: shift expected a function, got undefined")],
    [
      named({ twoPhase: { shift: update, gather: 1 } }),
      new TypeError("defineRule: mine: twoPhase: gather expected a function, got 1"),
    ],
    ...(
      [
        [{ perTensor: false }, new TypeError("defineRule: mine: perTensor expected true, or to be left out, got false")],
        [{ absorbsDecay: 1 }, new TypeError("defineRule: mine: absorbsDecay expected true, or to be left out, got 1")],
        [{ scratch: 100 }, new TypeError("defineRule: mine: scratch expected a function, got 100")],
        [
          { kernels: idle },
          new TypeError("defineRule: mine: kernels expected an array of modules from kernelModule(), got [object Object]"),
        ],
        [
          { kernels: [idle, { ...idle }] },
          new TypeError("defineRule: mine: kernels expected modules from kernelModule(), got [object Object]"),
        ],
        [
          { kernels: [idle, kernelModule(nothing, { lazy: "whole", idle: "whole" })] },
          new RangeError('defineRule: mine: kernels expected modules whose kernels have different names, got "idle"'),
        ],
      ] as const
    ).map(([more, error]): [unknown, Error] => [named({ update: undefined, elementPass: update, ...more }), error]),
  ])("%#: %o", (description, error) => {
    const define = () => defineRule(description as never);
    expect(define).toThrow(error);
    if (error instanceof Error) expect(define).toThrow(error.constructor as never);
  });

  test.each([
    [
      "shape",
      { state: { m: { torch: "m", shape: () => [1.5] } } },
      "state.m: shape of [2,3] expected an integer of at least 0, got 1.5",
    ],
    [
      "shape",
      { state: { m: { torch: "m", shape: () => [-1] } } },
      "state.m: shape of [2,3] expected an integer of at least 0, got -1",
    ],
    ["scratch", { scratch: () => Number.NaN }, "scratch of [2,3] expected an integer of at least 0, got NaN"],
  ])("%s that is no number of floats is found when an optimizer is made", (_, more, message) => {
    const rule = any(defineRule({ ...named({ update: undefined, elementPass: update }), ...more } as never));
    expect(() => rule({ w: [2, 3] })).toThrow(new RangeError(`defineRule: mine: ${message}`));
  });

  test("a getter that throws is named, and the rule stays undefined", () => {
    const cause = new Error("no");
    const description = Object.defineProperty(named({}), "state", {
      enumerable: true,
      get: () => {
        throw cause;
      },
    });
    expect(() => defineRule(description as never)).toThrow(new TypeError('defineRule: "state" cannot be read', { cause }));
  });
});

describe("the description", () => {
  const description = () => ({
    name: "copied",
    hyper: { lr: [1e-2, "[0,inf)"], low: [1, "[0,inf)"], high: [2, "[0,inf)"], on: [true, "boolean", "fixed"] },
    ordered: [["low", "high"]],
    state: { m: { torch: "exp_avg", needs: "on", start: "low", shape: () => [2] } },
    carry: { n: 3 },
    twoPhase: { shift: update },
    kernels: [idle],
    elementPass: update,
  });

  /** Everything in an object that can be changed. */
  const open = (value: unknown): unknown[] =>
    typeof value === "object" && value !== null && value !== idle ? [value, ...Object.values(value).flatMap(open)] : [];

  test("is copied: nothing of the caller's is frozen or changed, and later changes have no effect", () => {
    const given = description();
    const rule = any(defineRule(given as never));
    expect(JSON.stringify(given)).toBe(JSON.stringify(description()));
    expect(open(given).length).toBeGreaterThan(8);
    for (const part of open(given)) expect(Object.isFrozen(part)).toBe(false);
    const before = JSON.stringify(rule.spec);
    given.name = "other";
    given.hyper.lr[0] = 7;
    Object.assign(given.hyper, { extra: [1, "[0,inf)"] });
    given.ordered[0].reverse();
    given.ordered.push(["lr", "low"]);
    Object.assign(given.state.m, { torch: "other", needs: "high" });
    Object.assign(given.state, { v: "v" });
    given.carry.n = 9;
    Object.assign(given.twoPhase, { shift: 1 });
    given.kernels.length = 0;
    expect(JSON.stringify(rule.spec)).toBe(before);
    const opt = rule({ w: 3 });
    expect(opt.hyper.lr).toBe(1e-2);
    expect([...(opt.state.m as { w: Float32Array }).w]).toEqual([1, 1]);
    expect({ ...opt.carry }).toEqual({ n: 3 });
    expect(() => rule({ w: 3 }, { low: 3 })).toThrow(new RangeError("copied: low expected at most high, 2, got 3"));
  });

  test("the spec of the rule cannot be changed", () => {
    const { spec } = defineRule(description() as never);
    for (const part of [spec, spec.hyper, spec.hyper.lr, spec.state, spec.carry, spec.ordered]) expect(part).toBeFrozen();
  });

  test.each([
    [{ lr }, [0, "[0,inf)"]],
    [{ lr, weightDecay: [0.1, "[0,1]"] }, [0.1, "[0,1]"]],
  ])("weight decay is added if it is left out: %j", (hyper, expected) => {
    const { spec } = defineRule({ name: "mine", hyper, update } as never);
    expect(spec.hyper.weightDecay).toEqual(expected);
    expect(Object.keys(spec.hyper)).toEqual(["lr", "weightDecay"]);
  });

  test("the function has the rule's name", () => {
    expect(defineRule({ name: "mine", hyper: { lr }, update }).name).toBe("mine");
  });
});

expect.extend({
  toBeFrozen: (value: unknown) => ({ pass: Object.isFrozen(value), message: () => `expected a frozen object, got ${value}` }),
});
declare module "vitest" {
  interface Matchers {
    toBeFrozen(): void;
  }
}

test("types of parameters, options and state are inferred, as for the package's rules", () => {
  const rule = defineRule({
    name: "typed",
    hyper: { lr, rho: [0.9, "[0,1)"], centered: [false, "boolean", "fixed"] },
    state: { v: "square_avg", a: { torch: "grad_avg", needs: "centered" } },
    update({ p, g, v, a }, values, t, shape, carry) {
      expectTypeOf(p).toEqualTypeOf<Float32Array>();
      expectTypeOf(g).toEqualTypeOf<Float32Array>();
      expectTypeOf(v).toEqualTypeOf<Float32Array>();
      expectTypeOf(a).toEqualTypeOf<Float32Array | undefined>();
      expectTypeOf(values.centered).toEqualTypeOf<boolean>();
      expectTypeOf(values.weightDecay).toEqualTypeOf<number>();
      expectTypeOf(t).toEqualTypeOf<number>();
      expectTypeOf(shape).toEqualTypeOf<readonly number[]>();
      expectTypeOf(carry).toEqualTypeOf<Float64Array>();
      // @ts-expect-error
      expect(values.beta).toBeUndefined();
    },
  });
  const opt = rule({ weight: [2, 3], bias: 3 }, { rho: (t) => 1 - 1 / (t + 2), groups: [{ match: ["bias"], rho: 0 }] });
  expectTypeOf<keyof typeof opt.params>().toEqualTypeOf<"weight" | "bias">();
  expectTypeOf<keyof typeof opt.hyper>().toEqualTypeOf<"lr" | "rho" | "centered" | "weightDecay">();
  expectTypeOf(opt.hyper.rho).toEqualTypeOf<number | Schedule>();
  expectTypeOf(opt.current.centered).toEqualTypeOf<boolean>();
  expectTypeOf(opt.state.v.bias).toEqualTypeOf<Float32Array<ArrayBuffer>>();
  expectTypeOf(opt.state.a).toEqualTypeOf<typeof opt.state.v | undefined>();
  expect(opt.state.a).toBeUndefined();
  opt.step();
  // @ts-expect-error
  expect(() => rule({ w: 1 }, { beta: 1 })).toThrow(TypeError);
  // @ts-expect-error
  expect(() => rule({ w: 1 }, { lr: "1" })).toThrow(TypeError);
  // @ts-expect-error
  expect(() => defineRule({ name: "x", hyper: { beta: lr }, update })).toThrow(TypeError);
  // @ts-expect-error
  expect(() => defineRule({ name: "x", hyper: { lr: [0.1, "0..1"] }, update })).toThrow(RangeError);
  // @ts-expect-error
  expect(() => defineRule({ name: "x", hyper: { lr }, state: { m: { torch: "m", needs: "beta" } }, update })).toThrow(RangeError);
  defineRule({
    name: "withKernels",
    hyper: { lr },
    kernels: [idle],
    elementPass(k, { begin, end, c }, at) {
      expectTypeOf(at.p).toEqualTypeOf<number>();
      k.idle(begin, end);
      k.axpy(begin, end, at.p, at.p, at.p, c);
      // @ts-expect-error
      expect(k.lazy).toBeUndefined();
      // @ts-expect-error
      expect(at.m).toBeUndefined();
    },
  })({ w: 1 }).step();
});

/** Rules of the package, written anew in JavaScript. */
const pairs = {
  sgd: {
    ours: any(sgd),
    options: { lr: 0.01 },
    own: defineRule({
      name: "ownSgd",
      hyper: { lr },
      update({ p, g }, { lr }) {
        for (let i = 0; i < p.length; i++) p[i] -= lr * g[i];
      },
    }),
  },
  adam: {
    ours: any(adam),
    options: { lr: 0.01 },
    own: defineRule({
      name: "ownAdam",
      hyper: { lr, beta1: [0.9, "[0,1)"], beta2: [0.999, "[0,1)"], eps: [1e-8, "[0,inf)"] },
      state: { m: "exp_avg", v: "exp_avg_sq" },
      gradientLimit: 2 ** 60,
      update({ p, g, m, v }, { lr, beta1, beta2, eps }, t) {
        for (let i = 0; i < p.length; i++) {
          m[i] = beta1 * m[i] + (1 - beta1) * g[i];
          v[i] = beta2 * v[i] + (1 - beta2) * g[i] ** 2;
          p[i] -= (lr * m[i]) / (1 - beta1 ** t) / (Math.sqrt(v[i] / (1 - beta2 ** t)) + eps);
        }
      },
    }),
  },
  rmsprop: {
    ours: any(rmsprop),
    options: { lr: 0.01, momentum: 0.5, centered: true },
    own: defineRule({
      name: "ownRmsprop",
      hyper: {
        lr,
        rho: [0.99, "[0,1)"],
        eps: [1e-8, "[0,inf)"],
        momentum: [0, "[0,1)"],
        centered: [false, "boolean", "fixed"],
      },
      state: {
        v: "square_avg",
        a: { torch: "grad_avg", needs: "centered" },
        b: { torch: "momentum_buffer", needs: "momentum" },
      },
      gradientLimit: 2 ** 60,
      update({ p, g, v, a, b }, { lr, rho, eps, momentum }) {
        for (let i = 0; i < p.length; i++) {
          v[i] = rho * v[i] + (1 - rho) * g[i] ** 2;
          if (a) a[i] = rho * a[i] + (1 - rho) * g[i];
          const step = g[i] / (Math.sqrt(Math.max(0, v[i] - (a ? a[i] ** 2 : 0))) + eps);
          if (b) b[i] = momentum * b[i] + step;
          p[i] -= lr * (b ? b[i] : step);
        }
      },
    }),
  },
  lion: {
    ours: any(lion),
    options: { lr: 0.01 },
    own: defineRule({
      name: "ownLion",
      hyper: { lr, beta1: [0.9, "[0,1)"], beta2: [0.99, "[0,1)"], weightDecay: [0, "[0,inf)"] },
      state: { m: "exp_avg" },
      decay: "decoupled",
      update({ p, g, m }, { lr, beta1, beta2 }) {
        for (let i = 0; i < p.length; i++) {
          p[i] -= lr * Math.sign(beta1 * m[i] + (1 - beta1) * g[i]);
          m[i] = beta2 * m[i] + (1 - beta2) * g[i];
          g[i] = Number.NaN; // an update may overwrite it
        }
      },
    }),
  },
};

/** Addresses in a memory of the caller's own. */
function foreign() {
  const memory = new WebAssembly.Memory({ initial: 2 });
  let end = 1024;
  const allocate = (bytes: number) => {
    end += 64 * Math.ceil(bytes / 64) + 64;
    return end - 64 * Math.ceil(bytes / 64);
  };
  const params = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, allocate(4 * [shape].flat().reduce((n, size) => n * size))]),
  );
  return foreignMemory({ memory, allocate, params });
}

/** Six steps, as the options need them. */
function train(rule: AnyRule, options: Record<string, unknown>) {
  const opt = make(rule, options);
  for (let t = 1; t <= 6; t++) {
    feed(opt.grads, t + 1, opt.lossScale ?? 1);
    if (options.accumulate) {
      opt.accumulate();
      feed(opt.grads, t + 50);
      opt.accumulate(3);
    }
    if (options.sam) {
      opt.shift();
      feed(opt.grads, t + 50);
    }
    opt.step();
  }
  return opt;
}

describe.each(Object.entries(pairs))("a rule in JavaScript gives nearly the values of ours: %s", (_, { ours, own, options }) => {
  test.each<[name: string, more: Record<string, unknown>, exact?: boolean]>([
    ["alone", {}],
    ["groups", { groups: [{ match: ["bias"], lr: 0.05, weightDecay: 0.5 }] }],
    ["a frozen group", { groups: [{ match: ["weight"], frozen: true }] }],
    ["schedules", { lr: cosineDecay(0.02, { steps: 8 }) }],
    ["clipNorm", { clipNorm: 0.5 }],
    ["clipValue", { clipValue: 0.25 }],
    ["accumulate", { accumulate: true }],
    ["lossScale", { lossScale: { initial: 8, interval: 2 } }],
    ["maximize", { maximize: true }],
    ["l2 decay", { decay: "l2", weightDecay: 0.1 }],
    ["decoupled decay", { decay: "decoupled", weightDecay: 0.1 }],
    ["independent decay", { decay: "independent", weightDecay: 0.1 }],
    ["proximal decay", { decay: "proximal", weightDecay: 0.1 }],
    ["ema", { ema: { decay: 0.7 } }],
    ["swa", { swa: { start: 2, every: 2 } }],
    ["lookahead", { lookahead: { every: 2, rate: 0.4 } }],
    ["sam", { sam: { radius: 0.2 } }],
    ["threads", { threads: pool }],
    ["an arena", { memory: () => arena() }],
    ["foreign memory", { memory: foreign }],
  ])("%s", (_, more) => {
    const given = (): Record<string, unknown> => {
      const { memory, ...others } = more;
      return { ...options, ...others, ...(memory ? { memory: (memory as () => unknown)() } : {}) };
    };
    const [found, expected] = [train(any(own), given()), train(ours, given())].map(everything);
    const arrays = Object.entries(expected).filter(([, value]) => typeof value === "object" && value !== null);
    expect(Object.keys(found)).toEqual(Object.keys(expected));
    for (const [array, views] of arrays) {
      for (const [name, view] of Object.entries(views as object)) {
        if (!(view instanceof Float32Array)) continue;
        // The kernels round after each operation, about ten a step; six steps of half an ulp each are 60 · 2^-25 at most.
        const error = relativeError((found as never)[array][name], view);
        if (!(error <= 2e-6)) expect.fail(`${array} of ${name} is ${error} off`);
      }
    }
    expect([found.t, found.lossScale, found.gradNorm]).toEqual([expected.t, expected.lossScale, expected.gradNorm]);
  });
});

describe("the package's functions take it:", () => {
  const { own, ours, options } = pairs.adam;
  const x0 = Float32Array.of(3, -2);
  const bowl = (x: Float32Array, g: Float32Array) => {
    for (let i = 0; i < x.length; i++) g[i] = 2 * x[i];
    return x.reduce((sum, xi) => sum + xi * xi, 0);
  };

  /** The result of both rules. */
  const both = async <R>(use: (rule: AnyRule) => R) => [await use(any(own)), await use(ours)] as const;

  test("fit, with restoreBest", async () => {
    const [found, expected] = await both(async (rule) => {
      const opt = rule({ x: x0 }, { ...options, lr: 0.1 });
      const losses = [5, 3, 1, 2, 4, 6];
      const report = await fit(
        opt as never,
        {
          count: 4,
          batch: 2,
          epochs: 6,
          restoreBest: true,
          gradient: () => bowl(opt.params.x, opt.grads.x),
          validation: () => losses.shift(),
        } as never,
      );
      return { t: opt.t, x: [...opt.params.x], loss: report.loss };
    });
    expect(found.t).toBe(expected.t);
    expect(relativeError(found.x, expected.x)).toBeLessThan(1e-6); // 12 steps, as above
    expect(relativeError(found.loss, expected.loss)).toBeLessThan(1e-6);
  });

  test("minimize", async () => {
    const [found, expected] = await both((rule) =>
      minimize(bowl as never, x0, {
        optimizer: (parameters: never) => rule(parameters, { lr: 0.1 }) as never,
        steps: 400,
      } as never),
    );
    expect(found.reason).toBe(expected.reason);
    expect(found.value).toBeLessThan(1e-6);
  });

  test("findRate", async () => {
    const [found, expected] = await both((rule) => {
      const opt = rule({ x: x0 });
      return findRate(opt as never, { gradient: () => bowl(opt.params.x, opt.grads.x), count: 4, steps: 30 } as never);
    });
    expect(found.suggestion).toBe(expected.suggestion);
    expect(relativeError(found.losses, expected.losses)).toBeLessThan(1e-6); // 30 steps, the last ones of no precision in f32
  });

  test("a snapshot continues with the same bits", () => {
    const opt = run(make(any(own), options));
    const snapshot = opt.snapshot();
    const expected = everything(run(opt));
    opt.restore(snapshot);
    expect(everything(run(opt))).toEqual(expected);
  });
});

describe("parts of a step", () => {
  test("update gets each tensor, its shape, the number of the step, and state of the lengths that the rule wants", () => {
    const calls: unknown[] = [];
    const rule = defineRule({
      name: "watching",
      hyper: { lr, first: [7, "[0,inf)"], rows: [0, "[0,inf)"] },
      state: {
        m: { torch: "m", start: "first" },
        r: { torch: "r", shape: ([rows]) => [rows as number] },
        o: { torch: "o", needs: "rows" },
      },
      update({ p, g, m, r, o }, { lr }, t, shape) {
        calls.push([p.length, g.length, [...m], r.length, o?.length, lr, t, shape]);
        m.fill(t);
      },
    });
    const opt = rule({ a: [2, 3], b: 2 }, { groups: [{ match: ["b"], lr: 0.5, rows: 1 }] });
    opt.step();
    opt.step();
    const sevens = (n: number) => Array(n).fill(7);
    expect(calls).toEqual([
      [6, 6, sevens(6), 2, undefined, 0.01, 1, [2, 3]],
      [2, 2, sevens(2), 2, 2, 0.5, 1, [2]],
      [6, 6, Array(6).fill(1), 2, undefined, 0.01, 2, [2, 3]],
      [2, 2, [1, 1], 2, 2, 0.5, 2, [2]],
    ]);
    expect(opt.state.r.a.length).toBe(2);
  });

  test("update sees the effective gradient and p after decay; opt.grads stays as it is", () => {
    const seen: number[][] = [];
    const rule = defineRule({
      name: "seeing",
      hyper: { lr: [0.5, "[0,inf)"] },
      update({ p, g }) {
        seen.push([p[0], g[0]]);
        g.fill(0);
      },
    });
    for (const options of [
      { maximize: true, clipValue: 2 },
      { weightDecay: 0.25 },
      { weightDecay: 0.25, decay: "decoupled" },
      { weightDecay: 0.25, decay: "independent" },
    ] as const) {
      const opt = rule({ w: Float32Array.of(8) }, options);
      opt.grads.w[0] = 4;
      opt.step();
      expect(opt.grads.w[0]).toBe("clipValue" in options ? 2 : 4);
    }
    expect(seen).toEqual([
      [8, -2],
      [8, 6],
      [7, 4],
      [6, 4],
    ]);
  });

  test("carried numbers start anew in each optimizer and group, and belong to snapshots", () => {
    const rule = defineRule({
      name: "counting",
      hyper: { lr },
      carry: { n: 5, m: 0 },
      update(_, __, ___, ____, carry) {
        carry[0] += 1;
      },
    });
    const opt = rule({ a: 1, b: 1 }, { groups: [{ match: ["b"] }] });
    opt.step();
    const snapshot = opt.snapshot();
    opt.step();
    expect([opt, ...opt.groups].map(({ carry }) => ({ ...carry }))).toEqual([
      { n: 7, m: 0 },
      { n: 7, m: 0 },
    ]);
    opt.restore(snapshot);
    expect({ ...opt.carry }).toEqual({ n: 6, m: 0 });
    expect({ ...rule({ a: 1 }).carry }).toEqual({ n: 5, m: 0 });
  });

  test("scalars that return false put off the step", () => {
    const rule = defineRule({
      name: "late",
      hyper: { lr },
      scalars: (_, __, t) => t > 1,
      elementPass(k, { begin, end }, { p }) {
        k.setZero(begin, end, p);
      },
    });
    const opt = rule({ w: Float32Array.of(1) }, { groups: [{ match: ["w"] }] });
    opt.step();
    opt.step();
    expect([opt.t, opt.groups[0].steps, opt.params.w[0]]).toEqual([2, 0, 1]);
  });

  test("a pass for each tensor, with scratch and sums of the engine's kernels", () => {
    const rule = defineRule({
      name: "normalized",
      hyper: { lr: [1, "[0,inf)"] },
      perTensor: true,
      scratch: (shape) => shape.reduce((n, size) => n * size, 1),
      wholePass(k, args, { g, scratch }, { lr }) {
        const { begin, end } = args;
        k.copy(begin, end, g, scratch);
        k.dot(begin, end, scratch, scratch, args.r);
        args.scalars("alpha", -lr / Math.sqrt(args.sum));
      },
      elementPass(k, { begin, end, c }, { p, scratch }) {
        k.axpy(begin, end, p, scratch, p, c);
      },
    });
    const opt = rule({ a: [2, 2], b: 2 });
    opt.grads.a.set([3, 0, 0, 4]);
    opt.grads.b.set([0, 8]);
    opt.step();
    expect([...opt.params.a, ...opt.params.b]).toEqual([-0.6, 0, 0, -0.8, 0, -1].map(Math.fround));
  });

  test("without perTensor a whole pass adds up the tensors of a group", () => {
    const memory = foreign();
    const seen: number[] = [];
    const rule = defineRule({
      name: "summing",
      hyper: { lr },
      wholePass(k, args, { g }) {
        k.dot(args.begin, args.end, g, g, args.r);
        args.sums[0] += args.sum;
      },
      scalars({ sums }) {
        seen.push(sums[0]);
      },
      elementPass() {},
    });
    for (const options of [{}, { memory }, { groups: [{ match: ["bias"] }] }]) {
      const opt = rule(shapes as never, options as never) as unknown as ReturnType<AnyRule>;
      for (const g of Object.values<Float32Array>(opt.grads)) g.fill(1);
      opt.step();
    }
    expect(seen).toEqual([112, 112, 105, 7]);
  });

  test("two phases: the gradient is taken where shift moved the parameters", () => {
    const order: string[] = [];
    const rule = defineRule({
      name: "extragradient",
      hyper: { lr: [0.5, "[0,inf)"] },
      twoPhase: {
        shift(k, args, { p, g }, { lr }) {
          order.push("shift");
          args.scalars("alpha", -lr);
          k.axpy(args.begin, args.end, p, g, p, args.c);
        },
        gather: () => void order.push("gather"),
      },
      update({ p, g }, { lr }) {
        order.push("update");
        for (let i = 0; i < p.length; i++) p[i] -= lr * g[i];
      },
    });
    const opt = rule({ w: Float32Array.of(8) });
    opt.grads.w[0] = 4;
    opt.shift();
    expect(opt.params.w[0]).toBe(6);
    opt.grads.w[0] = opt.params.w[0];
    opt.step();
    expect(opt.params.w[0]).toBe(5);
    expect(order).toEqual(["shift", "gather", "update"]);
  });

  test("observe, evaluate and prepare are called", () => {
    const [observe, evaluate, prepare] = [vi.fn(), vi.fn(), vi.fn()];
    const rule = any(defineRule({ name: "calling", hyper: { lr }, update, observe, evaluate, prepare }));
    const opt = rule({ w: 1 });
    opt.observe();
    expect([observe, evaluate, prepare].map(({ mock }) => mock.calls.length)).toEqual([1, 0, 1]);
    opt.step();
    opt.eval();
    expect([observe, evaluate, prepare].map(({ mock }) => mock.calls.length)).toEqual([1, 1, 3]);
  });

  test("an error in update leaves step() with it", () => {
    const rule = defineRule({
      name: "throwing",
      hyper: { lr },
      update() {
        throw new Error("mine");
      },
    });
    expect(() => rule({ w: 1 }).step()).toThrow(new Error("mine"));
  });
});
