// Settings as those write them who know the built-in optimizers, and what is assigned to an optimizer itself.
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers"; // which brings the gradients of operations
import { beforeAll, describe, expect, test } from "vitest";
import * as ours from "../../../src/adapters/tfjs/index.js";
import { adam, momentum, rmsprop, sgd } from "../../../src/adapters/tfjs/index.js";
import { bits, step, use, variables } from "../../support/backends.js";
import { allRules } from "../../support/configurations.js";

type Make = (options?: object) => ours.TfjsOptimizer;
const makers = ours as unknown as Record<string, Make>;
const rows = Object.entries(makers).map(([name, make]) => ({ name, make }));
const specOf = (name: string) => allRules.find(({ spec }) => spec.name === name)?.spec as (typeof allRules)[0]["spec"];

beforeAll(() => use("cpu"));

describe("learningRate", () => {
  test.each(rows)("$name: sets the rate and reads it", ({ name, make }) => {
    const optimizer = make();
    expect(optimizer.learningRate).toBe(optimizer.hyper.lr);
    if (specOf(name).hyper.lr[3] === "fixed") {
      const message = `${name}: lr is read at construction; it cannot be set later`;
      expect(() => Object.assign(optimizer, { learningRate: 0.25 })).toThrow(message);
      expect(() => optimizer.setLearningRate(0.25)).toThrow(message);
      return;
    }
    optimizer.learningRate = 0.25;
    expect([optimizer.learningRate, optimizer.hyper.lr, optimizer.current.lr]).toEqual([0.25, 0.25, 0.25]);
    optimizer.setLearningRate(0.5);
    expect([optimizer.learningRate, optimizer.hyper.lr]).toEqual([0.5, 0.5]);
    const of = Object.values(variables("model", { a: [3] }));
    step(optimizer, of, 1);
    optimizer.learningRate *= 0.5;
    expect(optimizer.hyper.lr).toBe(0.25);
    for (const wrong of [-1, Number.NaN, Infinity, "0.1", null, undefined, {}]) {
      expect(() => Object.assign(optimizer, { learningRate: wrong })).toThrow(`${name}: lr expected`);
      expect(() => optimizer.setLearningRate(wrong as number)).toThrow(`${name}: lr expected`);
    }
    expect(optimizer.hyper.lr).toBe(0.25);
    optimizer.dispose();
    tf.dispose(of);
  });

  test("steps go by it, as with a built-in optimizer; a schedule is read as its number", () => {
    const pair = [tf.train.sgd(0.1), sgd({ lr: 0.1 })];
    const results = pair.map((optimizer) => {
      const of = Object.values(variables("model", { a: [3], b: [2, 2] }));
      for (let t = 1; t <= 4; t++) {
        if (t === 2) (optimizer as ours.TfjsOptimizer).setLearningRate(0.5);
        step(optimizer, of, t);
      }
      const result = bits(of).flat();
      optimizer.dispose();
      tf.dispose(of);
      return result;
    }) as [number[], number[]];
    for (const [i, x] of results[0].entries()) expect(Math.abs(x - (results[1][i] as number))).toBeLessThanOrEqual(1e-6);

    const optimizer = sgd({ lr: (t) => 1 / (1 + t) });
    const of = Object.values(variables("model", { a: [3] }));
    for (let t = 1; t <= 3; t++) step(optimizer, of, t);
    expect(optimizer.learningRate).toBe(1 / 3);
    const schedule = () => 0.125;
    optimizer.learningRate = schedule;
    expect(optimizer.hyper.lr).toBe(schedule);
    step(optimizer, of, 4);
    expect(optimizer.learningRate).toBe(0.125);
    optimizer.dispose();
    tf.dispose(of);
  });
});

