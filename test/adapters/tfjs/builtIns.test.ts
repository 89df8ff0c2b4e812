// The seven optimizers of TensorFlow.js, and the options that reproduce them: the rows of docs/frameworks.md, for 200 steps.
import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import * as ours from "../../../src/adapters/tfjs/index.js";
import { adam } from "../../../src/adapters/tfjs/index.js";
import { inverseTimeDecay } from "../../../src/index.js";
import { backends, bits, gradients, step, use, variables } from "../../support/backends.js";
import { peak } from "../../support/compare.js";
import { type Golden, type RuleRun, readGolden } from "../../support/golden.js";

/** Each has the call of TensorFlow.js. */
const golden = readGolden<Golden<RuleRun & { readonly as: string }>>("tfjs");

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
    const [start = 0, rate = 0] = [(row.options.lr ?? []) as number | number[]].flat();
    const setRate = (t: number) => {
      if (remark?.includes("setLearningRate")) theirs.setLearningRate?.(start / (1 + rate * t));
      else if (remark?.includes("learningRate")) theirs.learningRate = start / (1 + rate * t);
    };
    const make = (ours as unknown as Record<string, Make>)[rule] as Make;
    expect(difference(theirs, make(Object.fromEntries(options)), setRate)).toBeLessThanOrEqual(1e-5);
  });

  test("the rows are of all seven, except AdaDelta, which is below", () => {
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

  describe("our optimizers continue a training from the weights of a built-in one", () => {
    // The options of docs/frameworks.md. Rounding is that of the steps that follow alone.
    const rows: [call: string, rule: string, options: object][] = [
      ["sgd(0.05)", "sgd", { lr: 0.05 }],
      ["momentum(0.05, 0.8)", "momentum", { lr: 0.05, momentum: 0.8 }],
      ["momentum(0.05, 0.8, true)", "nesterov", { lr: 0.05, momentum: 0.8 }],
      ["adagrad(0.1)", "adagrad", { lr: 0.1, eps: 0 }],
      ["adagrad(0.1, 1e-8)", "adagrad", { lr: 0.1, eps: 0 }],
      ["rmsprop(0.02, 0.95, 0, 0.1)", "rmsprop", { lr: 0.02, rho: 0.95, eps: 0.1, epsInRoot: true }],
      [
        "rmsprop(0.01, 0.9, 0.8)",
        "rmsprop",
        { lr: 0.01, rho: 0.9, eps: 1e-7, epsInRoot: true, momentum: 0.8, lrInMomentum: true },
      ],
      [
        "rmsprop(0.01, 0.9, 0.5, 1e-10, true)", // so little that its wrong sign does not matter
        "rmsprop",
        { lr: 0.01, rho: 0.9, eps: 1e-10, epsInRoot: true, momentum: 0.5, lrInMomentum: true, centered: true },
      ],
      ["adam(0.02, 0.8, 0.99, 0.1)", "adam", { lr: 0.02, beta1: 0.8, beta2: 0.99, eps: 0.1 }],
      ["adam()", "adam", { eps: 1e-7 }],
      ["adam()", "adamw", { eps: 1e-7, weightDecay: 0 }],
      ["adam()", "adam", { eps: 1e-7, groups: [{ match: /vector/, lr: 0.001 }], ema: true }],
      ["adam()", "adam", { eps: 1e-7, lookahead: { every: 1000 } }],
    ];

    test.each(rows)("tf.train.%s: %s %o", async (call, rule, options) => {
      await use(backend);
      const of = Object.values(variables("model", shapes));
      const theirs = makeTheirs(`tf.train.${call}`);
      for (let t = 0; t < 20; t++) step(theirs, of, t);
      const start = bits(of);
      const before = tf.memory().numTensors;
      const weights = await theirs.getWeights();
      const mine = (ours as unknown as Record<string, Make>)[rule]?.(options) as ours.TfjsOptimizer;
      await mine.setWeights(weights);
      weights[0]?.tensor.dispose(); // iter, which it leaves to the caller; the others are its own
      expect(mine.iterations).toBe(20);
      const follow = (optimizer: tf.Optimizer) =>
        Array.from({ length: 20 }, (_, i) => {
          step(optimizer, of, 20 + i);
          return bits(of).flat();
        });
      const expected = follow(theirs);
      tf.tidy(() => {
        for (const [i, variable] of of.entries()) variable.assign(tf.tensor(start[i] as number[], variable.shape));
      });
      const followed = follow(mine);
      expect(mine.iterations).toBe(40);
      const moved = peak(expected[19]?.map((x, i) => x - (start.flat()[i] as number)) ?? []);
      expect(moved).toBeGreaterThan(1e-3);
      for (const [t, values] of followed.entries())
        expect(peak(values.map((x, i) => x - (expected[t]?.[i] as number)))).toBeLessThanOrEqual(2e-6);
      mine.dispose();
      expect(tf.memory().numTensors).toBe(before);
      theirs.dispose();
      tf.dispose(of);
    });

    test("a built-in optimizer without steps, and variables under other names", async () => {
      await use(backend);
      const [first, other] = ["model", "loaded"].map((name) => Object.values(variables(name, { a: [3], b: [2] }))) as [
        tf.Variable[],
        tf.Variable[],
      ];
      const fresh = adam();
      await fresh.setWeights(await tf.train.adam().getWeights());
      step(fresh, first, 1);
      expect(fresh.iterations).toBe(1);
      const theirs = tf.train.adam();
      step(theirs, first, 1);
      const weights = await theirs.getWeights();
      const mine = adam();
      await mine.setWeights(weights);
      expect(() => step(mine, other, 2)).toThrow('adam: the loaded state expected variables "model/a", "model/b", got');
      // Saved by ours, it is the same.
      const again = adam();
      await again.setWeights(await mine.getWeights());
      const start = bits(first);
      const results = [mine, again].map((optimizer) => {
        tf.tidy(() => {
          for (const [i, variable] of first.entries()) variable.assign(tf.tensor(start[i] as number[], variable.shape));
        });
        step(optimizer, first, 2);
        return bits(first);
      });
      expect(results[1]).toEqual(results[0]);
      for (const optimizer of [fresh, theirs, mine, again]) optimizer.dispose();
      tf.disposeVariables();
    });
  });
});

