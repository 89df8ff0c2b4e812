// What must not be given to the methods of an optimizer, to each of them: an error of ours, at once, and nothing changes.
import { runInNewContext } from "node:vm";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers"; // which brings the gradients of operations
import { beforeAll, describe, expect, test } from "vitest";
import * as ours from "../../../src/adapters/tfjs/index.js";
import { adam, sgd, sophia } from "../../../src/adapters/tfjs/index.js";
import { bits, gradients, step, use, variables } from "../../support/backends.js";

type Make = (options?: unknown) => ours.TfjsOptimizer;
const makers = ours as unknown as Record<string, Make>;

/** Values that are of use to no method. */
const nasty: [string, () => unknown][] = [
  ["null", () => null],
  ["a number", () => 5],
  ["NaN", () => Number.NaN],
  ["a string", () => "model/a"],
  ["a boolean", () => true],
  ["a symbol", () => Symbol("a")],
  ["a bigint", () => 5n],
  ["a date", () => new Date(0)],
  ["a Map", () => new Map([["model/a", 1]])],
  ["a Set", () => new Set(["model/a"])],
  ["a promise", () => Promise.resolve({})],
  ["a typed array", () => new Float32Array(3)],
  ["an array of null", () => [null]],
  ["an array of undefined", () => [undefined]],
  ["a sparse array", () => new Array(2)],
  ["an array of numbers", () => [5]],
  ["an array of arrays", () => [["model/a", 1]]],
  ["an array of empty objects", () => [{}]],
  ["a name that is none", () => [{ name: 5, tensor: null }]],
  ["a tensor that is none", () => [{ name: "model/a", tensor: 5 }]],
  ["a tensor under another name", () => [{ name: "model/a", gradient: 5 }]],
];

/** Values that are an object, but not of gradients. */
const records: [string, () => unknown][] = [
  ["a number for a gradient", () => ({ "model/a": 5 })],
  ["0 for a gradient", () => ({ "model/a": 0 })],
  ["false for a gradient", () => ({ "model/a": false })],
  ["a string for a gradient", () => ({ "model/a": "" })],
  ["an array for a gradient", () => ({ "model/a": [1, 2, 3] })],
  ["a typed array for a gradient", () => ({ "model/a": new Float32Array(3) })],
  ["a pair of name and tensor", () => ({ name: "model/a", tensor: tf.zeros([3]) })],
  ["a name of every object", () => ({ toString: tf.zeros([3]) })],
  ["a name that is unknown", () => ({ "model/x": tf.zeros([3]) })],
  ["a tensor", () => tf.zeros([3])],
  ["a gradient of another shape", () => ({ "model/a": tf.zeros([4]) })],
  ["a gradient of another type", () => ({ "model/a": tf.zeros([3], "int32") })],
  [
    "a gradient that is disposed",
    () => {
      const gradient = tf.zeros([3]);
      gradient.dispose();
      return { "model/a": gradient };
    },
  ],
];

const functions: [string, () => unknown][] = [
  ["a function of a number", () => () => 5],
  ["a function of nothing", () => () => {}],
  ["a function of null", () => () => null],
  ["an async function", () => async () => 1],
  ["a function of a vector", () => () => tf.zeros([3])],
];

const lists: [string, () => unknown][] = [
  ["an array of names", () => ["model/a"]],
  ["an array of tensors", () => [tf.zeros([3])]],
  ["no variable", () => []],
  ["a variable that is not trainable", () => [tf.variable(tf.zeros([3]), false, "other")]],
  [
    "a variable that is disposed",
    () => {
      const other = tf.variable(tf.zeros([3]), true, "other");
      other.dispose();
      return [other];
    },
  ],
];

