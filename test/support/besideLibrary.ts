// Every rule with TensorFlow.js beside the library alone: the same bits.

import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import * as ours from "../../src/adapters/tfjs/index.js";
import type { Optimizer } from "../../src/engine/optimizer.js";
import type { ParameterMap } from "../../src/index.js";
import { bits, type Shapes, step, values, variables } from "./backends.js";
import type { AnyRule } from "./configurations.js";

type Make = (options: object) => ours.TfjsOptimizer;

export const make = (name: string) => (ours as unknown as Record<string, Make>)[name] as Make;

export const several: Shapes = { weight: [5, 9], bias: [7], scale: [3, 4, 5], one: [] };

// In place, sums over several tensors are sums of those of each, and round elsewhere than in one row.
const single: Shapes = { weight: [9, 11] };

const sums = ({ spec }: AnyRule, options: object) => ["dog", "prodigy"].includes(spec.name) || "clipNorm" in options;

// The state is flushed every 64 steps.
export const steps = 70;

/** The library alone, over the same values. */
export function alone(rule: AnyRule, options: Record<string, unknown>, shapes: Shapes): Optimizer {
  const parameters = Object.entries(shapes).map(([name, shape], i) => {
    return [`model/${name}`, { shape: shape.length > 0 ? shape : [1], values: values(shape, i + 1) }];
  });
  return rule(Object.fromEntries(parameters) as ParameterMap, options);
}

export function stepAlone(optimizer: Optimizer, t: number): void {
  for (const [i, name] of Object.keys(optimizer.grads).entries())
    optimizer.grads[name]?.set(values([optimizer.grads[name]?.length ?? 0], 100 * t + i));
  if (t % 10 === 0 && optimizer.spec.observe) optimizer.observe();
  optimizer.step();
}

/** All arrays that steps change, by name. */
export function arrays({ params, state, average, slow }: Optimizer): Record<string, number[]> {
  const slots = Object.entries({ ...state, average, slow });
  const views = slots.flatMap(([slot, views]) =>
    Object.entries<Float32Array>(views ?? {}).map(([name, a]) => [`${name}/${slot}`, a]),
  );
  return Object.fromEntries(
    [...Object.entries(params), ...views].map(([name, array]) => [name, Array.from(array as Float32Array)]),
  );
}

export async function arraysOf(optimizer: ours.TfjsOptimizer, of: readonly tf.Variable[]): Promise<Record<string, number[]>> {
  const weights = (await optimizer.getWeights()).filter(({ tensor }) => tensor.dtype === "float32");
  const named = [...of.map((tensor) => ({ name: tensor.name, tensor })), ...weights];
  return Object.fromEntries(named.map(({ name, tensor }) => [name, Array.from(tensor.dataSync())]));
}

export async function compare(rule: AnyRule, options: Record<string, unknown>): Promise<void> {
  const shapes = sums(rule, options) ? single : several;
  const reference = alone(rule, options, shapes);
  const of = Object.values(variables("model", shapes));
  const before = tf.memory().numTensors;
  const optimizer = make(rule.spec.name)(options);
  try {
    let inUse = 0;
    for (let t = 1; t <= steps; t++) {
      stepAlone(reference, t);
      if (t % 10 === 0 && rule.spec.observe) {
        tf.tidy(() =>
          optimizer.observeGradients(
            of.map(({ name, shape }, i) => ({ name, tensor: tf.tensor(values(shape, 100 * t + i), shape) })),
          ),
        );
      }
      step(optimizer, of, t);
      inUse ||= tf.memory().numTensors;
    }
    expect(tf.memory().numTensors).toBe(inUse);
    expect(await arraysOf(optimizer, of)).toEqual(arrays(reference));
    expect(optimizer.carry).toEqual(reference.carry);
    expect(optimizer.iterations).toBe(reference.t);

    reference.eval();
    optimizer.eval();
    expect(bits(of)).toEqual(Object.values(reference.params).map((array) => Array.from(array as Float32Array)));
    reference.train();
    optimizer.train();
    expect(bits(of)).toEqual(Object.values(reference.params).map((array) => Array.from(array as Float32Array)));
  } finally {
    optimizer.dispose();
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(of);
  }
}
