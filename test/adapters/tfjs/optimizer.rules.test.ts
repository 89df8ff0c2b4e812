// Every rule, and what is done around it, with TensorFlow.js: the bits of the library alone.

import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { rules } from "../../../src/index.js";
import { backends, step, use, variables } from "../../support/backends.js";
import { alone, arrays, arraysOf, compare, make, stepAlone } from "../../support/besideLibrary.js";
import { type AnyRule, table } from "../../support/configurations.js";
import { eager } from "../../support/pools.js";

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
  const pool = await eager(2);
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
