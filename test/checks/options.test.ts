// Options and parameters are plain objects: what else is given would count as empty, and be ignored.

import { describe, expect, test } from "vitest";
import { closest } from "../../src/checks/suggest.js";
import * as simdescent from "../../src/index.js";
import { adam, batches, checkGradient, fit, lbfgs, minimize, reduceOnPlateau, rmsprop, rules, sgd } from "../../src/index.js";
import * as schedulesModule from "../../src/schedules/schedules.js";
import { allRules } from "../support/configurations.js";
import { foreignPlain, nasty, notPlain } from "../support/nasty.js";

const schedules: Record<string, (start: number, options: never) => unknown> = { ...schedulesModule } as never;

type Call = (given: never) => unknown;

const bowl = ([x = 0]: Float32Array, g: Float32Array) => {
  g[0] = 2 * x;
  return x * x;
};
const gradient = () => 1;

function withMemory(part: (memory: WebAssembly.Memory) => object) {
  const memory = new WebAssembly.Memory({ initial: 2 });
  return adam({ w: 3 }, { memory: { memory, allocate: () => 2048, params: { w: 1024 }, ...part(memory) } as never });
}

/** All that take options: how messages call the place, and the call. */
const takers: [string, Call][] = [
  ...allRules.map((rule): [string, Call] => [`${rule.spec.name}: options`, (given) => rule({ w: 3 }, given)]),
  ...allRules.map((rule): [string, Call] => [
    `${rule.spec.name}: groups[0]: options`,
    (given) => rule({ w: 3 }, { groups: [given] }),
  ]),
  ...(["ema", "swa", "lookahead", "sam", "lossScale", "noise"] as const).map((feature): [string, Call] => [
    `adam: ${feature}`,
    (given) => adam({ w: 3 }, { [feature]: given }),
  ]),
  ["adam: memory", (given) => adam({ w: 3 }, { memory: given })],
  ["adam: memory: params", (given) => withMemory(() => ({ params: given }))],
  ["adam: memory: grads", (given) => withMemory(() => ({ grads: given }))],
  ["adam: relocate: options", (given) => withMemory(() => ({})).relocate(given)],
  ["adam: relocate: params", (given) => withMemory(() => ({})).relocate({ params: given })],
  ["fit: options", (given) => fit(sgd({ w: 1 }), given)],
  ["findRate: options", (given) => simdescent.findRate(sgd({ w: 1 }), given)],
  ["sharpness: options", (given) => simdescent.sharpness(sgd({ w: 1 }), gradient, given)],
  ["batches: options", (given) => batches(3, given)],
  ["checkGradient: options", (given) => checkGradient(bowl, [1], given)],
  ["minimize: options", (given) => minimize(bowl, [1], given)],
  ["lbfgs: options", (given) => lbfgs({ w: 3 }, given)],
  ["earlyStopping: options", (given) => simdescent.earlyStopping(given)],
  ["reduceOnPlateau: options", (given) => reduceOnPlateau(1, given)],
  ["reduceOnPlateau: state: options", (given) => Object.assign(reduceOnPlateau(1), { state: given })],
  ...(
    [
      "linear",
      "polynomialDecay",
      "stepDecay",
      "multiStepDecay",
      "exponentialDecay",
      "inverseTimeDecay",
      "inverseSqrtDecay",
      "noam",
      "cosineDecay",
      "cosineRestarts",
      "cyclic",
      "oneCycle",
      "warmup",
      "warmupStableDecay",
    ] as const
  ).map((name): [string, Call] => [`${name}: options`, (given) => schedules[name]?.(1, given)]),
  // Parameters.
  ...allRules.map((rule): [string, Call] => [`${rule.spec.name}: parameters`, (given) => rule(given)]),
  ["lbfgs: parameters", (given) => lbfgs(given)],
  ["minimize: x0", (given) => minimize(bowl, given)],
  ["checkGradient: x", (given) => checkGradient(bowl, given)],
  ["adam: step: params", (given) => adam({ w: 3 }).step(given, { w: new Float32Array(3) })],
  ["adam: step: grads", (given) => adam({ w: 3 }).step({ w: new Float32Array(3) }, given)],
];

