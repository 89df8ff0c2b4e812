// Steps in TensorFlow.js's own WebAssembly memory: what else is there, what moves, and what shares data.

import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { adam, momentum, scheduleFreeSgd, sgd } from "../../../src/adapters/tfjs/index.js";
import * as library from "../../../src/index.js";
import { rules } from "../../../src/index.js";
import { bits, gradients, step, use, values, variable, variables } from "../../support/backends.js";
import { compare, make, several } from "../../support/besideLibrary.js";
import type { AnyRule } from "../../support/configurations.js";

interface Backend {
  readonly wasm: {
    readonly asm: { readonly memory: WebAssembly.Memory };
    _malloc(bytes: number): number;
    _free(at: number): void;
  };
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
  refCount(dataId: object): number;
}

const backend = () => tf.findBackend("wasm") as unknown as Backend;

const shapes = { a: [3, 4], b: [5] };

/** The bits of Adam by itself for variables of these shapes. */
function expected(steps: readonly number[]): number[][] {
  return Object.values(shapes).map((shape, i) => {
    const optimizer = library.adam({ p: { shape, values: values(shape, i + 1) } });
    for (const t of steps) {
      optimizer.grads.p.set(values(shape, 100 * t + i));
      optimizer.step();
    }
    return Array.from(optimizer.params.p);
  });
}

beforeEach(() => use("wasm"));

test("nothing is copied: variables and gradients stay where they are, state is one tensor", () => {
  const of = Object.values(variables("model", shapes));
  const optimizer = adam();
  const before = tf.memory();
  step(optimizer, of, 1);
  expect(tf.memory().numTensors).toBe(before.numTensors + 1);
  // m and v, each with a gap behind, and the scalars.
  expect(tf.memory().numBytes - before.numBytes).toBe(1024 + 2 * (4 * 32 + 448) + 64);
  const { data, made } = { data: of.map(({ dataId }) => dataId), made: tf.memory().numDataBuffers };
  const given = gradients(of, 2);
  optimizer.applyGradients(given);
  expect(of.map(({ dataId }) => dataId)).toEqual(data);
  for (const [i, { dataId }] of of.entries()) expect(dataId).toBe(data[i]);
  expect(tf.memory().numDataBuffers).toBe(made + given.length);
  tf.dispose(given.map(({ tensor }) => tensor));
  expect(bits(of)).toEqual(expected([1, 2]));
  optimizer.dispose();
  expect(tf.memory().numTensors).toBe(before.numTensors);
  expect(tf.memory().numBytes).toBe(before.numBytes);
  tf.dispose(of);
});

describe("tensors that share the data of a variable do not change", () => {
  const aliases: [string, (of: tf.Variable) => tf.Tensor][] = [
    ["clone", (of) => of.clone()],
    ["reshape", (of) => tf.reshape(of, [of.size])],
    ["what it was made of", (of) => of],
  ];
  test.each(aliases)("%s", (_, alias) => {
    const initial = tf.tensor(values(shapes.a, 1), shapes.a as [number, number]);
    const a = tf.variable(initial, true, "model/a");
    const b = variable("model/b", shapes.b, 2);
    const optimizer = adam();
    step(optimizer, [a, b], 1);
    const kept = alias(a);
    const shared = kept === a ? initial : kept;
    const before = Array.from(shared.dataSync());
    for (const t of [2, 3]) step(optimizer, [a, b], t);
    expect(Array.from(shared.dataSync())).toEqual(before);
    expect(bits([a, b])).toEqual(expected([1, 2, 3]));
    const { numTensors } = tf.memory();
    shared.dispose();
    expect(tf.memory().numTensors).toBe(numTensors - 1);
    expect(bits([a, b])).toEqual(expected([1, 2, 3]));
    tf.dispose([a, b, initial]);
    optimizer.dispose();
  });

  test("nor does a variable that was assigned to another, or eval() change it", () => {
    const of = Object.values(variables("model", shapes));
    const other = tf.variable(tf.zeros(shapes.a), false, "other");
    const optimizer = scheduleFreeSgd();
    step(optimizer, of, 1);
    other.assign(of[0] as tf.Tensor);
    const before = bits([other]);
    step(optimizer, of, 2);
    expect(bits([other])).toEqual(before);
    other.assign(of[0] as tf.Tensor);
    const trained = bits([other]);
    optimizer.eval();
    expect(bits(of.slice(0, 1))).not.toEqual(trained);
    expect(bits([other])).toEqual(trained);
    optimizer.train();
    expect(bits(of.slice(0, 1))).toEqual(trained);
    optimizer.dispose();
    tf.dispose([...of, other]);
  });
});

test("gradients of the caller do not change, with every option", () => {
  const of = Object.values(variables("model", shapes));
  const optimizer = sgd({ clipValue: 0.1, centralize: true, noise: { eta: 1 } });
  for (let t = 1; t <= 3; t++) {
    const given = gradients(of, t);
    optimizer.applyGradients(given);
    const tensors = given.map(({ tensor }) => tensor);
    expect(bits(tensors)).toEqual(of.map(({ shape }, i) => Array.from(values(shape, 100 * t + i))));
    tf.dispose(tensors);
  }
  optimizer.dispose();
  tf.dispose(of);
});

