// Optimizers of TensorFlow.js that are saved, alone or with a model, and go on.

import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type * as ours from "../../../src/adapters/tfjs/index.js";
import { adam, adamw, momentum, prodigy, rmsprop, sgd } from "../../../src/adapters/tfjs/index.js";
import { backends, bits, step, use, values, variables } from "../../support/backends.js";
import { type AnyRule, table } from "../../support/configurations.js";
import { encode, free, reload, restore, rules, shapes, transfer } from "../../support/saving.js";

function dense(prefix: string): layers.Sequential {
  const model = layers.sequential();
  const initializer = (seed: number) => layers.initializers.glorotUniform({ seed });
  model.add(
    layers.layers.dense({
      units: 4,
      inputShape: [3],
      name: `${prefix}_one`,
      kernelInitializer: initializer(1),
      activation: "tanh",
    }),
  );
  model.add(layers.layers.dense({ units: 2, name: `${prefix}_two`, kernelInitializer: initializer(2) }));
  return model;
}

async function save(model: layers.LayersModel): Promise<tf.io.ModelArtifacts> {
  let saved: tf.io.ModelArtifacts | undefined;
  const handler = tf.io.withSaveHandler(async (artifacts) => {
    saved = JSON.parse(JSON.stringify({ ...artifacts, weightData: undefined }));
    if (saved) saved.weightData = artifacts.weightData;
    return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
  });
  await model.save(handler, { includeOptimizer: true });
  return saved as tf.io.ModelArtifacts;
}

describe.each(backends)("%s", (backend) => {
  beforeAll(() => use(backend));

  // With carried numbers, averages, Lookahead, groups, a loss scale.
  const around = [
    { ema: true, lookahead: { every: 3 } },
    { swa: { start: 2, every: 2 }, clipNorm: 0.5, noise: { eta: 0.01, seed: 5 } },
    {
      groups: [
        { match: /a$/, lr: 0.01, decay: "decoupled", weightDecay: 0.1 },
        { match: ["m_1/b_2"], frozen: true },
      ],
    },
    { nonFinite: "skip", maxSkips: 3, clipNorm: Infinity },
  ];
  const rows = [
    ...table,
    ...around.map((options) => ({
      title: `prodigy ${Object.keys(options)}`,
      rule: { spec: { name: "prodigy" } } as AnyRule,
      options,
    })),
  ];

  test.each(rows)("$title goes on from its weights with the same bits", async ({ rule, options }) => {
    const before = tf.memory().numTensors;
    const names = { a: shapes.a, b_2: shapes.b, c: shapes.c };
    const of = Object.values(variables("m_1", names));
    const first = rules[rule.spec.name]?.(options) as ours.TfjsOptimizer;
    for (let t = 1; t <= 7; t++) step(first, of, t);
    const start = bits(of);
    const second = reload(first);
    expect(second.getConfig()).toEqual(first.getConfig());
    await transfer(first, second);
    expect(second.iterations).toBe(7);

    for (let t = 8; t <= 70; t++) step(first, of, t);
    first.eval();
    const expected = bits(of);
    first.dispose();
    restore(of, start);
    for (let t = 8; t <= 70; t++) step(second, of, t);
    second.eval();
    expect(bits(of)).toEqual(expected);
    second.dispose();
    tf.dispose(of);
    expect(tf.memory().numTensors).toBe(before);
  });

  test("a model that is saved with its optimizer, and loaded, has the same next losses", async () => {
    const before = tf.memory().numTensors;
    const model = dense(`${backend}_saved`);
    const x = tf.tensor(values([20, 3], 1), [20, 3]);
    const y = tf.tensor(values([20, 2], 2), [20, 2]);
    const optimizer = adamw({ lr: 0.01, clipNorm: 1, groups: [{ match: /bias/, weightDecay: 0 }] });
    model.compile({ optimizer, loss: "meanSquaredError" });
    await model.fit(x, y, { epochs: 5, batchSize: 10, shuffle: false, verbose: 0 });
    const inUse = tf.memory().numTensors;
    const saved = await save(model);
    await save(model);
    const kept = tf.memory().numTensors;
    await save(model);
    expect(tf.memory().numTensors).toBe(kept); // where a built-in one leaves a tensor at each call

    const loaded = await layers.loadLayersModel(tf.io.fromMemory(saved));
    expect(loaded.optimizer.getClassName()).toBe("SimdescentAdamw");
    expect(loaded.optimizer.iterations).toBe(10);
    const losses: number[][] = [];
    for (const one of [model, loaded]) {
      const { history } = await one.fit(x, y, { epochs: 5, batchSize: 10, shuffle: false, verbose: 0 });
      losses.push(history.loss as number[]);
    }
    expect(losses[1]).toEqual(losses[0]);
    expect(losses[0]?.every((loss, i, all) => i === 0 || loss < (all[i - 1] as number))).toBe(true);
    expect(bits(loaded.getWeights())).toEqual(bits(model.getWeights()));
    loaded.optimizer.dispose();
    loaded.dispose();
    expect(tf.memory().numTensors).toBe(inUse);
    optimizer.dispose();
    model.dispose();
    tf.dispose([x, y]);
    expect(tf.memory().numTensors).toBe(before);
  });

  test("state is found by name: variables in another order, with other numbers, or only some of them", async () => {
    const of = Object.values(variables("model", shapes)) as [tf.Variable, tf.Variable, tf.Variable];
    const first = adam();
    for (let t = 1; t <= 5; t++) step(first, of, t);
    const weights = await encode(await first.getWeights());
    for (const [prefix, suffix, order] of [
      ["model", "", [2, 0, 1]],
      ["model", "_3", [1, 2, 0]],
      ["model", "", [1]],
      ["model", "_7", [0, 2]],
    ] as const) {
      const taken = suffix === "";
      const all = taken
        ? of
        : of.map(({ name, shape }) => tf.tidy(() => tf.variable(tf.zeros(shape), true, `${prefix}/${name.at(-1)}${suffix}`)));
      restore(all, bits(of));
      const start = bits(of);
      const some = order.map((i) => all[i] as tf.Variable);
      const second = adam();
      await second.setWeights(weights);
      step(second, some, 6);
      const result = bits(some);
      restore(of, start);
      const same = adam();
      await same.setWeights(weights);
      step(
        same,
        order.map((i) => of[i] as tf.Variable),
        6,
      );
      expect(result).toEqual(bits(order.map((i) => of[i] as tf.Variable)));
      expect(second.groups.map(({ steps }) => steps)).toEqual([]); // none parted
      second.dispose();
      same.dispose();
      if (!taken) tf.dispose(all);
    }
    free(weights);
    first.dispose();
    tf.dispose(of);
  });
});

