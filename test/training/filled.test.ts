// Gradients that the caller forgot to fill are an error; gradients that are 0 are not.

import { describe, expect, test, vi } from "vitest";
import type { Optimizer } from "../../src/engine/optimizer.js";
import { adamw, type FitOptions, fit, nesterov, type Options, sgd } from "../../src/index.js";
import { allRules } from "../support/configurations.js";

const xs = [-1, -0.5, 0.5, 2];

const bits = (opt: Optimizer) => JSON.stringify([opt.params, opt.state, opt.carry, opt.t]);

/** The mean squared error of a line, without its gradient. */
const line = (opt: Optimizer<{ w: number; b: number }>) => (indices: Uint32Array) =>
  Array.from(indices, (i) => (opt.params.w[0] * xs[i] + opt.params.b[0] - 3 * xs[i] - 1) ** 2).reduce((a, b) => a + b) /
  indices.length;

const message = "fit: gradient expected to fill the optimizer's grads, got only 0 although the loss changes";

async function thrown(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("gradients that are not filled: an error after the first epoch, and its steps stay", () => {
  const parameters = { w: 1, b: 1 };
  const data = { count: 4, batch: 2, epochs: 9 };
  const rows = allRules.flatMap(({ spec }, i) => (spec.hyper.lr[2] ? [] : [{ name: spec.name, make: allRules[i] }]));

  test.each(rows)("$name", async ({ make }) => {
    const opt = make(parameters);
    const gradient = vi.fn(line(opt));
    expect(await thrown(fit(opt, { ...data, gradient }))).toEqual(new TypeError(message));
    expect(gradient).toHaveBeenCalledTimes(2 + 5);
    const byHand = make(parameters);
    for (let t = 0; t < 2; t++) byHand.step();
    expect(bits(opt)).toBe(bits(byHand));
    expect([...opt.grads.w, ...opt.grads.b]).toEqual([0, 0]);
  });

  test.each<[string, () => Optimizer<{ w: number; b: number }>, Partial<FitOptions>]>([
    ["decay that moves the parameters", () => adamw({ w: Float32Array.of(0), b: Float32Array.of(0.5) }, { lr: 0.1 }), {}],
    ["micro-batches", () => sgd(parameters, { accumulate: true }), { microBatch: 1 }],
    ["two phases", () => nesterov(parameters), { twoPhase: true }],
    ["sam", () => sgd(parameters, { sam: true }), {}],
    ["no guard", () => sgd(parameters, { nonFinite: "allow" }), {}],
    ["another group frozen", () => sgd(parameters, { groups: [{ match: ["b"], frozen: true }] }), {}],
    ["a rate that is 0 at first", () => sgd(parameters, { lr: (t) => t }), {}],
    ["batches of all", () => sgd(parameters), { batch: "all" }],
  ])("%s", async (_, make, options) => {
    const opt = make();
    expect(await thrown(fit(opt, { ...data, gradient: line(opt), ...options }))).toEqual(new TypeError(message));
  });

  test("a promise of the loss, in f32", async () => {
    const opt = sgd(parameters);
    const loss = line(opt);
    const gradient = async (indices: Uint32Array) => Math.fround(loss(indices));
    expect(await thrown(fit(opt, { ...data, gradient }))).toEqual(new TypeError(message));
  });

  test("in a long epoch after 100 steps", async () => {
    const opt = sgd(parameters);
    const loss = line(opt);
    const gradient = (indices: Uint32Array) => loss(indices.map((i) => i % 4));
    expect(await thrown(fit(opt, { count: 1000, batch: 1, epochs: 1, gradient }))).toEqual(new TypeError(message));
    expect(opt.t).toBe(100);
  });

  test("a signal that aborts meanwhile ends the training", async () => {
    const opt = sgd(parameters);
    const loss = line(opt);
    const controller = new AbortController();
    let calls = 0;
    const gradient = (indices: Uint32Array) => {
      if (++calls === 4) controller.abort();
      controller.signal.throwIfAborted();
      return loss(indices);
    };
    const { ended } = await fit(opt, { ...data, gradient, signal: controller.signal });
    expect([ended, opt.t, ...opt.params.w, ...opt.params.b]).toEqual(["signal", 2, 0, 0]);
  });
});

describe("gradients that are 0: the training continues", () => {
  type Case = {
    options?: Options<typeof sgd.spec.hyper, "w" | "v">;
    w?: number[];
    loss: (opt: Optimizer, call: number) => number;
  };
  const relu = (x: number) => Math.max(x, 0);
  const rows: Record<string, Case> = {
    "a dead ReLU": {
      w: [-1, -2],
      loss: ({ params: { w } }) => xs.reduce((sum, x) => sum + (relu(w[0] * x ** 2 + w[1]) - 1) ** 2, 0),
    },
    "margins that are kept, and the penalty of weight decay": {
      options: { weightDecay: 0.1 },
      w: [2, 3],
      loss: ({ params: { w } }) => relu(1 - w[0]) + relu(1 - w[1]) + 0.05 * (w[0] ** 2 + w[1] ** 2),
    },
    "the same by groups with decays of their own": {
      options: { groups: [{ match: ["v"], weightDecay: 0.2 }], weightDecay: 0.1 },
      w: [2, 3],
      loss: ({ params: { w, v } }) => 1 + 0.05 * (w[0] ** 2 + w[1] ** 2) + 0.1 * v[0] ** 2,
    },
    "what slopes is frozen": { options: { groups: [{ match: ["v"], frozen: true }] }, loss: ({ params: { v } }) => 1 + v[0] },
    "what slopes has the rate 0": { options: { groups: [{ match: ["v"], lr: 0 }] }, loss: ({ params: { v } }) => 1 + v[0] },
    "a minimum": { loss: ({ params: { w } }) => 5 + w[0] ** 2 + 3 * w[1] ** 2 },
    "a saddle": { loss: ({ params: { w } }) => 5 + w[0] * w[1] },
    "a kink": { loss: ({ params: { w } }) => 5 + relu(w[0]) * relu(w[1]) },
    "an inflection": { loss: ({ params: { w } }) => 5 + w[0] ** 3 },
    "a loss of 0": { loss: () => 0 },
    "a loss that is another at each call": { loss: (_, call) => call },
    "a loss with noise": { loss: (_, call) => 1 + ((call * 0.618) % 1) / 100 },
    "a loss that is not finite beside it": {
      options: { nonFinite: "allow" },
      loss: ({ params: { w } }) => (w[0] === 0 ? 1 : Number.NaN),
    },
  };

  test.each(Object.entries(rows))("%s", async (_, { options, w = [0, 0], loss }) => {
    const make = () => sgd({ w: Float32Array.from(w), v: Float32Array.of(0.5) }, { lr: 0.1, ...options });
    const opt = make();
    let calls = 0;
    const history = await fit(opt, { count: 2, batch: 1, epochs: 3, gradient: () => loss(opt, ++calls) });
    expect(history.loss.length).toBe(6);
    const byHand = make();
    for (let t = 0; t < 6; t++) byHand.step();
    expect(bits(opt)).toBe(bits(byHand));
  });

  test.each<[string, Options<typeof sgd.spec.hyper, "w" | "b">, number]>([
    ["the last gradient of the epoch is not", {}, 1e-30],
    ["steps are skipped", { nonFinite: "skip" }, Number.NaN],
  ])("%s: no more calls", async (_, options, value) => {
    const opt = sgd({ w: 1, b: 1 }, options);
    const loss = line(opt);
    let calls = 0;
    const gradient = (indices: Uint32Array) => {
      if (++calls === 4) opt.grads.b[0] = value;
      return loss(indices);
    };
    await fit(opt, { count: 4, batch: 1, epochs: 2, gradient });
    expect(calls).toBe(8);
  });
});