test("a gradient may be the data of a variable, or of two gradients", () => {
  const [a, b] = Object.values(variables("model", { a: [6], b: [6] })) as [tf.Variable, tf.Variable];
  const reference = library.sgd({ a: values([6], 1), b: values([6], 2) }, { lr: 0.1 });
  const optimizer = sgd({ lr: 0.1 });
  for (let t = 0; t < 3; t++) {
    const tensors = tf.memory().numTensors;
    const aliases = { [a.name]: b.clone(), [b.name]: a.clone() };
    optimizer.applyGradients(aliases);
    tf.dispose(aliases);
    reference.grads.a.set(reference.params.b);
    reference.grads.b.set(reference.params.a);
    reference.step();
    expect(bits([a, b])).toEqual([Array.from(reference.params.a), Array.from(reference.params.b)]);
    optimizer.applyGradients({ [a.name]: b, [b.name]: a });
    reference.grads.a.set(reference.params.b);
    reference.grads.b.set(reference.params.a);
    reference.step();
    expect(bits([a, b])).toEqual([Array.from(reference.params.a), Array.from(reference.params.b)]);
    const same = tf.tensor(values([6], 50 + t));
    optimizer.applyGradients({ [a.name]: same, [b.name]: same });
    same.dispose();
    reference.grads.a.set(values([6], 50 + t));
    reference.grads.b.set(values([6], 50 + t));
    reference.step();
    expect(bits([a, b])).toEqual([Array.from(reference.params.a), Array.from(reference.params.b)]);
    expect(tf.memory().numTensors).toBe(tensors + (t === 0 ? 1 : 0)); // that of the state
  }
  optimizer.dispose();
  tf.dispose([a, b]);
});

test("the memory may grow between steps, and variables and gradients may move", () => {
  const of = Object.values(variables("model", shapes));
  const optimizer = adam({ ema: true });
  const others: tf.Tensor[] = [];
  const sizes: number[] = [];
  const places = new Set<number>();
  for (let t = 1; t <= 6; t++) {
    step(optimizer, of, t);
    others.push(tf.fill([2 ** (20 + t)], 1)); // 8 MiB and more
    // A copy of the same values elsewhere.
    tf.tidy(() => of[0]?.assign(tf.tensor(of[0]?.dataSync() ?? [], shapes.a as [number, number])));
    sizes.push(backend().wasm.asm.memory.buffer.byteLength);
    places.add(backend().dataIdMap.get(of[0]?.dataId as object).memoryOffset);
  }
  expect(new Set(sizes).size).toBeGreaterThan(2);
  expect(places.size).toBeGreaterThan(1);
  expect(bits(of)).toEqual(expected([1, 2, 3, 4, 5, 6]));
  optimizer.dispose();
  tf.dispose([...of, ...others]);
});

test("bytes around the arrays do not change", () => {
  // Tensors around and between, of a pattern.
  const pattern = (i: number) => tf.fill([37], i);
  const around: tf.Tensor[] = [];
  const of: tf.Variable[] = [];
  for (let i = 0; i < 20; i++) {
    around.push(pattern(i));
    of.push(variable(`model/${i}`, [i + 1], i));
  }
  const optimizer = adam({ clipTensorNorm: 1, ema: true, lookahead: true });
  for (let t = 1; t <= 12; t++) {
    step(optimizer, of, t);
    around.push(pattern(around.length));
  }
  for (const [i, tensor] of around.entries()) expect(new Set(tensor.dataSync())).toEqual(new Set([i]));
  optimizer.dispose();
  tf.dispose([...around, ...of]);
});

// XNNPACK keeps rearranged copies of weights, by the number of their data.
describe("operations see the new values", () => {
  const [x2, x4] = [() => tf.tensor(values([3, 6], 1), [3, 6]), () => tf.tensor(values([1, 5, 5, 2], 1), [1, 5, 5, 2])];
  const operations: [string, readonly number[], (w: tf.Tensor) => tf.Tensor][] = [
    ["matMul", [6, 4], (w) => tf.matMul(x2() as tf.Tensor2D, w as tf.Tensor2D)],
    ["fused.matMul", [6, 4], (w) => tf.fused.matMul({ a: x2() as tf.Tensor2D, b: w as tf.Tensor2D, activation: "relu" })],
    ["conv2d", [3, 3, 2, 4], (w) => tf.conv2d(x4() as tf.Tensor4D, w as tf.Tensor4D, 1, "same")],
    ["depthwiseConv2d", [3, 3, 2, 1], (w) => tf.depthwiseConv2d(x4() as tf.Tensor4D, w as tf.Tensor4D, 1, "valid")],
    ["conv2dTranspose", [3, 3, 4, 2], (w) => tf.conv2dTranspose(x4() as tf.Tensor4D, w as tf.Tensor4D, [1, 5, 5, 4], 1, "same")],
    ["prelu", [2], (w) => tf.prelu(x4(), w)],
  ];

  test.each(operations)("%s", (_, shape, operate) => {
    const of = variable("model/w", shape, 3);
    const optimizer = momentum({ lr: 0.5, ema: true });
    const results: number[][] = [];
    const check = () => {
      const [now, fresh] = tf.tidy(() => {
        return [operate(of), operate(tf.tensor(of.dataSync(), of.shape))].map((tensor) => Array.from(tensor.dataSync()));
      }) as [number[], number[]];
      expect(now).toEqual(fresh);
      results.push(now);
    };
    check();
    for (let t = 1; t <= 3; t++) {
      step(optimizer, [of], t);
      check();
    }
    optimizer.eval();
    check();
    optimizer.train();
    check();
    expect(new Set(results.map(String)).size).toBe(5); // the last is that before eval()
    optimizer.dispose();
    of.dispose();
  });
});

