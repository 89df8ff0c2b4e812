// Methods and options of an optimizer for TensorFlow.js.

import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers"; // has the gradients of operations
import { beforeAll, describe, expect, test } from "vitest";
import { adam, rprop, scheduleFreeSgd, sgd } from "../../../src/adapters/tfjs/index.js";
import * as library from "../../../src/index.js";
import { NonFiniteError } from "../../../src/index.js";
import { backends, bits, gradients, step, use, values, variables } from "../../support/backends.js";
import { alone, withVariables } from "../../support/withVariables.js";

describe.each(backends)("%s", (backend) => {
  beforeAll(() => use(backend));

  test("pairs of hyper-parameters in order: both may move, of all and of groups, before variables come", () => {
    withVariables((of) => {
      const optimizer = rprop({ groups: [{ match: /b$/, stepMin: 40 }] });
      step(optimizer, of.slice(0, 2), 1);
      expect(() => {
        optimizer.hyper.stepMin = 60;
      }).toThrow("rprop: stepMin expected at most stepMax, 50, got 60");
      optimizer.hyper.stepMax = 200;
      optimizer.hyper.stepMin = 60;
      const grouped = () => optimizer.groups.find(({ names }) => names.includes("model/b"))?.hyper ?? optimizer.hyper;
      grouped().stepMin = 100;
      step(optimizer, of, 2);
      expect([optimizer.hyper.stepMin, optimizer.hyper.stepMax]).toEqual([60, 200]);
      expect([grouped().stepMin, grouped().stepMax]).toEqual([100, 200]);
      optimizer.dispose();
    });
  });

  describe("gradients that are not finite", () => {
    const spoilt = (of: readonly tf.Variable[]) => {
      const all = gradients(of, 2);
      const [first] = all;
      first?.tensor.dispose();
      return all.map((named, i) => (i === 0 ? { ...named, tensor: tf.fill(of[0]?.shape ?? [], Number.NaN) } : named));
    };

    test("throw, and change and leave nothing", () => {
      withVariables((of) => {
        const optimizer = adam();
        step(optimizer, of, 1);
        const before = bits(of);
        expect(() => tf.tidy(() => optimizer.applyGradients(spoilt(of)))).toThrow(NonFiniteError);
        expect(bits(of)).toEqual(before);
        const tensors = tf.memory().numTensors;
        const loss = () => tf.mul(tf.addN(of.map((p) => tf.sum(p))), Number.NaN) as tf.Scalar;
        expect(() => optimizer.minimize(loss, true)).toThrow('adam: step 2: the gradient of "model/a" is not finite');
        expect(tf.memory().numTensors).toBe(tensors);
        step(optimizer, of, 3);
        expect(bits(of)).toEqual(of.map(({ shape }, i) => alone(shape, i + 1, i, [1, 3])));
        optimizer.dispose();
      });
    });

    test("are skipped", () => {
      withVariables((of) => {
        const optimizer = adam({ nonFinite: "skip" });
        step(optimizer, of, 1);
        tf.tidy(() => optimizer.applyGradients(spoilt(of)));
        expect([optimizer.skipped, optimizer.iterations]).toEqual([1, 1]);
        step(optimizer, of, 3);
        expect(bits(of)).toEqual(of.map(({ shape }, i) => alone(shape, i + 1, i, [1, 3])));
        optimizer.dispose();
      });
    });

    test("are allowed", () => {
      withVariables((of) => {
        const optimizer = adam({ nonFinite: "allow" });
        tf.tidy(() => optimizer.applyGradients(spoilt(of)));
        expect(bits(of).map((array) => array.every(Number.isNaN))).toEqual([true, false, false]);
        optimizer.dispose();
      });
    });
  });

  test("sam: minimize() asks for both gradients, and the step is that of the library", () => {
    withVariables((of) => {
      const loss = () => tf.addN(of.map((p) => tf.sum(tf.pow(p, tf.scalar(4, "int32"))))) as tf.Scalar;
      const optimizer = sgd({ lr: 0.01, sam: { radius: 0.1 } });
      const reference = library.sgd(
        Object.fromEntries(of.map(({ name, shape }, i) => [name, { shape, values: values(shape, i + 1) }])),
        { lr: 0.01, sam: { radius: 0.1 } },
      );
      const fill = () => {
        for (const [name, p] of Object.entries(reference.params))
          tf.tidy(() => {
            const tensor = tf.tensor(p.slice());
            reference.grads[name]?.set(
              tf
                .grad((x) => tf.sum(tf.pow(x, tf.scalar(4, "int32"))))(tensor)
                .dataSync(),
            );
          });
      };
      for (let t = 0; t < 3; t++) {
        optimizer.minimize(loss);
        fill();
        reference.shift();
        fill();
        reference.step();
      }
      // The norm of all gradients is a sum that rounds elsewhere in place.
      const all = Object.values(reference.params).flatMap((array) => Array.from(array));
      for (const [i, x] of bits(of).flat().entries()) expect(Math.abs(x - (all[i] as number))).toBeLessThanOrEqual(1e-6);
      expect(() => step(optimizer, of, 1)).toThrow("sgd: sam expected minimize(), which finds both gradients of a step");

      const before = bits(of);
      let calls = 0;
      const failing = () => {
        calls += 1;
        if (calls % 2 === 0) throw new Error("at the shifted variables");
        return loss();
      };
      expect(() => optimizer.minimize(failing)).toThrow("at the shifted variables");
      const tensors = tf.memory().numTensors;
      expect(() => optimizer.minimize(failing)).toThrow("at the shifted variables");
      expect(bits(of)).toEqual(before);
      expect(tf.memory().numTensors).toBe(tensors);
      optimizer.dispose();
    });
  });

  test("accumulate: every third call does a step, by the mean of the gradients", () => {
    withVariables((of) => {
      const optimizer = adam({ accumulate: 3, clipValue: 0.3 });
      const reference = library.adam(
        Object.fromEntries(of.map(({ name, shape }, i) => [name, { shape, values: values(shape, i + 1) }])),
        { accumulate: true, clipValue: 0.3 },
      );
      for (let t = 1; t <= 9; t++) {
        const before = bits(of);
        step(optimizer, of, t);
        for (const [i, gradient] of Object.values(reference.grads).entries())
          gradient.set(values([gradient.length], 100 * t + i));
        reference.accumulate();
        if (t % 3 === 0) reference.step();
        else expect(bits(of)).toEqual(before);
        expect(optimizer.iterations).toBe(Math.floor(t / 3));
      }
      expect(bits(of)).toEqual(Object.values(reference.params).map((array) => Array.from(array)));

      // Other variables only between steps.
      for (let t = 1; t <= 3; t++) step(optimizer, of.slice(0, 2), t);
      step(optimizer, of, 1);
      const message = "adam: accumulate expected all gradients of a step to be of the same variables and backend";
      expect(() => step(optimizer, of.slice(0, 2), 2)).toThrow(message);
      step(optimizer, of, 2);
      const kept = bits(of);
      const broken = of.map(({ name, shape }) => ({ name, tensor: tf.fill(shape, Number.NaN) }));
      expect(() => optimizer.applyGradients(broken)).toThrow(NonFiniteError);
      tf.dispose(broken.map(({ tensor }) => tensor));
      expect(bits(of)).toEqual(kept);
      for (let t = 1; t <= 3; t++) step(optimizer, of, t);
      expect(optimizer.iterations).toBe(5);
      expect(bits(of).flat().every(Number.isFinite)).toBe(true);
      optimizer.dispose();
    });
  });

  test("lossScale: minimize() scales the loss, returns it unscaled, and backs off", () => {
    withVariables((of) => {
      const loss = () => tf.addN(of.map((p) => tf.sum(tf.square(p)))) as tf.Scalar;
      const scaled = adam({ lossScale: { initial: 1024 } });
      expect(scaled.lossScale).toBe(1024);
      const expected = tf.tidy(() => loss().dataSync()[0]);
      const cost = scaled.minimize(loss, true);
      expect(cost?.dataSync()[0]).toBe(expected); // by a power of two: exact
      cost?.dispose();
      const after = bits(of);
      scaled.minimize(() => tf.mul(loss(), 1e38) as tf.Scalar);
      expect([scaled.lossScale, scaled.skipped]).toEqual([512, 1]);
      expect(bits(of)).toEqual(after);
      scaled.dispose();
    });
  });

  test("eval() shows the average, saves with it, and train() goes back; there is no step between", () => {
    withVariables((of) => {
      const optimizer = sgd({ lr: 0.1, swa: true });
      optimizer.eval();
      const seen: number[][][] = [];
      for (let t = 1; t <= 4; t++) {
        step(optimizer, of, t);
        seen.push(bits(of));
      }
      optimizer.eval();
      const mean = bits(of)[0]?.[0] as number;
      const expected = seen.reduce((sum, arrays) => sum + (arrays[0]?.[0] as number), 0) / 4;
      expect(Math.abs(mean - expected)).toBeLessThanOrEqual(1e-6);
      expect(() => step(optimizer, of, 5)).toThrow("sgd: applyGradients() expected train() first");
      optimizer.train();
      expect(bits(of)).toEqual(seen[3]);
      step(optimizer, of, 5);
      optimizer.dispose();
    });
  });

  test("eval() and train() do not touch what has taken the place of a variable", () => {
    const before = tf.memory().numTensors;
    const [a, b] = Object.values(variables("model", { a: [400], b: [400] })) as [tf.Variable, tf.Variable];
    const optimizer = scheduleFreeSgd();
    for (let t = 1; t <= 3; t++) step(optimizer, [a, b], t);
    const trained = bits([a]);
    optimizer.eval();
    b.dispose();
    const others = Array.from({ length: 8 }, (_, i) => tf.fill([400], i)); // some are where b was
    optimizer.train();
    expect(bits([a])).toEqual(trained);
    expect(others.map((tensor) => new Set(tensor.dataSync()))).toEqual(others.map((_, i) => new Set([i])));
    optimizer.dispose();
    tf.dispose([a, ...others]);
    expect(tf.memory().numTensors).toBe(before);
  });

  test("bad input is named, and changes nothing", () => {
    withVariables((of) => {
      const optimizer = adam();
      step(optimizer, of, 1);
      const before = bits(of);
      const wrong: [unknown, string][] = [
        [{ "model/x": tf.zeros([5]) }, 'adam: applyGradients() expected names of variables, got "model/x"'],
        [{ "model/b": tf.zeros([4]) }, 'adam: applyGradients(): "model/b" expected a gradient of shape [5], got [4]'],
        [{ "model/b": tf.zeros([5], "int32") }, 'adam: applyGradients(): "model/b" expected float32, got "int32"'],
        [
          [
            { name: "model/b", tensor: tf.zeros([5]) },
            { name: "model/b", tensor: tf.zeros([5]) },
          ],
          'adam: applyGradients() expected each variable once, got "model/b"',
        ],
      ];
      for (const [given, message] of wrong) {
        expect(() => optimizer.applyGradients(given as tf.NamedTensorMap)).toThrow(message);
        const list = Array.isArray(given) ? given.map(({ tensor }) => tensor) : Object.values(given as object);
        tf.dispose(list);
      }
      expect(() => optimizer.observeGradients({})).not.toThrow();
      expect(() => tf.tidy(() => optimizer.observeGradients(gradients(of, 1)))).toThrow(
        "adam: observe() expected a rule that takes in other gradients",
      );
      expect(bits(of)).toEqual(before);
      expect(optimizer.iterations).toBe(1);
      optimizer.dispose();
      expect(() => step(optimizer, of, 1)).toThrow("adam: applyGradients() expected an optimizer that is not disposed");
    });
  });
});
