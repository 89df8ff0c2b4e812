// Every rule, and what is done around it, with TensorFlow.js: the bits of the library alone.

import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import * as ours from "../../../src/adapters/tfjs/index.js";
import type { Optimizer } from "../../../src/engine/optimizer.js";
import { type ParameterMap, rules, threads } from "../../../src/index.js";
import { backends, bits, type Shapes, step, use, values, variables } from "../../support/backends.js";
import { type AnyRule, table } from "../../support/configurations.js";

type Make = (options: object) => ours.TfjsOptimizer;

const make = (name: string) => (ours as unknown as Record<string, Make>)[name] as Make;

const several: Shapes = { weight: [5, 9], bias: [7], scale: [3, 4, 5], one: [] };

// In place, sums over several tensors are sums of those of each, and round elsewhere than in one row.
const single: Shapes = { weight: [9, 11] };

const sums = ({ spec }: AnyRule, options: object) => ["dog", "prodigy"].includes(spec.name) || "clipNorm" in options;

// The state is flushed every 64 steps.
const steps = 70;

/** The library alone, over the same values. */
function alone(rule: AnyRule, options: Record<string, unknown>, shapes: Shapes): Optimizer {
  const parameters = Object.entries(shapes).map(([name, shape], i) => {
    return [`model/${name}`, { shape: shape.length > 0 ? shape : [1], values: values(shape, i + 1) }];
  });
  return rule(Object.fromEntries(parameters) as ParameterMap, options);
}

function stepAlone(optimizer: Optimizer, t: number): void {
  for (const [i, name] of Object.keys(optimizer.grads).entries())
    optimizer.grads[name]?.set(values([optimizer.grads[name]?.length ?? 0], 100 * t + i));
  if (t % 10 === 0 && optimizer.spec.observe) optimizer.observe();
  optimizer.step();
}

/** All arrays that steps change, by name. */
function arrays({ params, state, average, slow }: Optimizer): Record<string, number[]> {
  const slots = Object.entries({ ...state, average, slow });
  const views = slots.flatMap(([slot, views]) =>
    Object.entries<Float32Array>(views ?? {}).map(([name, a]) => [`${name}/${slot}`, a]),
  );
  return Object.fromEntries(
    [...Object.entries(params), ...views].map(([name, array]) => [name, Array.from(array as Float32Array)]),
  );
}

async function arraysOf(optimizer: ours.TfjsOptimizer, of: readonly tf.Variable[]): Promise<Record<string, number[]>> {
  const weights = (await optimizer.getWeights()).filter(({ tensor }) => tensor.dtype === "float32");
  const named = [...of.map((tensor) => ({ name: tensor.name, tensor })), ...weights];
  return Object.fromEntries(named.map(({ name, tensor }) => [name, Array.from(tensor.dataSync())]));
}

async function compare(rule: AnyRule, options: Record<string, unknown>): Promise<void> {
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

const around: Record<string, unknown>[] = [
  { maximize: true },
  { clipValue: 0.3 },
  { clipAdaptive: 0.1 },
  { clipTensorNorm: 0.5 },
  { clipNorm: 0.5 },
  { centralize: true },
  { noise: { eta: 0.01, seed: 3 } },
  { ema: true },
  { swa: { start: 3, every: 2 } },
  { lookahead: true },
  { weightDecay: 0.1, decay: "proximal" },
  { nonFinite: "allow" },
  { lr: (t: number) => 0.1 / (1 + t) },
  {
    groups: [
      { match: /bias|one/, lr: 0.01 },
      { match: ["model/scale"], frozen: true },
    ],
  },
  {
    clipValue: 0.5,
    centralize: true,
    ema: { decay: 0.9 },
    lookahead: { every: 3 },
    groups: [{ match: /weight/, weightDecay: 0.1 }],
  },
];

describe.each(backends)("%s", (backend) => {
  beforeAll(() => use(backend));

  test.each(table)("$title", ({ rule, options }) => compare(rule, options));

  const rows = around.flatMap((options) =>
    [rules.adam, rules.momentum, rules.lamb, rules.scheduleFreeAdamw].map((rule) => {
      return { rule: rule as unknown as AnyRule, options, title: `${rule.spec.name} ${Object.keys(options)}` };
    }),
  );
  test.each(rows)("$title", ({ rule, options }) => compare(rule, options));
});

test.each(backends)("%s: with threads, the same bits", async (backend) => {
  await use(backend);
  const pool = await threads(2);
  const shapes = { weight: [300, 200], bias: [200] };
  const reference = alone(rules.adam as unknown as AnyRule, {}, shapes);
  const of = Object.values(variables("model", shapes));
  const optimizer = make("adam")({ threads: pool });
  for (let t = 1; t <= 3; t++) {
    stepAlone(reference, t);
    step(optimizer, of, t);
  }
  expect(await arraysOf(optimizer, of)).toEqual(arrays(reference));
  optimizer.dispose();
  tf.dispose(of);
  pool.close();
});
