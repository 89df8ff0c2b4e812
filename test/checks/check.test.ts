// Options and parameters must be plain objects: other objects would read as empty.

import { describe, expect, test } from "vitest";
import * as simdescent from "../../src/index.js";
import { adam, batches, checkGradient, fit, foreignMemory, lbfgs, minimize, reduceOnPlateau, sgd } from "../../src/index.js";
import * as schedulesModule from "../../src/schedules/schedules.js";
import { allRules } from "../support/configurations.js";
import { foreignPlain, notPlain } from "../support/nasty.js";

const schedules: Record<string, (start: number, options: never) => unknown> = { ...schedulesModule } as never;

type Call = (given: never) => unknown;

const bowl = ([x = 0]: Float32Array, g: Float32Array) => {
  g[0] = 2 * x;
  return x * x;
};

const gradient = () => 1;

function withMemory(part: (memory: WebAssembly.Memory) => object) {
  const memory = new WebAssembly.Memory({ initial: 2 });
  return adam(
    { w: 3 },
    { memory: foreignMemory({ memory, allocate: () => 2048, params: { w: 1024 }, ...part(memory) } as never) },
  );
}

/** A module that imports env.memory and exports the function k, which does nothing. */
const kernel = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 15, 1, 3, 101, 110, 118, 6, 109, 101, 109, 111, 114, 121, 2, 0, 0],
  ...[3, 2, 1, 0, 7, 5, 1, 1, 107, 0, 0, 10, 4, 1, 2, 0, 11],
);

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
  ["adam: memory", (given) => adam({ w: 3 }, { memory: foreignMemory(given) })],
  ["adam: memory: params", (given) => withMemory(() => ({ params: given }))],
  ["adam: memory: grads", (given) => withMemory(() => ({ grads: given }))],
  ["adam: relocate: options", (given) => withMemory(() => ({})).relocate(given)],
  ["adam: relocate: params", (given) => withMemory(() => ({})).relocate({ params: given })],
  ["defineRule: options", (given) => simdescent.defineRule(given)],
  ["defineRule: own: hyper", (given) => simdescent.defineRule({ name: "own", hyper: given, update() {} })],
  [
    "defineRule: own: state",
    (given) => simdescent.defineRule({ name: "own", hyper: { lr: [1, "[0,1]"] }, state: given, update() {} }),
  ],
  ["kernelModule: kernels", (given) => simdescent.kernelModule(kernel, given)],
  ["fit: options", (given) => fit(sgd({ w: 1 }), given)],
  ["findRate: options", (given) => simdescent.findRate(sgd({ w: 1 }), given)],
  ["sharpness: options", (given) => simdescent.sharpness(sgd({ w: 1 }), gradient, given)],
  ["batches: options", (given) => batches(3, given)],
  ["checkGradient: options", (given) => checkGradient(bowl, [1], given)],
  ["minimize: options", (given) => minimize(bowl, [1], given)],
  ["lbfgs: options", (given) => lbfgs({ w: 3 }, given)],
  ["save: options", (given) => simdescent.save(sgd({ w: 1 }), given)],
  ["saveTo: options", (given) => simdescent.saveTo(sgd({ w: 1 }), () => {}, given)],
  ["load: options", (given) => simdescent.load(sgd({ w: 1 }), simdescent.save(sgd({ w: 1 })), given)],
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

// What some places take.
const taken = (where: string, got: string) =>
  /^(minimize: x0|checkGradient: x)$/.test(where) ? ["[0.5]", "[object Float64Array]"].includes(got) : false;

test("there is a row for each function that takes options", () => {
  const named = new Set(takers.map(([where]) => where.split(":")[0]));
  const others = [
    "CheckpointError",
    "NonFiniteError",
    "inspect",
    "rules",
    "threads",
    "useModule",
    "arena",
    "foreignMemory",
    "constant",
    "sequence",
    "product",
    "power",
  ];
  expect(Object.keys(simdescent).filter((name) => !named.has(name) && !others.includes(name))).toEqual([]);
});

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

describe("plain objects are accepted", () => {
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

test("keys that are symbols are not ignored", () => {
  expect(() => adam({ w: 3 }, { [Symbol("lr")]: 1 } as never)).toThrow("adam: unknown option Symbol(lr); the options are lr");
  expect(() => adam({ [Symbol("w")]: 3 } as never)).toThrow("adam: parameters expected names as keys, got Symbol(w)");
  expect(() => adam({ w: { shape: [2], values: new Float32Array(2), name: "w" } } as never)).toThrow(
    'adam: parameter "w": unknown option "name"; the options are shape, values',
  );
});

test("a getter that throws: the error names the option and has the cause", () => {
  const cause = new Error("no file");
  const options = {
    get lr(): number {
      throw cause;
    },
  };
  expect(() => adam({ w: 3 }, options)).toThrow(new TypeError('adam: "lr" cannot be read', { cause }));
});