describe.each(backends)("%s: eval() right after loading", (backend) => {
  beforeAll(() => use(backend));

  const rows: [rule: string, options: object][] = [
    ["adam", { ema: true }],
    ["adam", { swa: { start: 2 } }],
    ["adam", { lookahead: { every: 3 } }],
    [
      "momentum",
      {
        ema: true,
        groups: [
          { match: /a/, lr: 0.5 },
          { match: ["model/b"], frozen: true },
        ],
      },
    ],
    ["prodigy", { ema: true, d0: 0.05 }],
    ["scheduleFreeAdamw", {}],
    ["scheduleFreeSgd", {}],
    ["asgd", { t0: 2 }],
  ];

  test.each(rows)("%s %o: the same bits, and training goes on", async (rule, options) => {
    const before = tf.memory().numTensors;
    const of = Object.values(variables("model", shapes));
    const first = rules[rule]?.(options) as ours.TfjsOptimizer;
    for (let t = 1; t <= 7; t++) step(first, of, t);
    const second = reload(first);
    await transfer(first, second);
    const trained = bits(of);
    first.eval();
    const shown = bits(of);
    expect(shown).not.toEqual(trained);
    first.train();
    second.eval();
    expect(bits(of)).toEqual(shown);
    expect(second.iterations).toBe(7);
    second.train();
    expect(bits(of)).toEqual(trained);
    step(first, of, 8);
    const expected = bits(of);
    restore(of, trained);
    step(second, of, 8);
    expect(bits(of)).toEqual(expected);
    expect(second.groups.length).toBe(first.groups.length);
    for (const optimizer of [first, second]) optimizer.dispose();
    tf.dispose(of);
    expect(tf.memory().numTensors).toBe(before);
  });

  test("variables whose names had another number, or of which some are gone", async () => {
    const of = Object.values(variables("model", shapes));
    const first = adam({ ema: true });
    for (let t = 1; t <= 5; t++) step(first, of, t);
    const weights = await encode(await first.getWeights());
    const trained = bits(of);
    first.eval();
    const shown = bits(of);
    first.dispose();
    tf.dispose(of);
    const others = Object.entries(shapes).map(([key, shape], i) =>
      tf.tidy(() => tf.variable(tf.tensor(trained[i] ?? [], shape), true, `model/${key}_3`)),
    );
    for (const there of [others, others.slice(1)]) {
      if (there.length < 3) tf.dispose(others[0] as tf.Variable);
      restore(there, trained.slice(3 - there.length));
      const second = adam({ ema: true });
      await second.setWeights(weights);
      second.eval();
      expect(bits(there)).toEqual(shown.slice(3 - there.length));
      second.dispose();
    }
    free(weights);
    tf.dispose(others);
  });

  test("throws where names match several variables or none, until a step has shown which", async () => {
    const of = Object.values(variables("model", shapes));
    const first = adam({ ema: true });
    for (let t = 1; t <= 5; t++) step(first, of, t);
    const weights = await encode(await first.getWeights());
    const others = Object.entries(shapes).map(([key, shape]) =>
      tf.tidy(() => tf.variable(tf.zeros(shape), true, `model/${key}_1`)),
    );
    const second = adam({ ema: true });
    await second.setWeights(weights);
    const before = bits([...of, ...others]);
    const message = (names: string) =>
      `adam: eval() expected a step first: it is unclear which variables belong to the loaded state of ${names}`;
    expect(() => second.eval()).toThrow(message('"model/a", "model/b", "model/c"'));
    expect(bits([...of, ...others])).toEqual(before);
    step(second, others, 6);
    second.eval();
    expect(bits(others)).not.toEqual(before.slice(3));
    second.train();
    second.dispose();
    tf.dispose([...of, ...others]);

    const third = adam({ ema: true });
    await third.setWeights(weights);
    expect(() => third.eval()).toThrow(message('"model/a", "model/b", "model/c"'));
    // Without anything to show there is nothing to find.
    const plain = adam();
    await plain.setWeights(weights);
    plain.eval();
    free(weights);
    for (const optimizer of [first, third, plain]) optimizer.dispose();
  });

  test("throws where the evaluation weights depend on a schedule", async () => {
    const of = Object.values(variables("model", shapes));
    const momentum = (t: number) => 0.9 - 0.5 / (1 + t);
    const first = rules.scheduleFreeSgd?.({ momentum }) as ours.TfjsOptimizer;
    for (let t = 1; t <= 5; t++) step(first, of, t);
    const second = rules.scheduleFreeSgd?.({ momentum }) as ours.TfjsOptimizer;
    await transfer(first, second);
    const trained = bits(of);
    expect(() => second.eval()).toThrow("scheduleFreeSgd: eval() expected a step first: the schedules have no numbers yet");
    const shown = [first, second].map((optimizer) => {
      restore(of, trained);
      step(optimizer, of, 6);
      optimizer.eval();
      const result = bits(of);
      optimizer.train();
      return result;
    });
    expect(shown[1]).toEqual(shown[0]);
    for (const optimizer of [first, second]) optimizer.dispose();
    tf.dispose(of);
  });

  test("Lookahead that begins later begins from the variables", async () => {
    const of = Object.values(variables("model", shapes));
    const first = adam({ lr: 0.1 });
    for (let t = 1; t <= 7; t++) step(first, of, t);
    const start = bits(of);
    const second = adam({ lr: 0.1, lookahead: { every: 8, rate: 0.5 } });
    await transfer(first, second);
    second.eval();
    expect(bits(of)).toEqual(start);
    second.train();
    step(first, of, 8);
    const fast = bits(of).flat();
    restore(of, start);
    step(second, of, 8);
    for (const [i, x] of bits(of).flat().entries())
      expect(Math.abs(x - ((start.flat()[i] as number) + (fast[i] as number)) / 2)).toBeLessThanOrEqual(1e-7);
    for (const optimizer of [first, second]) optimizer.dispose();
    tf.dispose(of);
  });

  test("a model that is loaded shows the averages once it is the only one of its names", async () => {
    const model = dense(`${backend}_shown`);
    const [x, y] = [tf.tensor(values([20, 3], 1), [20, 3]), tf.tensor(values([20, 2], 2), [20, 2])];
    const optimizer = adamw({ lr: 0.05, ema: true });
    model.compile({ optimizer, loss: "meanSquaredError" });
    await model.fit(x, y, { epochs: 3, batchSize: 10, shuffle: false, verbose: 0 });
    const saved = await save(model);
    optimizer.eval();
    const shown = bits(model.getWeights());
    optimizer.train();
    const loaded = await layers.loadLayersModel(tf.io.fromMemory(saved));
    const theirs = loaded.optimizer as ours.TfjsOptimizer;
    expect(() => theirs.eval()).toThrow("adamw: eval() expected a step first");
    model.dispose();
    optimizer.dispose();
    theirs.eval();
    expect(bits(loaded.getWeights())).toEqual(shown);
    loaded.dispose();
    theirs.dispose();
    tf.dispose([x, y]);
  });
});

