// The configuration of an optimizer as JSON.

import * as tf from "@tensorflow/tfjs-core";
import { beforeEach, expect, test } from "vitest";
import type * as ours from "../../../src/adapters/tfjs/index.js";
import { adamw, lion, rmsprop } from "../../../src/adapters/tfjs/index.js";
import { cosineDecay } from "../../../src/index.js";
import { bits, step, use, variables } from "../../support/backends.js";
import { reload, restore, rules, shapes, transfer } from "../../support/saving.js";

beforeEach(() => use("cpu"));

test("a configuration has the last settings; a schedule must be set again", async () => {
  const of = Object.values(variables("model", shapes));
  const first = adamw({ lr: cosineDecay(0.1, { steps: 50 }), beta1: 0.8 });
  first.hyper.weightDecay = 0.3;
  for (let t = 1; t <= 5; t++) step(first, of, t);
  first.hyper.eps = 1e-6;
  expect(first.getConfig()).toMatchObject({ lr: { schedule: true }, beta1: 0.8, weightDecay: 0.3, eps: 1e-6 });
  const second = reload(first);
  await transfer(first, second);
  const start = bits(of);
  expect(() => step(second, of, 6)).toThrow(
    "adamw: applyGradients() expected these schedules to be set in hyper first, because they are not saved: lr",
  );
  expect(bits(of)).toEqual(start);
  second.hyper.lr = cosineDecay(0.1, { steps: 50 });
  step(second, of, 6);
  const result = bits(of);
  restore(of, start);
  step(first, of, 6);
  expect(bits(of)).toEqual(result);
  first.dispose();
  second.dispose();
  tf.dispose(of);
});

test("groups are in the configuration; functions in them are refused", () => {
  const optimizer = lion({
    groups: [
      { match: /a_b_C/i, lr: 0.5 },
      { match: ["x_y/z_1"], frozen: true },
    ],
  });
  const loaded = reload(optimizer);
  expect(loaded.getConfig()).toEqual(optimizer.getConfig());
  expect(JSON.stringify(optimizer.getConfig())).not.toContain("_");
  const of = Object.values(variables("x_y", { z_1: [2] }));
  const matched = lion({ groups: [{ match: /x_/, lr: 0.5 }] });
  step(matched, of, 1);
  const [group] = matched.groups;
  if (group) group.hyper.lr = 0.25;
  expect(reload(matched).getConfig().groups).toContain('"lr":0.25');
  matched.dispose();
  tf.dispose(of);
  const functions = [{ match: () => true }, { match: /a/, lr: () => 1 }];
  for (const group of functions)
    expect(() => lion({ groups: [group] }).getConfig()).toThrow(/^lion: groups\[0\]: (match|lr) is a function/);
});

test("fromConfig makes an optimizer of a configuration", () => {
  const optimizer = rmsprop({ lr: 0.5, centered: true, clipNorm: Infinity, accumulate: 4 });
  const cls = optimizer.constructor as unknown as tf.serialization.SerializableConstructor<ours.TfjsOptimizer> & {
    fromConfig(cls: unknown, config: unknown): ours.TfjsOptimizer;
  };
  const again = cls.fromConfig(cls, JSON.parse(JSON.stringify(optimizer.getConfig())));
  expect(again).toBeInstanceOf(tf.Optimizer);
  expect(again.getConfig()).toEqual(optimizer.getConfig());
  expect([again.hyper.lr, again.hyper.centered, again.getConfig().accumulate]).toEqual([0.5, true, 4]);
  expect(tf.serialization.SerializationMap.getMap().classNameMap.SimdescentRmsprop?.[0]).toBe(cls);
  const { classNameMap } = tf.serialization.SerializationMap.getMap();
  for (const make of Object.values(rules)) {
    const optimizer = make();
    expect(classNameMap[optimizer.getClassName()]?.[0]).toBe(optimizer.constructor);
  }
});