describe("assignments to the optimizer itself throw, and say where the setting is", () => {
  test.each(rows)("$name", ({ name, make }) => {
    const optimizer = make();
    const before = optimizer.getConfig();
    const { hyper, spec } = optimizer;
    const fixed = new Set(
      Object.entries(specOf(name).hyper).flatMap(([option, entry]) => (entry[3] === "fixed" ? [option] : [])),
    );
    const constructed = "is read at construction; it cannot be set later";
    for (const option of Object.keys(specOf(name).hyper)) {
      const message = fixed.has(option) ? constructed : `is not set here: set optimizer.hyper.${option}`;
      expect(() => Object.assign(optimizer, { [option]: 0.5 })).toThrow(`${name}: ${option} ${message}`);
    }
    const options = "decay ema swa lookahead clipNorm clipValue nonFinite accumulate noise sam groups lossScale threads zeroGrad";
    for (const option of options.split(" ").filter((option) => option !== "decay" || !("rho" in hyper)))
      expect(() => Object.assign(optimizer, { [option]: true })).toThrow(`${name}: ${option} ${constructed}`);
    for (const property of ["hyper", "current"])
      expect(() => Object.assign(optimizer, { [property]: { lr: 1 } })).toThrow(
        `${name}: ${property} is read-only: set optimizer.hyper.lr and the like`,
      );
    for (const property of ["spec", "carry", "gradNorm", "skipped", "iterations"])
      expect(() => Object.assign(optimizer, { [property]: 1 })).toThrow(`${name}: ${property} is read-only`);
    expect(optimizer.hyper).toBe(hyper);
    expect(optimizer.spec).toBe(spec);
    expect(optimizer.getConfig()).toEqual(before);
  });

  test("the names of the built-in optimizers", () => {
    const rows: [ours.TfjsOptimizer, string, string][] = [
      [adam(), "epsilon", "eps"],
      [rmsprop(), "decay", "rho"],
      [rmsprop(), "epsilon", "eps"],
      [ours.adadelta(), "rho", "rho"],
    ];
    for (const [optimizer, theirs, hyper] of rows)
      expect(() => Object.assign(optimizer, { [theirs]: 0.5 })).toThrow(
        `${optimizer.spec.name}: ${theirs} is not set here: set optimizer.hyper.${hyper}`,
      );
    // What the classes of TensorFlow.js have: nothing that they call a setting is taken without a word.
    const made = { sgd: [1], momentum: [1, 0.9], adagrad: [1], rmsprop: [1], adam: [], adamax: [], adadelta: [] };
    for (const [name, values] of Object.entries(made)) {
      const theirs = (tf.train as unknown as Record<string, (...values: number[]) => tf.Optimizer>)[name]?.(...values);
      const mine = makers[name]?.() as ours.TfjsOptimizer;
      for (const setting of Object.keys(theirs?.getConfig() ?? {}))
        if (!["learningRate", "useNesterov"].includes(setting))
          expect(() => Object.assign(mine, { [setting]: 0.5 }), `${name} ${setting}`).toThrow(TypeError);
      theirs?.dispose();
    }
  });

  test("methods may be replaced, and properties of the caller's own made", () => {
    const optimizer = momentum();
    const calls: unknown[] = [];
    Object.assign(optimizer, { applyGradients: (gradients: unknown) => calls.push(gradients), tag: "mine" });
    expect(optimizer).toMatchObject({ tag: "mine" });
    const of = Object.values(variables("model", { a: [3] }));
    optimizer.minimize(() => tf.sum(of[0] as tf.Tensor));
    expect(calls.length).toBe(1);
    optimizer.dispose();
    tf.dispose(of);
  });
});

describe("undefined counts as left out", () => {
  test.each(rows)("$name", ({ name, make }) => {
    const { hyper } = specOf(name);
    const nothing = Object.fromEntries(
      [...Object.keys(hyper), "decay", "ema", "groups", "threads"].map((option) => [option, undefined]),
    );
    expect(make(nothing).getConfig()).toEqual(make().getConfig());
  });

  test("in groups too: what the group leaves out is as for the rest, also after variables part", () => {
    const of = Object.values(variables("model", { a: [3], b: [2] }));
    const optimizer = sgd({ groups: [{ match: /a/, lr: undefined, weightDecay: undefined, frozen: undefined }] });
    step(optimizer, of.slice(0, 1), 1);
    step(optimizer, of, 2);
    step(optimizer, of.slice(1), 3);
    optimizer.hyper.lr = 0.5;
    expect(optimizer.groups.map(({ hyper }) => hyper.lr)).toEqual([0.5]);
    optimizer.dispose();
    tf.dispose(of);
  });
});
