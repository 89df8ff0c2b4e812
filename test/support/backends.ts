// The TensorFlow.js backends of the tests: `cpu`, the same under an unknown name, and `wasm`.
import "@tensorflow/tfjs-backend-wasm";
import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach } from "vitest";
import { fill, random } from "./random.js";

tf.env().set("PROD", true); // no advertisement
tf.registerBackend("nameless", () => new MathBackendCPU());
tf.copyRegisteredKernels("cpu", "nameless");

// A failed test leaves variables, and the next test needs their names.
afterEach(() => tf.disposeVariables());

export const backends = ["cpu", "nameless", "wasm"];

/** Switches to a backend. */
export async function use(name: string): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error(`no backend ${name}`);
  await tf.ready();
}

export type Shapes = Readonly<Record<string, readonly number[]>>;

/** Random values, the same for the same seed and shape. */
export function values(shape: readonly number[], seed: number, scale = 1): Float32Array<ArrayBuffer> {
  return fill(new Float32Array(tf.util.sizeFromShape([...shape])), random(seed), scale);
}

export const variable = (name: string, shape: readonly number[], seed: number) =>
  tf.tidy(() => tf.variable(tf.tensor(values(shape, seed), [...shape]), true, name));

/** Variables of these shapes, `name/key`, by key. */
export const variables = (name: string, shapes: Shapes): Record<string, tf.Variable> =>
  Object.fromEntries(Object.entries(shapes).map(([key, shape], i) => [key, variable(`${name}/${key}`, shape, i + 1)]));

/** The gradients of variables at step t, in the order of the variables. The caller disposes of them. */
export const gradients = (of: readonly tf.Variable[], t: number, scale = 1) =>
  of.map(({ name, shape }, i) => ({ name, tensor: tf.tensor(values(shape, 100 * t + i, scale), shape) }));

/** Makes one step with these variables. */
export const step = (optimizer: tf.Optimizer, of: readonly tf.Variable[], t: number, scale = 1) =>
  tf.tidy(() => optimizer.applyGradients(gradients(of, t, scale)));

/** The values of tensors. */
export const bits = (of: readonly tf.Tensor[]) => of.map((tensor) => Array.from(tensor.dataSync()));
