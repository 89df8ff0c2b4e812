// The options of a rule for TensorFlow.js.

import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers"; // has the gradients of operations
import { beforeAll, describe, expect, test } from "vitest";
import * as ours from "../../../src/adapters/tfjs/index.js";
import { adam, adamw, sgd, sophia } from "../../../src/adapters/tfjs/index.js";
import { step, use, variables } from "../../support/backends.js";
import { allRules } from "../../support/configurations.js";

type Make = (options?: object) => ours.TfjsOptimizer;

const makers = ours as unknown as Record<string, Make>;

const rows = Object.entries(makers).map(([name, make]) => ({ name, make }));

const specOf = (name: string) => allRules.find(({ spec }) => spec.name === name)?.spec as (typeof allRules)[0]["spec"];

beforeAll(() => use("cpu"));

describe("undefined is the same as an option left out", () => {
  test.each(rows)("$name", ({ name, make }) => {
    const { hyper } = specOf(name);
    const nothing = Object.fromEntries(
      [...Object.keys(hyper), "decay", "ema", "groups", "threads"].map((option) => [option, undefined]),
    );
    expect(make(nothing).getConfig()).toEqual(make().getConfig());
  });

  test("in groups too, which inherit what they do not set", () => {
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