describe("weights of a built-in optimizer that mean something else are refused with the reason", () => {
  const calls = {
    sgd: "sgd(0.1)",
    momentum: "momentum(0.1, 0.9)",
    adagrad: "adagrad(0.1)",
    rmsprop: "rmsprop(0.1)",
    centered: "rmsprop(0.1, 0.9, 0, 1e-3, true)",
    adadelta: "adadelta(0.1)",
    adam: "adam()",
  };
  const takes: Record<string, readonly string[]> = {
    sgd: ["sgd"],
    momentum: ["momentum"],
    nesterov: ["momentum"],
    adagrad: ["adagrad"],
    rmsprop: ["rmsprop"],
    adam: ["adam"],
    adamw: ["adam"],
  };

  async function weightsOf(call: string): Promise<ours.TfjsOptimizer extends { setWeights(w: infer W): unknown } ? W : never> {
    const of = Object.values(variables("model", { a: [3] }));
    const theirs = makeTheirs(`tf.train.${call}`);
    step(theirs, of, 1);
    return theirs.getWeights();
  }

  test.each(Object.entries(calls))("%s, for each rule", async (name, call) => {
    await use("cpu");
    const weights = await weightsOf(call);
    for (const [rule, make] of Object.entries(ours as unknown as Record<string, Make>)) {
      const optimizer = make({}) as ours.TfjsOptimizer;
      if (takes[rule]?.includes(name)) {
        await optimizer.setWeights(weights);
        expect(optimizer.iterations).toBe(1);
        continue;
      }
      const builtIn = name === "centered" ? "rmsprop" : name;
      const why =
        name === "centered" && rule === "rmsprop"
          ? "rmsprop: setWeights: for the weights of tf.train.rmsprop, centered expected true, got false"
          : `${rule}: setWeights expected weights of ${rule}, got those of tf.train.${builtIn}`;
      await expect(optimizer.setWeights(weights)).rejects.toThrow(why);
      expect(optimizer.iterations).toBe(0);
    }
    tf.disposeVariables();
  });

  test.each([
    ["momentum(0.1, 0.9)", "momentum", { lrInMomentum: true }, "tf.train.momentum, lrInMomentum expected false, got true"],
    ["momentum(0.1, 0.9)", "nesterov", { lrInMomentum: true }, "tf.train.momentum, lrInMomentum expected false, got true"],
    ["rmsprop(0.1)", "rmsprop", { momentum: 0.9 }, "tf.train.rmsprop, lrInMomentum expected true, got false"],
    ["rmsprop(0.1)", "rmsprop", { groups: [{ match: /a/, momentum: 0.9 }] }, "lrInMomentum expected true, got false"],
    ["rmsprop(0.1)", "rmsprop", { centered: true }, "tf.train.rmsprop, centered expected false, got true"],
    ["adadelta(0.1)", "adadelta", {}, "tf.train.adadelta, which divides by the mean of squares from before the step"],
  ])("%s for %s with %o", async (call, rule, options, message) => {
    await use("cpu");
    const weights = await weightsOf(call);
    const optimizer = (ours as unknown as Record<string, Make>)[rule]?.(options) as ours.TfjsOptimizer;
    await expect(optimizer.setWeights(weights)).rejects.toThrow(message);
    tf.disposeVariables();
  });

  test("tensors that are missing, or of another shape or type", async () => {
    await use("cpu");
    const weights = await weightsOf("adam()");
    const others = await (async () => {
      const of = Object.values(variables("other", { b: [2] }));
      const theirs = tf.train.adam();
      step(theirs, of, 1);
      return (await theirs.getWeights()).slice(1);
    })();
    const replace = (name: string, tensor: tf.Tensor) => weights.map((named) => (named.name === name ? { name, tensor } : named));
    const rows: [typeof weights, string][] = [
      [[...weights, others[0] as (typeof weights)[0]], 'adam: setWeights expected a tensor "other/b/v", got none'],
      [replace("model/a/v", tf.zeros([4])), 'adam: setWeights: "model/a/v" expected shape [3], got [4]'],
      [replace("model/a/v", tf.zeros([3], "int32")), 'adam: setWeights: "model/a/v" expected float32, got "int32"'],
      [replace("iter", tf.scalar(-1)), "adam: setWeights: iter expected an integer of at least 0, got -1"],
    ];
    for (const [wrong, message] of rows) await expect(adam().setWeights(wrong)).rejects.toThrow(message);
    tf.disposeVariables();
  });
});

