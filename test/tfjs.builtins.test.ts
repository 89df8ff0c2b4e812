// The seven optimizers of TensorFlow.js, and the options that reproduce them: the rows of docs/frameworks.md, for 200 steps.
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { inverseTimeDecay } from "../src/index.js";
import * as ours from "../src/tfjs/index.js";
import { backends, gradients, use, variables } from "./backends.js";
import { peak } from "./compare.js";
import golden from "./golden/tfjs.json" with { type: "json" };

type Make = (options: object) => tf.Optimizer;

const steps = 200;
const shapes = { matrix: [5, 9], vector: [7], scalar: [] };

/** The largest difference of the parameters after any of the steps, where both start from the same ones. */
function difference(theirs: tf.Optimizer, mine: tf.Optimizer, before?: (t: number) => void): number {
  const pair = [theirs, mine].map((optimizer, i) => ({ optimizer, of: Object.values(variables(`run ${i}`, shapes)) }));
  let worst = 0;
  for (let t = 0; t < steps; t++) {
    before?.(t);
    for (const { optimizer, of } of pair) tf.tidy(() => optimizer.applyGradients(gradients(of, t)));
    const [a, b] = pair.map(({ of }) => of.flatMap((variable) => Array.from(variable.dataSync()))) as [number[], number[]];
    worst = Math.max(worst, peak(a.map((x, i) => x - (b[i] as number)))); // NaN stays NaN
  }
  for (const { optimizer, of } of pair) {
    optimizer.dispose();
    tf.dispose(of);
  }
  return worst;
}

const makeTheirs = (call: string) => new Function("tf", `return ${call}`)(tf) as tf.Optimizer;

describe.each(backends)("%s", (backend) => {
  test.each(golden.cases.map((row) => ({ ...row, title: `${row.as} is ${row.rule}` })))("$title", async (row) => {
    await use(backend);
    const { rule, remark } = row;
    const options = Object.entries<unknown>(row.options).map(([name, value]) => {
      const [start, rate] = Array.isArray(value) ? (value as [number, number]) : [];
      return [name, start === undefined ? value : inverseTimeDecay(start, { rate: rate as number })];
    });
    const theirs = makeTheirs(row.as) as tf.Optimizer & { setLearningRate?: (rate: number) => void; learningRate: number };
    const [start = 0, rate = 0] = [row.options.lr ?? []].flat();
    const setRate = (t: number) => {
      if (remark?.includes("setLearningRate")) theirs.setLearningRate?.(start / (1 + rate * t));
      else if (remark?.includes("learningRate")) theirs.learningRate = start / (1 + rate * t);
    };
    const make = (ours as unknown as Record<string, Make>)[rule] as Make;
    expect(difference(theirs, make(Object.fromEntries(options)), setRate)).toBeLessThanOrEqual(1e-5);
  });

  test("the rows are of all seven, but AdaDelta, which is below", () => {
    const called = new Set(golden.cases.map(({ as }) => as.slice("tf.train.".length, as.indexOf("("))));
    expect([...called, "adadelta"].sort()).toEqual(Object.keys(tf.train).sort());
  });

  // What theirs does, and the paper's, where only these two lines differ. In f64.
  const lr = 1;
  const rho = 0.95;
  const eps = 1e-4;
  function adadelta(p: number[], t: number, v: number[], u: number[], old: boolean): void {
    for (const [i, g] of gradientsOf(t).entries()) {
      const before = v[i] as number;
      v[i] = rho * before + (1 - rho) * g * g;
      const d = (Math.sqrt((u[i] as number) + eps) / Math.sqrt((old ? before : (v[i] as number)) + eps)) * g;
      u[i] = rho * (u[i] as number) + (1 - rho) * d * d;
      p[i] = (p[i] as number) - lr * d;
    }
  }

  const length = 7;
  const gradientsOf = (t: number) =>
    tf.tidy(() =>
      Array.from(gradients([{ name: "", shape: [length] } as unknown as tf.Variable], t)[0]?.tensor.dataSync() ?? []),
    );

  /** Parameters of an optimizer of one vector, and the same by a model, after 200 steps from 0. */
  function compare(optimizer: tf.Optimizer, model: (p: number[], t: number) => void): number {
    const of = tf.tidy(() => tf.variable(tf.zeros([length]), true, "modelled"));
    const p = new Array<number>(length).fill(0);
    for (let t = 0; t < steps; t++) {
      tf.tidy(() => optimizer.applyGradients(gradients([of], t)));
      model(p, t);
    }
    const error = peak(Array.from(of.dataSync(), (x, i) => x - (p[i] as number)));
    of.dispose();
    optimizer.dispose();
    return error;
  }

  const zeros = () => new Array<number>(length).fill(0);

  test("tf.train.adadelta divides by the mean of squares from before the step, adadelta by that of the step", async () => {
    await use(backend);
    const models = [true, false].map((old) => {
      const [v, u] = [zeros(), zeros()];
      return (p: number[], t: number) => adadelta(p, t, v, u, old);
    }) as [(p: number[], t: number) => void, (p: number[], t: number) => void];
    const [theirs, paper] = models;
    // Steps of about 1: 200 of them add up f32 roundings of 6e-8 each.
    expect(compare(tf.train.adadelta(lr, rho, eps), theirs)).toBeLessThanOrEqual(1e-5);
    expect(compare(ours.adadelta({ lr, rho, eps }), paper)).toBeLessThanOrEqual(1e-5);
    expect(difference(tf.train.adadelta(lr, rho, eps), ours.adadelta({ lr, rho, eps }))).toBeGreaterThan(1e-2);
  });

  test("tf.train.rmsprop with centered takes eps away in the root, rmsprop adds it", async () => {
    await use(backend);
    const [rate, decay, offset] = [0.01, 0.9, 1e-3];
    const model = (sign: number) => {
      const [v, a] = [zeros(), zeros()];
      return (p: number[], t: number) => {
        for (const [i, g] of gradientsOf(t).entries()) {
          v[i] = decay * (v[i] as number) + (1 - decay) * g * g;
          a[i] = decay * (a[i] as number) + (1 - decay) * g;
          p[i] = (p[i] as number) - (rate * g) / Math.sqrt((v[i] as number) - (a[i] as number) ** 2 + sign * offset);
        }
      };
    };
    const options = { lr: rate, rho: decay, eps: offset, epsInRoot: true, centered: true };
    expect(compare(tf.train.rmsprop(rate, decay, 0, offset, true), model(-1))).toBeLessThanOrEqual(1e-5);
    expect(compare(ours.rmsprop(options), model(1))).toBeLessThanOrEqual(1e-5);
    // NaN where the root is of less than 0.
    expect(difference(tf.train.rmsprop(rate, decay, 0, offset, true), ours.rmsprop(options))).not.toBeLessThanOrEqual(1e-4);
  });
});
