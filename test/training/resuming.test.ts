// A training that stops and resumes makes the steps of one that does not stop.

import { describe, expect, test } from "vitest";
import { type LoadOptions, load, loadFrom } from "../../src/checkpoints/load.js";
import { save, write } from "../../src/checkpoints/save.js";
import type { Store, StoreSaveOptions, WithFit } from "../../src/checkpoints/store.js";
import type { Optimizer } from "../../src/engine/optimizer.js";
import {
  adam,
  adamw,
  CheckpointError,
  earlyStopping,
  type FitOptions,
  fit,
  nesterov,
  reduceOnPlateau,
  sgd,
} from "../../src/index.js";

/** A store in memory that keeps every file. */
class Memory implements Store {
  readonly files: { bytes: Uint8Array; loss: number | undefined }[] = [];

  save(opt: Optimizer, { loss, fit, ...options }: StoreSaveOptions & WithFit = {}): void {
    const pieces: Uint8Array[] = [];
    write("save", opt, options, (piece) => pieces.push(piece.slice()), fit);
    this.files.push({ bytes: Buffer.concat(pieces), loss });
  }

  latest(opt: Optimizer, options?: LoadOptions) {
    return this.#load(opt, this.files.at(-1)?.bytes, options);
  }

  best(opt: Optimizer, options?: LoadOptions) {
    const judged = this.files.filter(({ loss }) => loss !== undefined) as { bytes: Uint8Array; loss: number }[];
    return this.#load(opt, judged.sort((a, b) => a.loss - b.loss)[0]?.bytes, options);
  }

  list() {
    return this.files.map(({ loss }, i) => ({ file: String(i), t: i, loss }));
  }

  #load(opt: Optimizer, bytes: Uint8Array | undefined, options?: LoadOptions) {
    if (!bytes) return undefined;
    const { loaded, fit } = loadFrom("load", opt, bytes, options);
    return { ...loaded, file: "in memory", skipped: [], ...(fit === undefined ? {} : { fit }) };
  }
}

const count = 30;
const xs = Float32Array.from({ length: count }, (_, i) => i / count);

/** A line through noisy points: the loss and its gradient. */
function gradientOf(opt: Optimizer) {
  return (indices: Uint32Array) => {
    let loss = 0;
    for (const i of indices) {
      const x = xs[i] as number;
      const error = opt.params.w[0] * x + opt.params.w[1] - 3 * x - Math.sin(17 * i);
      opt.grads.w[0] += (2 * error * x) / indices.length;
      opt.grads.w[1] += (2 * error) / indices.length;
      loss += error ** 2 / indices.length;
    }
    return loss;
  };
}

type Case = { rule: (options: object) => Optimizer; options?: object; fit?: (opt: Optimizer) => Partial<FitOptions> };

const validation = (opt: Optimizer) => () => Math.abs(opt.params.w[0] - 1) + 0.1 * Math.sin(50 * opt.params.w[0]);

const cases: Record<string, () => Case> = {
  "adam, two steps a checkpoint": () => ({ rule: (o) => adam({ w: 2 }, { lr: 0.1, ...o }) }),
  "nesterov in two phases, with an average": () => ({
    rule: (o) => nesterov({ w: 2 }, { lr: 0.05, ema: true, ...o }),
    fit: (opt) => ({ twoPhase: true, validation: validation(opt) }),
  }),
  "sam with micro-batches and noise": () => ({
    rule: (o) => adamw({ w: 2 }, { lr: 0.1, sam: true, accumulate: true, noise: { eta: 0.01 }, ...o }),
    fit: () => ({ microBatch: 3 }),
  }),
  "a plateau, early stopping and the best epoch": () => {
    const lr = reduceOnPlateau(0.3, { patience: 0, factor: 0.5 });
    return {
      rule: (o) => sgd({ w: 2 }, { lr, ...o }),
      fit: (opt) => ({
        validation: validation(opt),
        restoreBest: true,
        stop: earlyStopping({ patience: 3 }),
        onEpoch: ({ validation }) => lr.report(validation as number),
      }),
    };
  },
};