describe("the table of names in docs/tfjs.md", () => {
  const doc = readFileSync(new URL("../../../docs/tfjs.md", import.meta.url), "utf8");
  let last = "";
  const rows = doc.split("\n").flatMap((line) => {
    const cells = line.split("|").map((cell) => cell.trim().replaceAll("`", ""));
    if (cells.length !== 7 || !/^\| (`\w+`)? ?\| `\w+` \|/.test(line)) return [];
    last = cells[1] || last;
    const [, , option, before, now, after] = cells as [string, string, string, string, string, string];
    return [{ name: last, option, before, now, after }];
  });
  type Theirs = tf.Optimizer & Record<string, unknown>;
  const train = tf.train as unknown as Record<string, (...values: unknown[]) => Theirs>;

  const optionsOf = (name: string) => Object.keys(train[name]?.(0.5, 0.5).getConfig() ?? {});

  /** What an option is when it is left out; "none" where it has to be given. */
  function defaultOf(name: string, option: string): unknown {
    try {
      return train[name]?.(...new Array(optionsOf(name).indexOf(option)).fill(0.5))[option] ?? "none";
    } catch {
      return "none";
    }
  }

  /** A value as the table has it, or its number. */
  const read = (cell: string) => (/^[\d.e-]+$/.test(cell) ? Number(cell) : cell);
  const shown = (value: unknown) => (typeof value === "number" ? value : String(value));

  test("has all options of all of them", async () => {
    await use("cpu");
    const names = Object.keys(tf.train);
    expect(names.length).toBe(7);
    for (const name of names) {
      const options = rows.filter((row) => row.name === name).map(({ option }) => option);
      expect(options, name).toEqual(optionsOf(name));
    }
  });

  test.each(rows)("$name $option", async ({ name, option, before, now, after }) => {
    await use("cpu");
    expect(read(before)).toBe(shown(defaultOf(name, option)));
    const [rule, hyper] = now.split(": ") as [string, string];
    const make = (ours as unknown as Record<string, Make>)[rule];
    if (make) {
      expect(read(after)).toBe(shown((make({}) as ours.TfjsOptimizer).spec.hyper[hyper]?.[0]));
    } else {
      expect(now).toMatch(/^(another rule: nesterov|a schedule: lr: inverseTimeDecay\(.*)$/);
      expect(after).toBe("");
    }
  });
});