describe("cpu", () => {
  beforeEach(() => use("cpu"));

  test("loaded state waits for its variables, and is saved again until they come", async () => {
    const of = Object.values(variables("model", shapes)) as [tf.Variable, tf.Variable, tf.Variable];
    const first = adam();
    for (let t = 1; t <= 5; t++) step(first, of, t);
    const names = async (optimizer: ours.TfjsOptimizer) => (await optimizer.getWeights()).map(({ name }) => name).sort();
    const all = await names(first);
    const second = adam();
    await transfer(first, second);
    expect(await names(second)).toEqual(all);
    step(second, of.slice(0, 1), 6);
    expect(await names(second)).toEqual(all);
    const start = bits(of.slice(1));
    step(second, of.slice(1), 7);
    const result = bits(of.slice(1));
    restore(of.slice(1), start);
    step(first, of.slice(1), 7);
    expect(result).toEqual(bits(of.slice(1)));
    expect(second.groups.map(({ names, steps }) => [names.length, steps])).toEqual([
      [1, 6],
      [2, 6],
    ]);
    first.dispose();
    second.dispose();
    tf.dispose(of);
  });

  test.each(["cpu", "wasm"])(
    "%s: weights of other variables, another rule, or none at all are refused, and nothing changes",
    async (backend) => {
      await use(backend);
      const of = Object.values(variables("model", shapes));
      const first = adam();
      for (let t = 1; t <= 3; t++) step(first, of, t);
      const weights = await encode(await first.getWeights());
      const second = momentum();
      step(second, of, 1);
      const before = second.getConfig();
      await expect(second.setWeights(weights)).rejects.toThrow('momentum: setWeights expected weights of momentum, got "adam"');
      await expect(second.setWeights([])).rejects.toThrow(
        "momentum: setWeights expected what getWeights() of the same rule returned",
      );
      await expect(first.setWeights(weights.filter(({ name }) => name !== "model/a/v"))).rejects.toThrow(
        'adam: setWeights expected a tensor "model/a/v", got none',
      );
      expect([second.iterations, first.iterations, second.getConfig()]).toEqual([1, 3, before]);
      step(second, of, 2);

      const third = adam();
      await third.setWeights(weights);
      const others = Object.values(variables("others", shapes));
      const values = bits(others);
      expect(() => step(third, others, 1)).toThrow(
        'adam: the loaded state expected variables "model/a", "model/b", "model/c", got "others/a", "others/b", "others/c"',
      );
      expect(bits(others)).toEqual(values);

      const { numTensors } = tf.memory();
      const short = weights.map(({ name, tensor }) => ({ name, tensor: name === "model/b/v" ? tf.zeros([4]) : tensor }));
      const fourth = adam();
      await fourth.setWeights(short);
      expect(() => step(fourth, of, 1)).toThrow('adam: the loaded state expected 5 elements in "model/b/v", got 4');
      fourth.dispose();
      tf.dispose(short.find(({ name }) => name === "model/b/v")?.tensor as tf.Tensor);
      expect(tf.memory().numTensors).toBe(numTensors);
      free(weights);
      for (const optimizer of [first, second, third]) optimizer.dispose();
      tf.dispose([...of, ...others]);
    },
  );

  test("the state of a rule stays while its schedule is missing", async () => {
    const of = Object.values(variables("model", shapes));
    const schedule = (t: number) => 0.9 - 0.5 / (1 + t);
    const first = rmsprop({ momentum: schedule });
    for (let t = 1; t <= 5; t++) step(first, of, t);
    const second = reload(first);
    expect(second.getConfig()).toEqual(first.getConfig());
    await transfer(first, second);
    second.hyper.momentum = schedule;
    const start = bits(of);
    step(first, of, 6);
    const expected = bits(of);
    restore(of, start);
    step(second, of, 6);
    expect(bits(of)).toEqual(expected);
    first.dispose();
    second.dispose();
    tf.dispose(of);
  });

  test("weights are freed at the next step, and by dispose()", async () => {
    const of = Object.values(variables("model", shapes));
    const optimizer = sgd({ ema: true });
    step(optimizer, of, 1);
    const { numTensors } = tf.memory();
    const weights = await optimizer.getWeights();
    expect(tf.memory().numTensors).toBe(numTensors + weights.length);
    expect(weights[0]?.name).toBe("iter");
    expect(weights[0]?.tensor.dataSync()[0]).toBe(1);
    step(optimizer, of, 2);
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(weights[0]?.tensor.isDisposed).toBe(true);
    await optimizer.getWeights();
    optimizer.dispose();
    expect(tf.memory().numTensors).toBe(numTensors);
    tf.dispose(of);
  });

  test("saved while averages are shown", async () => {
    const of = Object.values(variables("model", shapes));
    const first = prodigy({ ema: true, d0: 0.05 });
    for (let t = 1; t <= 5; t++) step(first, of, t);
    const trained = bits(of);
    first.eval();
    const second = prodigy({ ema: true, d0: 0.05 });
    await transfer(first, second);
    first.train();
    expect(bits(of)).toEqual(trained);
    step(first, of, 6);
    const expected = bits(of);
    restore(of, trained);
    step(second, of, 6);
    expect(bits(of)).toEqual(expected);
    first.dispose();
    second.dispose();
    tf.dispose(of);
  });
});