test("switching the backend between steps changes no bit", async () => {
  for (const order of [
    ["cpu", "wasm", "cpu", "wasm"],
    ["wasm", "cpu", "wasm", "nameless"],
  ]) {
    await use(order[0] as string);
    const before = tf.memory().numTensors;
    const of = Object.values(variables("model", shapes));
    const optimizer = adam();
    let t = 0;
    for (const name of order) {
      await use(name);
      for (let i = 0; i < 2; i++) step(optimizer, of, ++t);
      expect(bits(of)).toEqual(expected(Array.from({ length: t }, (_, i) => i + 1)));
      expect(tf.memory().numTensors).toBe(before + of.length + (name === "wasm" ? 1 : 0));
    }
    optimizer.dispose();
    tf.dispose(of);
    expect(tf.memory().numTensors).toBe(before);
  }
});

test("train() brings the values back after the backend was switched", async () => {
  const of = Object.values(variables("model", shapes));
  const optimizer = scheduleFreeSgd();
  for (let t = 1; t <= 3; t++) step(optimizer, of, t);
  const trained = bits(of);
  optimizer.eval();
  const shown = bits(of);
  await use("cpu");
  expect(bits(of)).toEqual(shown);
  optimizer.train();
  expect(bits(of)).toEqual(trained);
  step(optimizer, of, 4);
  optimizer.dispose();
  tf.dispose(of);
});

test("a model learns as with copies", async () => {
  const losses: number[][] = [];
  for (const name of ["cpu", "wasm"]) {
    await use(name);
    const before = tf.memory().numTensors;
    const model = layers.sequential();
    const initializer = (seed: number) => layers.initializers.glorotUniform({ seed });
    const dense = (units: number, activation: "relu" | "softmax", seed: number) =>
      layers.layers.dense({ units, activation, kernelInitializer: initializer(seed) });
    model.add(layers.layers.flatten({ inputShape: [8, 8, 1] }));
    model.add(dense(10, "relu", 1));
    model.add(dense(3, "softmax", 2));
    const optimizer = adam({ lr: 0.01 });
    model.compile({ optimizer, loss: "categoricalCrossentropy" });
    const x = tf.tensor(values([30, 8, 8, 1], 5), [30, 8, 8, 1]);
    const y = tf.tensor2d(
      Array.from({ length: 90 }, (_, i) => Number(i % 3 === Math.floor(i / 3) % 3)),
      [30, 3],
    );
    const own: number[] = [];
    for (let t = 0; t < 40; t++) own.push((await model.trainOnBatch(x, y)) as number);
    losses.push(own);
    optimizer.dispose();
    model.dispose();
    tf.dispose([x, y]);
    expect(tf.memory().numTensors).toBe(before);
  }
  const [copied, inPlace] = losses as [number[], number[]];
  expect(copied.at(-1)).toBeLessThanOrEqual(0.5 * (copied[0] as number));
  // The two backends round the products otherwise.
  for (const [t, loss] of copied.entries()) expect(Math.abs(loss - (inPlace[t] as number))).toBeLessThanOrEqual(2e-3);
});

describe("wasm, where a part that is not public is not there", () => {
  beforeAll(() => use("wasm"));

  const parts: [string, (wasm: object) => [string, unknown]][] = [
    ["asm", (wasm) => ["wasm", Object.create(wasm, { asm: { value: undefined } })]],
    ["memory", (wasm) => ["wasm", Object.create(wasm, { asm: { value: {} } })]],
    ["refCount", () => ["refCount", undefined]],
  ];

  test.each(parts)("%s", async (_, hide) => {
    const backend = tf.backend() as unknown as Record<string, unknown>;
    const [name, value] = hide(backend.wasm as object);
    const before = Object.getOwnPropertyDescriptor(backend, name);
    Object.defineProperty(backend, name, { value, configurable: true });
    try {
      const of = Object.values(variables("model", several));
      const optimizer = make("adam")({});
      const inUse = tf.memory().numTensors;
      step(optimizer, of, 1);
      expect(tf.memory().numTensors).toBe(inUse); // no tensor of state
      optimizer.dispose();
      tf.dispose(of);
      await compare(rules.adam as unknown as AnyRule, { clipValue: 0.3, ema: true });
    } finally {
      if (before) Object.defineProperty(backend, name, before);
      else delete backend[name];
    }
  });
});