/** A training up to the signal, with the steps that it made. */
async function train(make: () => Case, checkpoint: FitOptions["checkpoint"] | undefined, more: Partial<FitOptions> = {}) {
  const { rule, fit: options } = make();
  const opt = rule({});
  const orders: string[] = [];
  const gradient = gradientOf(opt);
  const history = await fit(opt, {
    count,
    batch: 7,
    epochs: 8,
    seed: 5,
    gradient: (indices) => {
      orders.push(indices.join());
      return gradient(indices);
    },
    ...(checkpoint ? { checkpoint } : {}),
    ...options?.(opt),
    ...more,
  });
  return { opt, history, orders };
}

describe.each(Object.entries(cases))("%s", (_, make) => {
  test.each([1, 4, 5, 6, 13, 25, 39, 40])("stopped before step %i, it goes on bit for bit", async (steps) => {
    const whole = await train(make, undefined);
    const store = new Memory();
    const controller = new AbortController();
    let done = 0;
    const first = await train(
      make,
      { to: store },
      {
        signal: controller.signal,
        onStep: () => {
          done += 1;
          if (done === steps) controller.abort();
        },
      },
    );
    const second = await train(make, { to: store });
    expect(save(second.opt)).toEqual(save(whole.opt));
    expect([...first.history.loss, ...second.history.loss]).toEqual(whole.history.loss);
    expect([...first.history.validation, ...second.history.validation]).toEqual(whole.history.validation);
    expect([...first.orders, ...second.orders]).toEqual(whole.orders);
    expect(second.history.best).toEqual(whole.history.best);
    expect(second.history.ended).toBe(whole.history.ended);
  });

  test("killed at any step, it repeats the steps since the last checkpoint alone", async () => {
    const whole = await train(make, undefined);
    const store = new Memory();
    const all: number[] = [];
    for (let kills = 0; ; kills++) {
      let done = 0;
      const killed = new Error("killed");
      try {
        const { opt, history } = await train(
          make,
          { to: store, everySteps: 2 },
          {
            onStep: (report) => {
              all[report.done - 1] = report.loss;
              done += 1;
              if (done === 4 + (kills % 3)) throw killed;
            },
          },
        );
        expect(save(opt)).toEqual(save(whole.opt));
        expect(history.best).toEqual(whole.history.best);
        break;
      } catch (error) {
        if (error !== killed) throw error;
      }
      expect(kills).toBeLessThan(40);
    }
    expect(all).toEqual(whole.history.loss);
  });
});

const plain = cases["adam, two steps a checkpoint"] as () => Case;

test("a finished training is not repeated", async () => {
  const store = new Memory();
  const whole = await train(plain, { to: store });
  const again = await train(plain, { to: store });
  expect(again.orders).toEqual([]);
  expect(again.history.ended).toBe("epochs");
  expect(save(again.opt)).toEqual(save(whole.opt));
  const longer = await train(plain, { to: store }, { epochs: 9 });
  expect(longer.history.loss.length).toBe(Math.ceil(count / 7));
});

test("a training that `stop` ended is not continued", async () => {
  const store = new Memory();
  const stop = ({ epoch }: { epoch: number }) => epoch === 2;
  await train(plain, { to: store }, { stop });
  const again = await train(plain, { to: store }, { stop });
  expect(again.history.ended).toBe("stop");
  expect(again.orders).toEqual([]);
});

test("epochs between checkpoints; the last epoch is saved in any case", async () => {
  const store = new Memory();
  await train(plain, { to: store, everyEpochs: 3 });
  expect(store.files.length).toBe(3);
  const [third] = store.files;
  expect(load(adam({ w: 2 }, { lr: 0.1 }), third?.bytes as Uint8Array).t).toBe(15);
});

test("a value of the caller's comes back", async () => {
  const store = new Memory();
  await train(plain, { to: store, extra: () => ({ random: [1, 2] }) });
  const got: unknown[] = [];
  await train(plain, { to: store, onResume: (extra) => got.push(extra) });
  expect(got).toEqual([{ random: [1, 2] }]);
});

test("resume: false begins anew", async () => {
  const store = new Memory();
  const whole = await train(plain, { to: store });
  const again = await train(plain, { to: store, resume: false });
  expect(again.orders).toEqual(whole.orders);
});

