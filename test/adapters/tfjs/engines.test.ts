// Engines that are dropped free what they hold.

import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { expect, test, vi } from "vitest";
import { adam } from "../../../src/adapters/tfjs/index.js";
import { Optimizer } from "../../../src/engine/optimizer.js";
import { backends, step, use, values, variables } from "../../support/backends.js";

const shapes = { a: [3, 4], b: [5] };

test.each(backends)("an engine that is dropped is disposed of, on %s", async (name) => {
  await use(name);
  const drops = vi.spyOn(Optimizer.prototype, "dispose");
  const of = Object.values(variables("model", shapes));
  const optimizer = adam();
  step(optimizer, of.slice(0, 1), 1);
  expect(drops).toHaveBeenCalledTimes(0);
  step(optimizer, of, 2); // a variable more: another engine
  expect(drops).toHaveBeenCalledTimes(1);
  await optimizer.setWeights(await optimizer.getWeights());
  expect(drops).toHaveBeenCalledTimes(2);
  step(optimizer, of, 3);
  optimizer.dispose();
  expect(drops).toHaveBeenCalledTimes(3);
  expect(new Set(drops.mock.instances).size).toBe(3);
  for (const engine of drops.mock.instances as Optimizer[])
    expect(() => engine.params).toThrow("adam: params expected an optimizer that");
  drops.mockRestore();
  tf.dispose(of);
});

test("dispose() of the optimizer frees its state; neither that of the model nor disposeVariables() does", async () => {
  await use("wasm");
  const [x, y] = [tf.tensor(values([20, 3], 1), [20, 3]), tf.tensor(values([20, 1], 2), [20, 1])];
  const inUse: number[] = [];
  for (const optimizer of ["adam", adam(), "adam", adam()]) {
    const model = layers.sequential({ layers: [layers.layers.dense({ units: 1, inputShape: [3] })] });
    model.compile({ optimizer, loss: "meanSquaredError" });
    await model.trainOnBatch(x, y);
    model.dispose();
    tf.disposeVariables();
    inUse.push(tf.memory().numTensors);
    if (typeof optimizer === "object") optimizer.dispose();
  }
  const [, first, theirs, second] = inUse as [number, number, number, number]; // the first makes tensors for good
  expect([first, second]).toEqual([theirs + 1, theirs + 1]);
  expect(tf.memory().numTensors).toBe(theirs);
  tf.dispose([x, y]);
});