const weights: [string, () => unknown][] = [
  ["no weights", () => []],
  ["a plain object", () => ({ iter: tf.scalar(1) })],
  ["no iter", () => [{ name: "model/a/m", tensor: tf.zeros([3]) }]],
  ["a wrong iter", () => [{ name: "iter", tensor: tf.scalar(1.5) }]],
  ["a name twice", () => [1, 2].map(() => ({ name: "iter", tensor: tf.scalar(0) }))],
  ["text that is no JSON", () => [{ name: "simdescent", tensor: tf.tensor(["{"], [1], "string") }]],
  ["JSON of something else", () => [{ name: "simdescent", tensor: tf.tensor(["null"], [1], "string") }]],
  ["contents that are no text", () => [{ name: "simdescent", tensor: tf.tensor([1]) }]],
];

const given = [...nasty, ["undefined", () => undefined] as [string, () => unknown], ["a function", () => () => 1] as const];
const rows = (method: string, values: readonly (readonly [string, () => unknown])[], call: Call) =>
  values.map(([title, make]) => ({ title: `${method}: ${title}`, make, call }));
type Call = (optimizer: ours.TfjsOptimizer, value: never) => unknown;

const loss = () => tf.sum(tf.square(tf.engine().registeredVariables["model/a"] as tf.Tensor)) as tf.Scalar;
const notLeftOut = nasty.filter(([title]) => title !== "null"); // which TensorFlow.js takes for left out

const calls = [
  ...rows("applyGradients", [...given, ...records], (optimizer, value) => optimizer.applyGradients(value)),
  ...rows("observeGradients", [...given, ...records], (optimizer, value) => optimizer.observeGradients(value)),
  ...rows("minimize", [...nasty, ...functions, ...records], (optimizer, value) => optimizer.minimize(value)),
  ...rows("computeGradients", [...nasty, ...functions, ...records], (optimizer, value) => optimizer.computeGradients(value)),
  ...rows("minimize with varList", [...notLeftOut, ...lists], (optimizer, value) => optimizer.minimize(loss, true, value)),
  ...rows("computeGradients with varList", [...notLeftOut, ...lists], (optimizer, value) =>
    optimizer.computeGradients(loss, value),
  ),
  ...rows("setWeights", [...given, ...records, ...weights], (optimizer, value) => optimizer.setWeights(value)),
  ...rows("learningRate", given, (optimizer, value) => Object.assign(optimizer, { learningRate: value })).filter(
    ({ title }) => !title.endsWith("a number") && !title.endsWith("a function"),
  ),
  ...rows("fromConfig", given, (optimizer, value) => {
    const cls = optimizer.constructor as unknown as { fromConfig(cls: unknown, config: unknown): unknown };
    return cls.fromConfig(cls, value);
  }),
];