test.each<[string, Partial<FitOptions>, string]>([
  ["count", { count: 29 }, "fit: count expected 30, as in the checkpoint, got 29"],
  ["batch", { batch: 8 }, "fit: batch expected 7, as in the checkpoint, got 8"],
  [
    "seed and order",
    { seed: 6, shuffle: false },
    "fit: shuffle expected true, as in the checkpoint, got false\nfit: seed expected 5",
  ],
  ["dropLast", { dropLast: true }, "fit: dropLast expected false, as in the checkpoint, got true"],
])("another %s is refused", async (_, more, message) => {
  const store = new Memory();
  await train(plain, { to: store });
  const { length } = store.files;
  const error = await train(plain, { to: store }, more).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(CheckpointError);
  expect((error as CheckpointError).message).toContain(message);
  expect(store.files.length).toBe(length);
});

test("another plan and other options are named in one error, and nothing is changed", async () => {
  const store = new Memory();
  await train(plain, { to: store });
  const opt = adam({ w: 2 }, { lr: 0.2 });
  opt.params.w.set([7, 8]);
  const gradient = () => 0;
  const error = await fit(opt, { count, batch: 8, epochs: 3, gradient, checkpoint: { to: store } }).catch((e: unknown) => e);
  expect((error as CheckpointError).details).toEqual(
    expect.arrayContaining(["load: lr expected 0.2, got 0.1 in the file", "fit: batch expected 7, as in the checkpoint, got 8"]),
  );
  expect([opt.t, ...opt.params.w, ...opt.state.m.w]).toEqual([0, 7, 8, 0, 0]);
});

test("a checkpoint of a loop of one's own is refused, and nothing is changed", async () => {
  const store = new Memory();
  const saved = adam({ w: 2 }, { lr: 0.1 });
  saved.step();
  store.save(saved);
  const opt = adam({ w: 2 }, { lr: 0.1 });
  const training = fit(opt, { count, epochs: 3, gradient: () => 0, checkpoint: { to: store } });
  await expect(training).rejects.toThrow("fit: checkpoint expected a checkpoint of fit, got one without its training loop");
  expect(opt.t).toBe(0);
});

test("an optimizer with other options is refused, and the option load says otherwise", async () => {
  const store = new Memory();
  await train(plain, { to: store });
  const other = () => ({ rule: () => adam({ w: 2 }, { lr: 0.2 }) });
  await expect(train(other, { to: store })).rejects.toThrow("load: lr expected 0.2, got 0.1 in the file");
  const { opt } = await train(other, { to: store, load: { differences: "keep" } }, { epochs: 9 });
  expect(opt.hyper.lr).toBe(0.2);
});

test.each<[string, unknown, string]>([
  ["no store", { to: {} }, "fit: checkpoint: to expected a store such as folder(…)"],
  ["everySteps", { to: new Memory(), everySteps: 0 }, "fit: checkpoint: everySteps expected an integer of at least 1, got 0"],
  [
    "everyEpochs",
    { to: new Memory(), everyEpochs: 1.5 },
    "fit: checkpoint: everyEpochs expected an integer of at least 1, got 1.5",
  ],
  ["a misspelt name", { to: new Memory(), every: 5 }, 'fit: checkpoint: unknown option "every"'],
  ["resume", { to: new Memory(), resume: 1 }, "fit: checkpoint: resume expected true or false, got 1"],
])("%s is refused", async (_, checkpoint, message) => {
  await expect(train(plain, checkpoint as never)).rejects.toThrow(message);
});

test("earlyStopping().state: it continues from there, and refuses other values", () => {
  const stop = earlyStopping({ patience: 3 });
  expect(stop.state).toEqual({ best: null, waited: 0 });
  stop({ epoch: 0, step: 1, loss: 2 });
  stop({ epoch: 1, step: 2, loss: 3 });
  const other = earlyStopping({ patience: 3 });
  other.state = JSON.parse(JSON.stringify(stop.state));
  expect(other.state).toEqual({ best: 2, waited: 1 });
  expect([4, 4].map((loss, i) => other({ epoch: i + 2, step: 3, loss }))).toEqual([false, true]);
  for (const wrong of [undefined, 1, { best: Number.NaN, waited: 0 }, { best: 1 }, { best: 1, waited: -1 }]) {
    expect(() => {
      other.state = wrong as never;
    }).toThrow("earlyStopping: state");
  }
});
