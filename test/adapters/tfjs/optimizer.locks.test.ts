// What schedules do to the memory and the variables of TensorFlow.js in the middle of a step.
import "@tensorflow/tfjs-layers"; // has the gradients of operations
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as tfjs from "../../../src/adapters/tfjs/index.js";
import { bits, gradients, step, use, values, variables } from "../../support/backends.js";

const { adam, momentum, scheduleFreeSgd } = tfjs;
const memory = () => (tf.findBackend("wasm") as unknown as { wasm: { asm: { memory: WebAssembly.Memory } } }).wasm.asm.memory;
const shapes = { a: [3, 4], b: [5] };

beforeEach(() => use("wasm"));

describe("a schedule may", () => {
  const others: tf.Tensor[] = [];
  const growOnce = (_: readonly tf.Variable[], t: number) => {
    if (others.length > 0 || t < 2) return;
    const { byteLength } = memory().buffer;
    while (memory().buffer.byteLength === byteLength) others.push(tf.keep(tf.fill([2 ** 18], 1)));
  };
  const clones: [tf.Tensor, number[]][] = [];
  const clear = () => {
    tf.dispose([...others, ...clones.map(([clone]) => clone)]);
    others.length = 0;
    clones.length = 0;
  };
  afterEach(clear);
  const acts: [string, (of: readonly tf.Variable[], t: number) => void][] = [
    ["make tensors, so that the memory grows", growOnce],
    ["make and free tensors", () => tf.fill([2 ** 20], 1).dispose()],
    [
      "keep tensors that share data with variables",
      (of) =>
        clones.push(
          ...of.map((one) => [tf.keep(tf.reshape(one, [one.size])), bits([one])[0] as number[]] as [tf.Tensor, number[]]),
        ),
    ],
    ["move variables", (of) => tf.tidy(() => of.map((one) => one.assign(tf.tensor(one.dataSync(), one.shape))))],
    ["read variables", (of) => bits(of)],
  ];
  const options: [string, object][] = [
    ["by themselves", {}],
    ["clipped and centralized", { clipValue: 0.5, centralize: true }],
    ["accumulated", { accumulate: 2, ema: true }],
    ["with sam", { sam: true }],
  ];
  const chosen = {
    adam,
    momentum,
    scheduleFreeSgd,
    sophia: tfjs.sophia,
    muon: tfjs.muon,
    dog: tfjs.dog,
    adafactor: tfjs.adafactor,
  };

  test.each(acts.flatMap(([what, act]) => options.map(([title, options]) => ({ what, act, title, options }))))(
    "$what: gradients $title",
    ({ act, options }) => {
      // Memory that has grown stays so.
      for (const rule of Object.values(chosen).slice(0, act === growOnce ? 3 : undefined)) {
        const run = (acts: boolean) => {
          const of = Object.values(variables("model", shapes));
          const lr = (t: number) => {
            if (acts) act(of, t);
            return 0.1 / (t + 1);
          };
          const optimizer = rule({ ...options, lr } as never);
          const seen: number[][][] = [];
          for (let t = 1; t <= 6; t++) {
            const loss = () =>
              tf.tidy(() => tf.sum(tf.concat(of.map((one) => tf.reshape(tf.square(one), [one.size]))))) as tf.Scalar;
            if (rule === chosen.sophia) {
              const given = gradients(of, t);
              optimizer.observeGradients(given);
              tf.dispose(given.map(({ tensor }) => tensor));
            }
            if ("sam" in options) optimizer.minimize(loss);
            else step(optimizer, of, t);
            seen.push(bits(of));
          }
          optimizer.eval();
          seen.push(bits(of));
          optimizer.train();
          seen.push(bits(of));
          optimizer.dispose();
          tf.dispose(of);
          return seen;
        };
        const before = tf.memory().numTensors;
        const size = memory().buffer.byteLength;
        expect(run(true)).toEqual(run(false));
        if (act === growOnce) expect(memory().buffer.byteLength).toBeGreaterThan(size);
        for (const [clone, contents] of clones) expect(bits([clone])).toEqual([contents]);
        clear();
        expect(tf.memory().numTensors).toBe(before);
      }
    },
    60_000,
  );

  test("set variables, and the step starts from there", () => {
    const [a] = Object.values(variables("model", { a: [6] })) as [tf.Variable];
    const lr = (t: number) => {
      if (t === 1) a.assign(tf.tidy(() => tf.fill([6], 7)));
      return 1;
    };
    const optimizer = tfjs.sgd({ lr });
    step(optimizer, [a], 1);
    step(optimizer, [a], 2);
    expect(bits([a])[0]).toEqual([...values([6], 200)].map((g) => Math.fround(7 - g)));
    optimizer.dispose();
  });

  test.each(["cpu", "nameless", "wasm"])("not change its optimizer, on %s", async (backend) => {
    await use(backend);
    const attempts: Record<string, (optimizer: tfjs.TfjsOptimizer, of: readonly tf.Variable[]) => void> = {
      applyGradients: (optimizer, of) => step(optimizer, of, 9),
      observeGradients: (optimizer, of) => tf.tidy(() => optimizer.observeGradients(gradients(of, 9))),
      minimize: (optimizer, [a]) => void optimizer.minimize(() => tf.sum(tf.square(a as tf.Variable))),
      eval: (optimizer) => optimizer.eval(),
      train: (optimizer) => optimizer.train(),
      dispose: (optimizer) => optimizer.dispose(),
      hyper: (optimizer) => Object.assign(optimizer.hyper, { lr: 1 }),
    };
    for (const [method, attempt] of Object.entries(attempts)) {
      const run = (attempts: boolean) => {
        const of = Object.values(variables("model", shapes));
        const errors = new Set<string>();
        const beta2 = (t: number) => {
          if (attempts && t > 0) {
            try {
              attempt(optimizer, of);
            } catch (error) {
              errors.add((error as Error).message);
            }
          }
          return 0.9;
        };
        const optimizer: tfjs.TfjsOptimizer = tfjs.sophia({ beta2, ema: true });
        for (let t = 1; t <= 4; t++) step(optimizer, of, t);
        const found = bits(of);
        optimizer.dispose();
        tf.dispose(of);
        return { found, errors: [...errors] };
      };
      const { found, errors } = run(true);
      expect(found, method).toEqual(run(false).found);
      const what = method === "hyper" ? "hyper.lr expected to be set" : `${method}() expected to be called`;
      expect(errors, method).toEqual([`sophia: ${what} between steps, not from a schedule`]);
    }
  });
});
