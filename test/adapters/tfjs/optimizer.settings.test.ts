// The learning rate by the names of the built-in optimizers: learningRate and setLearningRate().

import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers"; // has the gradients of operations
import { beforeAll, describe, expect, test } from "vitest";
import * as ours from "../../../src/adapters/tfjs/index.js";
import { sgd } from "../../../src/adapters/tfjs/index.js";
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
    if (specOf(name).hyper.lr[2] === "fixed") {
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

  test("steps use it, as with a built-in optimizer; a schedule reads as its number", () => {
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
