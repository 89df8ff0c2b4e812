// Schedules that use TensorFlow.js themselves: they make tensors, so that memory grows in the middle of a step, or change what a step is of.
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import * as ours from "../../../src/adapters/tfjs/index.js";
import { adam } from "../../../src/adapters/tfjs/index.js";
import type { Optimizer, ParameterMap } from "../../../src/index.js";
import { backends, bits, gradients, type Shapes, step, use, values, variables } from "../../support/backends.js";
import { type AnyRule, allRules } from "../../support/configurations.js";

type Make = (options: object) => ours.TfjsOptimizer;
const rules = ours as unknown as Record<string, Make>;

const several: Shapes = { weight: [5, 9], bias: [7], one: [] };
// In place, sums over several tensors round elsewhere than in one row.
const single: Shapes = { weight: [9, 11] };
const shapesOf = ({ spec }: AnyRule) => (["dog", "prodigy"].includes(spec.name) ? single : several);

const rate = (t: number) => 0.01 / (1 + t);

/** Rprop reads lr at construction. */
const scheduled = ({ spec }: AnyRule) => (spec.hyper.lr[2] === "fixed" ? "weightDecay" : "lr");

function alone(rule: AnyRule, shapes: Shapes, schedule: (t: number) => number): Optimizer {
  const parameters = Object.entries(shapes).map(([name, shape], i) => {
    return [`model/${name}`, { shape: shape.length > 0 ? shape : [1], values: values(shape, i + 1) }];
  });
  return rule(Object.fromEntries(parameters) as ParameterMap, { [scheduled(rule)]: schedule });
}

function stepAlone({ grads }: Optimizer, t: number): void {
  for (const [i, gradient] of Object.values<Float32Array>(grads).entries()) gradient.set(values([gradient.length], 100 * t + i));
}

const paramsOf = ({ params }: Optimizer) => Object.values<Float32Array>(params).map((array) => Array.from(array));

describe("memory that grows while a schedule is asked", () => {
  // A new one for each rule, as memory never shrinks.
  const factory = tf.findBackendFactory("wasm");
  const renew = async () => {
    tf.removeBackend("wasm");
    tf.registerBackend("wasm", factory);
    await use("wasm");
  };
  afterAll(renew);

  test.each(allRules.map((rule) => [rule.spec.name, rule] as const))("%s", async (name, rule) => {
    await renew();
    const { memory } = (tf.backend() as unknown as { wasm: { asm: { memory: WebAssembly.Memory } } }).wasm.asm;
    const others: tf.Tensor[] = [];
    let [stepping, grown] = [false, 0];
    const schedule = (t: number) => {
      const { buffer } = memory;
      while (stepping && memory.buffer === buffer) others.push(tf.keep(tf.fill([2 ** 19], others.length)));
      if (memory.buffer !== buffer) grown += 1;
      return rate(t);
    };
    const shapes = shapesOf(rule);
    const of = Object.values(variables("model", shapes));
    const optimizer = rules[name]?.({ [scheduled(rule)]: schedule }) as ours.TfjsOptimizer;
    const reference = alone(rule, shapes, rate);
    for (let t = 1; t <= 4; t++) {
      stepping = t % 2 === 0;
      if (rule.spec.observe) tf.tidy(() => optimizer.observeGradients(gradients(of, t)));
      step(optimizer, of, t);
      stepAlone(reference, t);
      if (rule.spec.observe) reference.observe();
      reference.step();
      expect(bits(of)).toEqual(paramsOf(reference));
    }
    expect(grown).toBeGreaterThanOrEqual(2);
    for (const [i, tensor] of others.entries()) expect(tensor.dataSync().every((x) => x === i)).toBe(true);
    optimizer.dispose();
    tf.dispose([...of, ...others]);
    expect(tf.memory().numTensors).toBe(0);
  });
});