async function failure(call: () => unknown): Promise<Error> {
  try {
    await call();
  } catch (error) {
    return error as Error;
  }
  return expect.fail("nothing was thrown");
}

test("there is a row for each function that takes options", () => {
  const named = new Set(takers.map(([where]) => where.split(":")[0]));
  const others = ["NonFiniteError", "rules", "threads", "useModule", "constant", "sequence", "product"];
  expect(Object.keys(simdescent).filter((name) => !named.has(name) && !others.includes(name))).toEqual([]);
});

// What some places take.
const taken = (where: string, got: string) =>
  /^(minimize: x0|checkGradient: x)$/.test(where) ? ["[0.5]", "[object Float64Array]"].includes(got) : false;

describe.each(takers)("%s", (where, call) => {
  test.each(notPlain.filter(([got]) => !taken(where, got)))("%s", async (got, make) => {
    const error = await failure(() => call(make() as never));
    expect(error.constructor).toBe(TypeError);
    expect(error.message.startsWith(`${where}`)).toBe(true);
    expect(error.message).toMatch(/ expected /);
    expect(error.message.endsWith(`got ${got}`)).toBe(true);
    expect(error.message.length).toBeLessThan(400);
  });
});

describe("what is plain is taken", () => {
  test.each<[string, () => object]>([
    ["{}", () => ({ lr: 0.5 })],
    ["without a prototype", () => Object.assign(Object.create(null), { lr: 0.5 })],
    ["another realm's", foreignPlain],
    ["frozen", () => Object.freeze({ lr: 0.5 })],
    ["a proxy", () => new Proxy({ lr: 0.5 }, {})],
    [
      "a getter of its own",
      () => ({
        get lr() {
          return 0.5;
        },
      }),
    ],
    ["not enumerable", () => Object.defineProperty({}, "lr", { value: 0.5 })],
    [
      "with notes of a framework",
      () => Object.defineProperty(Object.defineProperty({ lr: 0.5 }, "__ob__", {}), Symbol("admin"), {}),
    ],
    ["the hyper-parameters of another optimizer", () => adam({ w: 1 }, { lr: 0.5 }).hyper],
    ["the current ones", () => adam({ w: 1 }, { lr: 0.5 }).current],
  ])("%s", (_, make) => {
    expect(adam({ w: 3 }, make()).hyper.lr).toBe(0.5);
  });

  test("a module as options", async () => {
    const address = "data:text/javascript,export const lr = 0.5";
    const module = await import(/* @vite-ignore */ address);
    expect(Object.prototype.toString.call(module)).toBe("[object Module]");
    expect(sgd({ w: 3 }, module).hyper.lr).toBe(0.5);
  });

  test("the parameters of another optimizer", () => {
    const first = adam({ w: Float32Array.of(1, 2), b: [2, 3] });
    expect([...adam(first.params).params.w]).toEqual([1, 2]);
    expect([...minimize(() => 1, first.params).x.w]).toEqual([1, 2]);
  });
});

test("a key that is a symbol, or inherited, is not passed over", () => {
  expect(() => adam({ w: 3 }, { [Symbol("lr")]: 1 } as never)).toThrow("adam: unknown option Symbol(lr); the options are lr");
  expect(() => adam({ [Symbol("w")]: 3 } as never)).toThrow("adam: parameters expected names as keys, got Symbol(w)");
  expect(() => adam({ w: { shape: [2], values: new Float32Array(2), name: "w" } } as never)).toThrow(
    'adam: parameter "w": unknown option "name"; the options are shape, values',
  );
});

test("a getter that throws is an error that names the option and has the cause", () => {
  const cause = new Error("no file");
  const options = {
    get lr(): number {
      throw cause;
    },
  };
  expect(() => adam({ w: 3 }, options)).toThrow(new TypeError('adam: "lr" cannot be read', { cause }));
});

