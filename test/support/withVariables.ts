// Variables for a test, and Adam by itself over the same values.

import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import * as library from "../../src/index.js";
import { values, variables } from "./backends.js";

export const shapes = { a: [3, 4], b: [5], c: [2, 2] };

/** Runs with variables of these shapes, and disposes of all; no tensor may be left. */
export function withVariables(f: (of: tf.Variable[]) => void, of: Record<string, readonly number[]> = shapes): void {
  const before = tf.memory().numTensors;
  const made = Object.values(variables("model", of));
  try {
    f(made);
  } finally {
    tf.dispose(made);
  }
  expect(tf.memory().numTensors).toBe(before);
}

/** One variable of shape, stepped by the library alone at these steps, with the gradients of place i. */
export function alone(shape: readonly number[], seed: number, i: number, at: readonly number[], t = (n: number) => n): number[] {
  const optimizer = library.adam({ p: { shape, values: values(shape, seed) } });
  for (const n of at) {
    optimizer.grads.p.set(values(shape, 100 * t(n) + i));
    optimizer.step();
  }
  return Array.from(optimizer.params.p);
}