describe.each(backends)("%s", (backend) => {
  beforeAll(() => use(backend));
  beforeEach(() => use(backend));

  const shapes = { a: [400], b: [5] };
  const adamAlone = allRules.find(({ spec }) => spec.name === "adam") as AnyRule;

  /** Adam, whose schedule does something when it is asked for the step after `at`. */
  function withSchedule(act: (of: [tf.Variable, tf.Variable], optimizer: ours.TfjsOptimizer) => void, at = 2) {
    const before = tf.memory().numTensors;
    const of = Object.values(variables("model", shapes)) as [tf.Variable, tf.Variable];
    const lr = (t: number) => {
      if (t === at) act(of, optimizer);
      return rate(t);
    };
    const optimizer: ours.TfjsOptimizer = adam({ lr });
    for (let t = 1; t <= at; t++) step(optimizer, of, t);
    const end = () => {
      optimizer.dispose();
      tf.dispose(of);
      expect(tf.memory().numTensors).toBe(before);
    };
    return { of, optimizer, end };
  }

  test("the step starts from what the schedule assigns", () => {
    const { of, optimizer, end } = withSchedule(([a]) => tf.tidy(() => a.assign(tf.tensor(values([400], 77)))));
    for (let t = 3; t <= 5; t++) step(optimizer, of, t);
    const reference = alone(adamAlone, shapes, (t) => {
      if (t === 2) (Object.values(reference?.params ?? {})[0] as Float32Array | undefined)?.set(values([400], 77));
      return rate(t);
    });
    for (let t = 1; t <= 5; t++) {
      stepAlone(reference, t);
      reference.step();
    }
    expect(bits(of)).toEqual(paramsOf(reference));
    end();
  });

  test("a copy that the schedule keeps does not change", () => {
    const copies: tf.Tensor[] = [];
    const { of, optimizer, end } = withSchedule(([a]) => copies.push(tf.keep(a.clone())));
    const before = bits(of)[0];
    step(optimizer, of, 3);
    expect(bits(copies)).toEqual([before]);
    expect(bits(of)[0]).not.toEqual(before);
    tf.dispose(copies);
    end();
  });

  test("what the schedule disposes of is not worked on, and nothing else changes", () => {
    const around: tf.Tensor[] = [];
    // What is made next may lie where it was.
    const fill = () => around.push(...Array.from({ length: 8 }, (_, i) => tf.keep(tf.fill([400], i))));
    let given: ReturnType<typeof gradients> = [];
    const rows: [Act, string][] = [
      [() => given[0]?.tensor.dispose(), 'adam: applyGradients(): "model/a" expected a tensor that is not disposed'],
      [([a]) => a.dispose(), 'adam: applyGradients() expected names of variables, got "model/a"'],
      [(_, optimizer) => optimizer.dispose(), "adam: dispose() expected to be called between steps, not from a schedule"],
    ];
    for (const [act, message] of rows) {
      const { of, optimizer, end } = withSchedule((...all) => {
        act(...all);
        fill();
      });
      const before = bits(of);
      given = gradients(of, 3);
      expect(() => optimizer.applyGradients(given)).toThrow(message);
      tf.dispose(given.map(({ tensor }) => tensor));
      expect(around.map((tensor) => new Set(tensor.dataSync()))).toEqual(around.map((_, i) => new Set([i % 8])));
      for (const [i, variable] of of.entries()) if (!variable.isDisposed) expect(bits([variable])).toEqual([before[i]]);
      tf.dispose(around.splice(0));
      end();
    }
  });

  test("a variable without a gradient, or the backend, that the schedule takes away", async () => {
    const other = backend === "cpu" ? "wasm" : "cpu";
    for (const name of [other, backend]) await use(name);
    for (const act of [([, b]: [tf.Variable, tf.Variable]) => b.dispose(), () => void tf.setBackend(other)]) {
      const { of, optimizer, end } = withSchedule(act);
      const before = bits(of.slice(0, 1));
      const given = gradients(of.slice(0, 1), 3);
      expect(() => optimizer.applyGradients(given)).toThrow("expected schedules that leave");
      expect(bits(of.slice(0, 1))).toEqual(before);
      tf.dispose(given.map(({ tensor }) => tensor));
      end();
      void tf.setBackend(backend);
    }
  });

  test("a schedule is asked once a step, and not where gradients are added up", () => {
    const asked: number[] = [];
    const lr = (t: number) => {
      asked.push(t);
      return rate(t);
    };
    const of = Object.values(variables("model", shapes));
    const optimizer = adam({ lr, accumulate: 2 });
    for (let t = 1; t <= 2; t++) step(optimizer, of, t);
    asked.length = 0;
    for (let t = 3; t <= 8; t++) step(optimizer, of, t);
    expect(asked).toEqual([1, 2, 3]);
    optimizer.dispose();
    tf.dispose(of);
  });
});

type Act = (of: [tf.Variable, tf.Variable], optimizer: ours.TfjsOptimizer) => void;