describe("names that other libraries have", () => {
  test.each<[Record<string, unknown>, keyof typeof rules, string]>([
    [{ learningRate: 1 }, "adam", "lr"],
    [{ learning_rate: 1 }, "sgd", "lr"],
    [{ stepSize: 1 }, "sgd", "lr"],
    [{ LR: 1 }, "sgd", "lr"],
    [{ epsilon: 1 }, "adam", "eps"],
    [{ betas: [0.9, 0.999] }, "adam", "beta1 and beta2"],
    [{ betas: [0.9, 0.92, 0.99] }, "adan", "beta1 and beta2 and beta3"],
    [{ beta_1: 1 }, "adam", "beta1"],
    [{ beta_2: 1 }, "adam", "beta2"],
    [{ alpha: 1 }, "sgd", "lr"],
    [{ alpha: 1 }, "rmsprop", "rho"],
    [{ weight_decay: 1 }, "adamw", "weightDecay"],
    [{ wd: 1 }, "adamw", "weightDecay"],
    [{ initialAccumulatorValue: 1 }, "adagrad", "initialAccumulator"],
    [{ momentum: 0.9 }, "adam", "beta1"],
    [{ momentum: 0.9 }, "sgd", "the rule momentum"],
    [{ nesterov: true }, "momentum", "the rule nesterov"],
    [{ amsgrad: true }, "adam", "the rule amsgrad"],
    [{ clipnorm: 1 }, "adam", "clipNorm"],
    // Slips of the finger.
    [{ wieghtDecay: 1 }, "adam", "weightDecay"],
    [{ bata1: 1 }, "adam", "beta1"],
    [{ momentun: 1 }, "rmsprop", "momentum"],
    [{ group: [] }, "adam", "groups"],
    [{ zerograds: true }, "adam", "zeroGrad"],
  ])("%o of %s", (options, name, meant) => {
    const [given] = Object.keys(options);
    const rule = rules[name] as (parameters: object, options: object) => unknown;
    const hint = `unknown option "${given}"; did you mean ${meant}? The options are lr, `;
    expect(() => rule({ w: 1 }, options)).toThrow(`${name}: ${hint}`);
    expect(() => rule({ w: 1 }, { groups: [options] })).toThrow(/groups\[0\]: (unknown|match)/);
  });

  test.each<[string, () => unknown, string]>([
    ["fit", () => fit(sgd({ w: 1 }), { batchSize: 1 } as never), "batch"],
    ["fit", () => fit(sgd({ w: 1 }), { callbacks: 1 } as never), "onEpoch"],
    ["batches", () => batches(3, { batch_size: 1 } as never), "size"],
    ["minimize", () => minimize(bowl, [1], { maxiter: 1 } as never), "steps"],
    ["minimize", () => minimize(bowl, [1], { gtol: 1 } as never), "gradientTolerance"],
    ["minimize", () => minimize(bowl, [1], { method: "BFGS" } as never), "optimizer"],
    ["lbfgs", () => lbfgs({ w: 1 }, { max_iter: 1 } as never), "iterations"],
    ["lbfgs", () => lbfgs({ w: 1 }, { tolerance_change: 1 } as never), "changeTolerance"],
    ["cosineDecay", () => simdescent.cosineDecay(1, { T_max: 3 } as never), "steps"],
    ["cosineDecay", () => simdescent.cosineDecay(1, { steps: 3, eta_min: 0 } as never), "end"],
    ["cosineRestarts", () => simdescent.cosineRestarts(1, { T_mult: 3 } as never), "stretch"],
    ["stepDecay", () => simdescent.stepDecay(1, { step_size: 3 } as never), "every"],
    ["stepDecay", () => simdescent.stepDecay(1, { every: 3, gamma: 0.1 } as never), "factor"],
    ["oneCycle", () => simdescent.oneCycle(1, { total_steps: 3 } as never), "steps"],
    ["oneCycle", () => simdescent.oneCycle(1, { steps: 3, pct_start: 0.1 } as never), "pctStart"],
    ["cyclic", () => simdescent.cyclic(1, { max_lr: 3 } as never), "peak"],
    ["reduceOnPlateau", () => reduceOnPlateau(1, { min_lr: 1 } as never), "min"],
    ["earlyStopping", () => simdescent.earlyStopping({ min_delta: 1 } as never), "minDelta"],
    ["adam: lookahead", () => adam({ w: 1 }, { lookahead: { k: 5 } as never }), "every"],
    ["sharpness", () => simdescent.sharpness(sgd({ w: 1 }), gradient, { rho: 1 } as never), "radius"],
  ])("of %s, %s", async (where, call, meant) => {
    expect((await failure(call)).message).toMatch(
      new RegExp(`^${where}: unknown option "\\w+"; did you mean ${meant}\\? The options`),
    );
  });

  test("a number for the kind of decay", () => {
    expect(() => rmsprop({ w: 1 }, { decay: 0.95 as never })).toThrow("rmsprop: decay (did you mean rho?) expected one of l2, ");
    expect(() => sgd({ w: 1 }, { decay: 0.01 as never })).toThrow("sgd: decay (did you mean weightDecay?) expected one of");
  });

  test("what is like nothing gets no advice", () => {
    for (const name of ["sigma", "verbose", "device", "x".repeat(1e6), "", "z", "__proto__", "constructor"])
      expect(closest(name, ["lr", "beta1", "beta2", "eps", "weightDecay"])).toBe(undefined);
  });
});

