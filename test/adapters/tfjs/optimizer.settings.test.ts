// Settings as those write them who know the built-in optimizers.

import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import * as ours from "../../../src/adapters/tfjs/index.js";
import { adam, adamw, sgd, sophia } from "../../../src/adapters/tfjs/index.js";
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

test("options are checked at construction", () => {
  expect(() => adam({ lr: -1 })).toThrow("adam: lr expected in [0,inf), got -1");
  expect(() => adam({ beta1: 1 })).toThrow("adam: beta1 expected in [0,1), got 1");
  expect(() => adam(null as never)).toThrow("adam: options expected a plain object, got null");
  expect(() => adam([] as never)).toThrow("adam: options expected a plain object, got []");
  expect(() => adam({ accumulate: 1, zeroGrad: undefined } as never)).not.toThrow();
  expect(() => adam({ learningRate: 1 } as never)).toThrow('adam: unknown option "learningRate"');
  expect(() => adam({ zeroGrad: true } as never)).toThrow(
    "adam: zeroGrad is no option for TensorFlow.js, which frees its gradients itself",
  );
  expect(() => adam({ accumulate: true } as never)).toThrow("adam: accumulate expected an integer of at least 1, got true");
  expect(() => adam({ accumulate: 0 })).toThrow("adam: accumulate expected an integer of at least 1, got 0");
  expect(() => adam({ accumulate: 2, sam: true })).toThrow("adam: accumulate and sam expected one of them, got both");
  expect(() => adam({ memory: {} } as never)).toThrow("adam: memory is no option for TensorFlow.js");
  expect(() => adamw({ groups: [{ match: /x/, lr: -1 }] })).toThrow("adamw: groups[0]: lr expected in [0,inf), got -1");
  expect(() => adamw({ groups: [{ lr: 1 } as never] })).toThrow("adamw: groups[0]: match");
  const optimizer = sophia({ lr: 0.1 });
  expect(() => {
    optimizer.hyper.lr = -1;
  }).toThrow("sophia: lr expected in [0,inf), got -1");
  optimizer.hyper.lr = 0.2;
  expect([optimizer.hyper.lr, optimizer.current.lr]).toEqual([0.2, 0.2]);
  expect(() => Object.assign(optimizer.hyper, { rate: 1 })).toThrow(TypeError);
});