/** What a call throws, also later. */
async function failure(call: () => unknown): Promise<unknown> {
  try {
    await call();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe.each(["cpu", "wasm"])("%s", (backend) => {
  beforeAll(() => use(backend));

  for (const [kind, options] of [
    ["plain", {}],
    ["with sam", { sam: true }],
    ["with a loss scale", { lossScale: true }],
  ] as const)
    test.each(calls.filter(({ title }) => kind === "plain" || /^(minimize|computeGradients)/.test(title)))(
      `${kind}: $title`,
      async ({ make, call }) => {
        const of = Object.values(variables("model", { a: [3] }));
        const optimizer = sophia(options);
        optimizer.minimize(loss);
        const before = { bits: bits(of), config: optimizer.getConfig(), iterations: optimizer.iterations };
        const value = make();
        const { numTensors } = tf.memory();
        const error = (await failure(() => call(optimizer, value as never))) as Error;
        expect(error).toBeInstanceOf(Error);
        expect(error.message).toMatch(/^(sophia: |SimdescentSophia\.)/);
        expect(error.message).toMatch(/expected|unknown option/);
        expect(error.message.length).toBeLessThan(250);
        expect(tf.memory().numTensors).toBe(numTensors);
        expect({ bits: bits(of), config: optimizer.getConfig(), iterations: optimizer.iterations }).toEqual(before);
        optimizer.minimize(loss);
        expect(optimizer.iterations).toBe(2);
        optimizer.dispose();
        tf.disposeVariables();
      },
    );

  test("a disposed optimizer: each method", async () => {
    const of = Object.values(variables("model", { a: [3] }));
    const used = adam({ ema: true });
    step(used, of, 1);
    for (const optimizer of [used, adam({ ema: true })]) {
      const saved = [{ name: "iter", tensor: tf.scalar(0) }];
      optimizer.dispose();
      optimizer.dispose(); // as often as one likes
      const { numTensors } = tf.memory();
      const methods: Record<string, () => unknown> = {
        minimize: () => optimizer.minimize(loss),
        applyGradients: () => optimizer.applyGradients({}),
        observeGradients: () => optimizer.observeGradients({}),
        eval: () => optimizer.eval(),
        train: () => optimizer.train(),
        getWeights: () => optimizer.getWeights(),
        setWeights: () => optimizer.setWeights(saved),
      };
      for (const [method, call] of Object.entries(methods))
        expect(await failure(call)).toEqual(new Error(`adam: ${method}() expected an optimizer that is not disposed`));
      expect(tf.memory().numTensors).toBe(numTensors);
      tf.dispose(saved.map(({ tensor }) => tensor));
    }
    tf.dispose(of);
  });

  test("minimize() with an average shown: before the loss is computed", () => {
    const of = Object.values(variables("model", { a: [3] }));
    const optimizer = adam({ ema: true });
    step(optimizer, of, 1);
    optimizer.eval();
    let calls = 0;
    const counted = () => {
      calls += 1;
      return loss();
    };
    expect(() => optimizer.minimize(counted)).toThrow("adam: minimize() expected train() first");
    expect(calls).toBe(0);
    optimizer.dispose();
    tf.dispose(of);
  });
});

test("without a variable to train", async () => {
  await use("cpu");
  expect(() => sgd().minimize(() => tf.scalar(1))).toThrow("sgd: varList expected a variable that is trainable, got none");
});

describe("options", () => {
  const values = [...nasty, ["a function", () => () => 1] as [string, () => unknown]];

  test.each(values)("%s in their place", (_, make) => {
    for (const [name, rule] of Object.entries(makers)) {
      expect(() => rule(make())).toThrow(new RegExp(`^${name}: options expected a plain object, got `));
    }
  });

  test.each(values)("%s for groups, one of them, or what it matches", (_, make) => {
    const value = make();
    const lists = Array.isArray(value) ? [] : [value];
    for (const groups of [...lists, [value], ...(typeof value === "function" ? [] : [[{ match: value }]])])
      expect(() => sgd({ groups } as never)).toThrow(/^sgd: groups/);
  });

  test("a RegExp of another realm matches", () => {
    const match = runInNewContext("/a/") as RegExp;
    expect(match).not.toBeInstanceOf(RegExp);
    expect(() => sgd({ groups: [{ match, lr: 1 }] })).not.toThrow();
  });

  test("match that is left out", () => {
    for (const group of [{ lr: 1 }, { match: undefined, lr: 1 }])
      expect(() => sgd({ groups: [group as never] })).toThrow(
        "sgd: groups[0]: match expected a RegExp, an array of names or a function, got undefined",
      );
  });
});

test("gradients as computeGradients() gives them are taken, with null and undefined for none", async () => {
  await use("cpu");
  const of = Object.values(variables("model", { a: [3], b: [2] }));
  const optimizer = sgd();
  const list = gradients(of, 1);
  const before = bits(of);
  optimizer.applyGradients([]);
  optimizer.applyGradients({});
  optimizer.applyGradients(Object.assign(Object.create(null), { "model/a": null, "model/b": undefined }));
  expect(bits(of)).toEqual(before);
  expect(optimizer.iterations).toBe(0);
  optimizer.applyGradients(list);
  expect(optimizer.iterations).toBe(1);
  const { value, grads } = optimizer.computeGradients(loss, [of[0] as tf.Variable]);
  expect(Object.keys(grads)).toEqual(["model/a"]);
  optimizer.applyGradients(grads);
  expect(optimizer.iterations).toBe(2);
  tf.dispose([value, grads, ...list.map(({ tensor }) => tensor), ...of]);
  optimizer.dispose();
});