// As values of each option, too: what is in them may not make a message long, or the call slow.
describe.each(Object.entries(nasty))("%s", (_, make) => {
  test.each<[string, (value: never) => unknown]>([
    ["adam: lr", (lr) => adam({ w: 1 }, { lr })],
    ['adam: parameter "w"', (w) => adam({ w })],
    ["adam: ema", (ema) => adam({ w: 1 }, { ema })],
    ["adam: threads", (threads) => adam({ w: 1 }, { threads })],
    ["adam: groups", (groups) => adam({ w: 1 }, { groups })],
    ["adam: groups[0]: match", (match) => adam({ w: 1 }, { groups: [{ match }] })],
    ["sequence: milestones", (milestones) => simdescent.sequence([1, 1], milestones)],
    ["minimize: x0", (x0) => minimize((_x: Float32Array, _g: Float32Array) => 1, x0)],
    ["adam: step: grads", (grads) => adam({ w: 1 }).step({ w: new Float32Array(1) }, grads)],
  ])("as %s", (where, call) => {
    let error: Error | undefined;
    try {
      call(make() as never);
    } catch (thrown) {
      error = thrown as Error;
    }
    if (!error) return expect(make).toSatisfy(() => mayBeTaken(where, make()));
    expect([TypeError, RangeError]).toContain(error.constructor);
    const places = where.split(": ");
    expect(error.message.startsWith(`${places[0]}: `)).toBe(true);
    // Too many are a matter of all parameters.
    if (!error.message.includes("exceed one WebAssembly memory")) expect(error.message).toContain(places.at(-1));
    expect(error.message.length).toBeLessThan(600);
  });
});

/** Whether a value may be taken where it was. */
function mayBeTaken(where: string, value: unknown): boolean {
  const kinds: { [where: string]: unknown } = {
    "adam: lr": value === undefined || (typeof value === "number" && value >= 0),
    'adam: parameter "w"': (typeof value === "number" && value >= 1) || value instanceof Float32Array || Array.isArray(value),
    "adam: ema": value === undefined || typeof value === "boolean" || Object.keys(value as object).length === 0,
    "adam: threads": value === undefined,
    "adam: groups": value === undefined || (Array.isArray(value) && value.length === 0),
    "sequence: milestones": Array.isArray(value) && value.length === 1,
    "minimize: x0": Array.isArray(value) || value instanceof Float32Array || value instanceof Float64Array,
  };
  return kinds[where] === true;
}
