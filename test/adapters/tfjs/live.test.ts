// Variables that come, go, move, or have no gradient.

import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import { adam, momentum, prodigy, sgd } from "../../../src/adapters/tfjs/index.js";
import * as library from "../../../src/index.js";
import { backends, bits, gradients, step, use, values, variable, variables } from "../../support/backends.js";
import { alone, shapes, withVariables } from "../../support/withVariables.js";

describe.each(backends)("%s", (backend) => {
  beforeAll(() => use(backend));

  test("a variable that comes later begins then, and the others go on", () => {
    withVariables((of) => {
      const optimizer = adam();
      for (let t = 1; t <= 3; t++) step(optimizer, of.slice(0, 2), t);
      for (let t = 4; t <= 6; t++) step(optimizer, of, t);
      expect(bits(of)).toEqual([
        alone(shapes.a, 1, 0, [1, 2, 3, 4, 5, 6]),
        alone(shapes.b, 2, 1, [1, 2, 3, 4, 5, 6]),
        alone(shapes.c, 3, 2, [4, 5, 6]),
      ]);
      expect(optimizer.iterations).toBe(6);
      optimizer.dispose();
    });
  });

  test("a variable without a gradient is left alone, and its steps are not counted", () => {
    withVariables((of) => {
      const optimizer = adam();
      const [a, b, c] = of as [tf.Variable, tf.Variable, tf.Variable];
      const present = [[a, b, c], [a], [b, c], [a, b, c], [b], [a, b, c]];
      for (const [i, some] of present.entries()) {
        const all = gradients(of, i + 1);
        const before = bits(of);
        const given = all.map(({ name, tensor }, k) => ({ name, tensor: some.includes(of[k] as never) ? tensor : null }));
        // As a record, as an array with null, and with names left out.
        if (i % 3 === 0) optimizer.applyGradients(Object.fromEntries(given.map(({ name, tensor }) => [name, tensor as never])));
        else optimizer.applyGradients(given.filter(({ tensor }) => i % 3 === 1 || tensor) as never);
        tf.dispose(all.map(({ tensor }) => tensor));
        for (const [k, variable] of of.entries()) {
          if (some.includes(variable)) expect(Array.from(variable.dataSync())).not.toEqual(before[k]);
          else expect(Array.from(variable.dataSync())).toEqual(before[k]);
        }
      }
      const at = (variable: tf.Variable) => present.flatMap((some, i) => (some.includes(variable) ? [i + 1] : []));
      expect(bits(of)).toEqual(of.map((variable, i) => alone(variable.shape, i + 1, i, at(variable))));
      optimizer.dispose();
    });
  });

  test("carried numbers are kept when variables part", () => {
    withVariables((of) => {
      const optimizer = prodigy({ d0: 0.05 });
      for (let t = 1; t <= 5; t++) step(optimizer, of, t);
      const { d } = optimizer.carry;
      expect(d).toBeGreaterThan(0.05);
      step(optimizer, of.slice(0, 1), 6);
      expect(optimizer.groups.map(({ steps }) => steps)).toEqual([6, 5]);
      expect(optimizer.groups[1]?.carry.d).toBe(d);
      optimizer.dispose();
    });
  });

  test("variables in another order are the same", () => {
    withVariables((of) => {
      const optimizer = adam();
      for (let t = 1; t <= 4; t++) {
        const given = gradients(of, t);
        optimizer.applyGradients(t % 2 ? given : given.reverse());
        tf.dispose(given.map(({ tensor }) => tensor));
      }
      expect(bits(of)).toEqual(of.map(({ shape }, i) => alone(shape, i + 1, i, [1, 2, 3, 4])));
      optimizer.dispose();
    });
  });

  test("values assigned to a variable between steps take effect", () => {
    withVariables((of) => {
      const optimizer = adam();
      step(optimizer, of, 1);
      tf.tidy(() => of[1]?.assign(tf.tensor(values(shapes.b, 9), shapes.b)));
      step(optimizer, of, 2);
      const reference = library.adam({ b: { shape: shapes.b, values: values(shapes.b, 2) } });
      for (const t of [1, 2]) {
        reference.grads.b.set(values(shapes.b, 100 * t + 1));
        reference.step();
        if (t === 1) reference.params.b.set(values(shapes.b, 9));
      }
      expect(bits(of)[1]).toEqual(Array.from(reference.params.b));
      optimizer.dispose();
    });
  });

  test("a variable that is disposed of is forgotten; one of another shape under its name is refused", () => {
    const before = tf.memory().numTensors;
    const [a, b] = Object.values(variables("model", shapes)) as [tf.Variable, tf.Variable, tf.Variable];
    const optimizer = adam();
    step(optimizer, [a, b], 1);
    b.dispose();
    step(optimizer, [a], 2);
    step(optimizer, [a], 3);
    expect(bits([a])).toEqual([alone(shapes.a, 1, 0, [1, 2, 3])]);
    const again = variable("model/b", shapes.b, 2);
    step(optimizer, [a, again], 4);
    expect(bits([again])).toEqual([alone(shapes.b, 2, 1, [4])]);
    again.dispose();
    const other = variable("model/b", [6], 2);
    const kept = bits([a, other]);
    expect(() => step(optimizer, [a, other], 5)).toThrow(
      'adam: the variable "model/b" expected shape [5], as in its state, got [6]',
    );
    expect(bits([a, other])).toEqual(kept);
    optimizer.dispose();
    tf.dispose([a, other]);
    for (const left of Object.values(tf.engine().registeredVariables)) if (left.name === "model/c") left.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test("a variable without elements is left out", () => {
    withVariables(
      (of) => {
        const optimizer = adam();
        step(optimizer, of, 1);
        expect(bits(of)).toEqual([alone([2], 1, 0, [1]), []]);
        optimizer.dispose();
      },
      { some: [2], none: [0, 3] },
    );
  });

  test("no gradients are no step", () => {
    withVariables((of) => {
      const optimizer = adam();
      const before = bits(of);
      optimizer.applyGradients({});
      optimizer.applyGradients([]);
      optimizer.applyGradients([{ name: "model/a", tensor: null as never }]);
      expect(optimizer.iterations).toBe(0);
      expect(bits(of)).toEqual(before);
      step(optimizer, of, 1);
      optimizer.applyGradients({});
      expect(optimizer.iterations).toBe(1);
      optimizer.dispose();
    });
  });

  test("minimize() leaves variables alone that are not trainable, or not in the list", () => {
    withVariables((of) => {
      const [a, b, c] = of as [tf.Variable, tf.Variable, tf.Variable];
      b.trainable = false;
      const loss = () => tf.addN(of.map((p) => tf.sum(tf.square(p)))) as tf.Scalar;
      const optimizer = adam();
      const kept = bits([b]);
      expect(optimizer.minimize(loss)).toBeNull();
      expect(bits([b])).toEqual(kept);
      const [second] = bits([a]);
      const before = tf.tidy(() => loss().dataSync()[0]);
      const cost = optimizer.minimize(loss, true, [c, b]);
      expect(cost?.dataSync()[0]).toBe(before);
      cost?.dispose();
      expect(bits([a, b])).toEqual([second, kept[0]]);
      expect(optimizer.groups.map(({ names, steps }) => [names, steps])).toEqual([
        [["model/a"], 1],
        [["model/c"], 2],
      ]);
      optimizer.dispose();
    });
  });

  test("one optimizer for two models: each goes on by itself", async () => {
    const before = tf.memory().numTensors;
    const optimizer = momentum({ lr: 0.05 });
    const make = (name: string) => {
      const model = layers.sequential({
        layers: [layers.layers.dense({ units: 2, inputShape: [3], name: `${backend}${name}` })],
      });
      model.compile({ optimizer, loss: "meanSquaredError" });
      return model;
    };
    const [one, two] = [make("One"), make("Two")];
    const [x, y] = [tf.ones([4, 3]), tf.zeros([4, 2])];
    const losses: number[] = [];
    for (let i = 0; i < 100; i++) for (const model of [one, two]) losses.push((await model.trainOnBatch(x, y)) as number);
    expect(Math.max(...losses.slice(-2))).toBeLessThanOrEqual(1e-2 * Math.min(...losses.slice(0, 2)));
    expect(optimizer.groups.map(({ steps }) => steps)).toEqual([100, 100]);
    optimizer.dispose();
    one.dispose();
    two.dispose();
    tf.dispose([x, y]);
    expect(tf.memory().numTensors).toBe(before);
  });

  test("groups are matched by names and shapes of variables", () => {
    withVariables((of) => {
      const optimizer = sgd({ lr: 0, groups: [{ match: (_: string, shape: readonly number[]) => shape.length > 1, lr: 0.5 }] });
      const before = bits(of);
      step(optimizer, of, 1);
      expect(of.map((variable, i) => Array.from(variable.dataSync()).some((x, k) => x !== before[i]?.[k]))).toEqual([
        true,
        false,
        true,
      ]);
      // What is set in a group stays when variables part.
      const [group] = optimizer.groups;
      if (group) group.hyper.lr = 0;
      const now = bits(of);
      step(optimizer, of.slice(0, 2), 2);
      expect(bits(of)).toEqual(now);
      optimizer.hyper.lr = 1;
      step(optimizer, of, 3);
      expect(of.map((variable, i) => Array.from(variable.dataSync()).some((x, k) => x !== now[i]?.[k]))).toEqual([
        false,
        true,
        false,
      ]);
      optimizer.dispose();
    });
  });
});
