// Writes tfjs.json: parameters after 100 steps of TensorFlow.js's optimizers, in float32 on the CPU.
// How to run it: README.md.

import { writeFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";

// The inputs of golden.py.
const steps = 100;
const seed = 42;
const shapes = { vector: [7], matrix: [5, 9], cube: [3, 4, 5] };

function* numbers() {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield (state >>> 8) / 2 ** 23 - 1;
  }
}

const tiny = { eps: 1e-7 };
const root = { rho: 0.9, ...tiny, epsInRoot: true };
const sum = "eps in the root is a part of `initialAccumulator`";

// How the rate is changed, and what to say about it. Most of TensorFlow.js's optimizers have no method for it.
const method = [
  "`setLearningRate(0.05 / (1 + 0.02 * t))` before every step",
  (optimizer, rate) => optimizer.setLearningRate(rate),
];
const field = [
  "`optimizer.learningRate = 0.05 / (1 + 0.02 * t)` before every step",
  (optimizer, rate) => {
    optimizer.learningRate = rate;
  },
];

// Rule, the call of TensorFlow.js's, our options for the same. An lr of [start, rate] is start / (1 + rate * t).
const cases = [
  ["sgd", "tf.train.sgd(0.01)", { lr: 0.01 }],
  ["momentum", "tf.train.momentum(0.01, 0.9)", { lr: 0.01, momentum: 0.9 }],
  ["momentum", "tf.train.momentum(0.05, 0.8)", { lr: [0.05, 0.02], momentum: 0.8 }, ...method],
  ["nesterov", "tf.train.momentum(0.01, 0.9, true)", { lr: 0.01, momentum: 0.9 }],
  ["nesterov", "tf.train.momentum(0.05, 0.8, true)", { lr: [0.05, 0.02], momentum: 0.8 }, ...method],
  ["adagrad", "tf.train.adagrad(0.01)", { lr: 0.01, eps: 0, initialAccumulator: 0.1000001 }, sum],
  ["adagrad", "tf.train.adagrad(0.1, 0.5)", { lr: 0.1, eps: 0, initialAccumulator: 0.5000001 }],
  ["rmsprop", "tf.train.rmsprop(0.01)", { lr: 0.01, ...root }],
  ["rmsprop", "tf.train.rmsprop(0.02, 0.95, 0, 0.1)", { lr: 0.02, rho: 0.95, eps: 0.1, epsInRoot: true }],
  ["rmsprop", "tf.train.rmsprop(0.01, 0.9, 0.8)", { lr: 0.01, ...root, momentum: 0.8, lrInMomentum: true }],
  ["rmsprop", "tf.train.rmsprop(0.05, 0.9, 0.8)", { lr: [0.05, 0.02], ...root, momentum: 0.8, lrInMomentum: true }, ...field],
  ["adam", "tf.train.adam()", tiny],
  ["adam", "tf.train.adam(0.02, 0.8, 0.99, 0.1)", { lr: 0.02, beta1: 0.8, beta2: 0.99, eps: 0.1 }],
  ["adamax", "tf.train.adamax()", { ...tiny, epsInMax: false }],
  ["adamax", "tf.train.adamax(0.02, 0.9, 0.999, 0.1, 0.05)", { lr: [0.02, 0.05], eps: 0.1, epsInMax: false }],
];

function run([rule, call, options, remark, setRate]) {
  const source = numbers();
  const entries = (make) => Object.entries(shapes).map(([name, shape]) => [name, make(name, shape)]);
  const take = (_, shape) =>
    tf.tensor(
      Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => source.next().value),
      shape,
    );
  const params = Object.fromEntries(entries((name, shape) => tf.variable(take(name, shape), true, `${call} ${name}`)));
  const optimizer = new Function("tf", `return ${call}`)(tf);
  for (let t = 0; t < steps; t++) {
    setRate?.(optimizer, options.lr[0] / (1 + options.lr[1] * t));
    optimizer.applyGradients(Object.fromEntries(entries(take).map(([name, tensor]) => [params[name].name, tensor])));
  }
  const digits = (tensor) => Array.from(tensor.dataSync(), (x) => Number(x.toPrecision(9)));
  return { rule, options, as: call, remark, params: Object.fromEntries(entries((name) => digits(params[name]))), state: {} };
}

const text = JSON.stringify({ version: tf.version_core, steps, seed, shapes, cases: cases.map(run) }, undefined, 1);
const lines = text.replaceAll(/\[\s+([-0-9.e,\s]+?)\s+\]/g, (_, list) => `[${list.replaceAll(/,\s+/g, ", ")}]`);
writeFileSync(new URL("tfjs.json", import.meta.url), `${lines}\n`);
