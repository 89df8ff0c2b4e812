// Functions to minimize, in f64, each with its gradient; the same as in lbfgs_golden.py.

import { random } from "./random.js";

export interface Problem {
  readonly start: readonly number[];
  readonly minimum: readonly number[];
  /** Returns the value and sets the gradient. */
  readonly f: (x: Float32Array, g: Float32Array) => number;
}

function rosenbrock(x: Float32Array, g: Float32Array): number {
  const sums = new Float64Array(x.length);
  let value = 0;
  for (let i = 0; i + 1 < x.length; i++) {
    const a = x[i + 1] - x[i] ** 2;
    const b = 1 - x[i];
    value += 100 * a * a + b * b;
    sums[i] += -400 * a * x[i] - 2 * b;
    sums[i + 1] += 200 * a;
  }
  g.set(sums);
  return value;
}

function beale([a, b]: Float32Array, g: Float32Array): number {
  const sums = [0, 0];
  let value = 0;
  for (const [i, c] of [1.5, 2.25, 2.625].entries()) {
    const error = c - a + a * b ** (i + 1);
    value += error ** 2;
    sums[0] += 2 * error * (b ** (i + 1) - 1);
    sums[1] += 2 * error * a * (i + 1) * b ** i;
  }
  g.set(sums);
  return value;
}

function quadratic(x: Float32Array, g: Float32Array): number {
  let value = 0;
  for (let i = 0; i < x.length; i++) {
    const root = 1 + (i * 99) / 19;
    const error = root * (x[i] - (i + 1) / 8);
    value += error ** 2 / 2;
    g[i] = root * error;
  }
  return value;
}

const source = random(42);
const draw = (count: number) => Array.from({ length: count }, () => source.next().value);
const features = draw(500);
const labels = draw(100).map((noise, i) => (features[5 * i] - features[5 * i + 1] + noise / 2 > 0 ? 1 : -1));

function logistic(x: Float32Array, g: Float32Array): number {
  const sums = Float64Array.from(x, (x) => 0.01 * x);
  let value = x.reduce((sum, x) => sum + 0.005 * x ** 2, 0);
  for (const [i, label] of labels.entries()) {
    const row = [...features.slice(5 * i, 5 * i + 5), 1];
    const margin = label * row.reduce((sum, feature, j) => sum + feature * x[j], 0);
    value += Math.log1p(Math.exp(-margin)) / 100;
    for (const [j, feature] of row.entries()) sums[j] -= (label * feature) / (1 + Math.exp(margin)) / 100;
  }
  g.set(sums);
  return value;
}

const pairs = (count: number) => Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? -1.25 : 1));

export const problems: Readonly<Record<string, Problem>> = {
  rosenbrock2: { f: rosenbrock, start: pairs(1), minimum: [1, 1] },
  rosenbrock10: { f: rosenbrock, start: pairs(5), minimum: Array(10).fill(1) },
  beale: { f: beale, start: [1, 1], minimum: [3, 0.5] },
  quadratic: { f: quadratic, start: Array(20).fill(0), minimum: Array.from({ length: 20 }, (_, i) => (i + 1) / 8) },
  // From SciPy 1.17, minimize(method="BFGS", options={"gtol": 1e-10}), to 1e-7.
  logistic: {
    f: logistic,
    start: Array(6).fill(0),
    minimum: [3.1418013, -2.6302234, 0.1202363, -0.1207162, 0.0003396, -0.1984687],
  },
};
