// What is assigned to an optimizer itself.

import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers"; // has the gradients of operations
import { beforeAll, describe, expect, test } from "vitest";
import * as ours from "../../../src/adapters/tfjs/index.js";
import { adam, momentum, rmsprop } from "../../../src/adapters/tfjs/index.js";
import { use, variables } from "../../support/backends.js";
import { allRules } from "../../support/configurations.js";

type Make = (options?: object) => ours.TfjsOptimizer;

const makers = ours as unknown as Record<string, Make>;

const rows = Object.entries(makers).map(([name, make]) => ({ name, make }));

const specOf = (name: string) => allRules.find(({ spec }) => spec.name === name)?.spec as (typeof allRules)[0]["spec"];

beforeAll(() => use("cpu"));

describe("assignments to the optimizer itself throw, and say where the setting is", () => {
  test.each(rows)("$name", ({ name, make }) => {
    const optimizer = make();
    const before = optimizer.getConfig();
    const { hyper, spec } = optimizer;
    const fixed = new Set(
      Object.entries(specOf(name).hyper).flatMap(([option, entry]) => (entry[2] === "fixed" ? [option] : [])),
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
