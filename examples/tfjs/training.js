// Trains a classifier of MNIST's digits for one epoch in TensorFlow.js, on its WebAssembly backend, with several optimizers at once.
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { cosineDecay } from "simdescent";
import { adam, adamw } from "simdescent/tfjs";
import { pixelsPerImage, readImages } from "../digits/images.js";

const batch = 32; // the default of TensorFlow.js's `fit`
const hidden = 128;
const digits = 10;

/**
 * The optimizers by name, as functions of the number of steps. The first three have the same formula. The second one differs from the first
 * in its rate by rounding only, and shows the effect.
 * @type {Readonly<Record<string, (steps: number) => tf.Optimizer>>}
 */
export const optimizers = {
  "tf.train.adam()": () => tf.train.adam(),
  "tf.train.adam(1e-3 * (1 + 1e-5))": () => tf.train.adam(1e-3 * (1 + 1e-5)),
  "adam({ eps: 1e-7 })": () => adam({ eps: 1e-7 }),
  "adamw, clipNorm, cosineDecay, ema": (steps) => adamw({ lr: cosineDecay(2e-3, { steps }), clipNorm: 1, ema: { decay: 0.99 } }),
};

/** @param {string} name @param {(steps: number) => tf.Optimizer} make @param {number} steps */
function prepare(name, make, steps) {
  const dense = (/** @type {object} */ config, /** @type {number} */ seed) =>
    layers.layers.dense({ kernelInitializer: layers.initializers.glorotUniform({ seed }), .../** @type {any} */ (config) });
  const model = layers.sequential();
  model.add(dense({ units: hidden, inputShape: [pixelsPerImage], activation: "relu" }, 1));
  model.add(dense({ units: digits, activation: "softmax" }, 2));
  const optimizer = make(steps);
  const times = { epoch: 0, optimizer: 0 };
  const apply = optimizer.applyGradients.bind(optimizer);
  optimizer.applyGradients = (gradients) => {
    const start = performance.now();
    apply(gradients);
    times.optimizer += performance.now() - start;
  };
  model.compile({ optimizer, loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  return { name, model, optimizer, times };
}

/** Images as rows of numbers from 0 to 1; one-hot digits. @param {"train" | "test"} set @param {number} limit */
function load(set, limit) {
  const { count, pixels, labels } = readImages(set, limit);
  const x = Float32Array.from(pixels, (byte) => byte / 255);
  const y = new Float32Array(count * digits);
  for (let i = 0; i < count; i++) y[i * digits + labels[i]] = 1;
  return { count, x, y };
}

/**
 * Trains a model with each optimizer on the same batches. The optimizers take turns at each batch.
 * @param {{ limit?: number, onBatch?: (done: number, steps: number) => void }} [options] `limit`: maximum number of images in each set
 */
export async function train({ limit = Infinity, onBatch = () => {} } = {}) {
  await tf.setBackend("wasm");
  const { count, x, y } = load("train", limit);
  const test = load("test", limit);
  const steps = Math.floor(count / batch);
  const runs = Object.entries(optimizers).map(([name, make]) => prepare(name, make, steps));
  for (let i = 0; i < steps; i++) {
    const [from, to] = [i * batch, (i + 1) * batch];
    const images = tf.tensor2d(x.slice(from * pixelsPerImage, to * pixelsPerImage), [batch, pixelsPerImage]);
    const labels = tf.tensor2d(y.slice(from * digits, to * digits), [batch, digits]);
    for (let k = 0; k < runs.length; k++) {
      const { model, times } = runs[(i + k) % runs.length];
      const start = performance.now();
      await model.trainOnBatch(images, labels);
      times.epoch += performance.now() - start;
    }
    tf.dispose([images, labels]);
    onBatch(i + 1, steps);
  }
  const [images, labels] = [tf.tensor2d(test.x, [test.count, pixelsPerImage]), tf.tensor2d(test.y, [test.count, digits])];
  const results = runs.map(({ name, model, optimizer, times }) => {
    if ("eval" in optimizer) /** @type {import("simdescent/tfjs").TfjsOptimizer} */ (optimizer).eval();
    const [loss, accuracy] = /** @type {tf.Scalar[]} */ (model.evaluate(images, labels));
    const result = { name, ...times, loss: loss.dataSync()[0], accuracy: accuracy.dataSync()[0] };
    tf.dispose([loss, accuracy]);
    optimizer.dispose();
    model.dispose();
    return result;
  });
  tf.dispose([images, labels]);
  return results;
}
