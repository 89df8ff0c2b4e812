// Steps that threads share: the same bits for every number of threads.

import { afterAll, describe, expect, test, vi } from "vitest";
import { adam, sgd, threads } from "../../src/index.js";
import { type AnyRule, allRules } from "../support/configurations.js";
import { minLength, watched } from "../support/pools.js";
import { program } from "../support/processes.js";
import { fill, random } from "../support/random.js";

const sizes = [2, 3, 4, 7];

const pools = await Promise.all(sizes.map((size) => watched(size)));

afterAll(() => {
  for (const { pool } of pools) pool.close();
});

type Opt = ReturnType<AnyRule>;

type Views = Record<string, Float32Array>;

// Parts of chunks, of blocks and of vectors; one tensor that is short.
const shapes = { matrix: [130, 127], vector: 20_003, short: 5 };

function run(rule: AnyRule, options: object, steps: number): unknown {
  const opt: Opt = rule(shapes, options as never);
  const feed = (views: Views, seed: number) => {
    for (const [i, array] of Object.values(views).entries()) fill(array, random(seed + i));
  };
  feed(opt.params, 1);
  for (let t = 0; t < steps; t++) {
    for (let piece = 0; piece < (opt.accumulates ? 2 : 1); piece++) {
      feed(opt.grads, 10 * t + 4 * piece + 5);
      if (opt.accumulates) opt.accumulate(piece + 1);
    }
    if (opt.sam) {
      opt.shift();
      feed(opt.grads, 10 * t + 9);
    }
    opt.step();
  }
  const { params, grads, state, average, slow, carry, gradNorm } = opt;
  const bytes = (views: Views | undefined) =>
    Object.entries(views ?? {}).map(([name, array]) => [name, Buffer.from(array.slice().buffer).toString("base64")]);
  const arrays = Object.entries({ params, grads, average, slow, ...state }).map(([name, views]) => [name, bytes(views)]);
  return { arrays, carry: { ...carry }, gradNorm };
}

const everything = {
  clipNorm: 0.5,
  clipValue: 0.9,
  clipAdaptive: 0.5,
  clipTensorNorm: 30,
  centralize: true,
  noise: { eta: 0.01 },
  weightDecay: 0.01,
  decay: "proximal",
  accumulate: true,
  ema: true,
  lookahead: { every: 2 },
  zeroGrad: true,
  sam: { adaptive: true },
};

describe.each(allRules.map((rule) => ({ name: rule.spec.name, rule })))("$name", ({ rule }) => {
  test.each([
    ["alone", {}, 66], // beyond a flush
    ["with everything around it", everything, 3],
    ["of a group", { groups: [{ match: ["vector"], lr: 1e-4 }], clipNorm: 1 }, 3],
  ] as const)("%s: the same bits with 1, 2, 3, 4 and 7 threads", (_, options, steps) => {
    const usual = rule.spec.name === "muon" ? 2 : steps;
    const one = run(rule, options, usual);
    for (const { pool } of pools) expect(run(rule, { ...options, threads: pool }, usual)).toEqual(one);
  });
});

test("short steps are not shared, long ones are", () => {
  const [{ pool }] = pools;
  const runs = vi.spyOn(pool, "run");
  const short = adam({ x: minLength - 1 }, { threads: pool });
  short.step();
  expect(runs).toHaveBeenCalledTimes(0);
  const long = adam({ x: minLength }, { threads: pool, clipNorm: 1, ema: true, zeroGrad: true });
  long.step();
  expect(runs).toHaveBeenCalledTimes(2); // the norm; then the rule and what follows it, at one go
  runs.mockRestore();
});

test("a gradient that is not finite is found wherever it is, and nothing is changed", () => {
  for (const { pool } of pools) {
    const opt = sgd({ x: 100_000 }, { threads: pool });
    for (const i of [0, 8191, 8192, 50_000, 99_999]) {
      opt.grads.x.fill(1);
      opt.grads.x[i] = Number.NaN;
      expect(() => opt.step()).toThrow('sgd: step 1: the gradient of "x" is not finite');
    }
    expect(opt.params.x.every((x) => x === 0)).toBe(true);
  }
});

test("the steps after one that throws while it records calls are complete", () => {
  const [{ pool }] = pools;
  const opt = sgd({ x: 100_000 }, { threads: pool });
  const put = pool.put.bind(pool);
  const failing = vi.spyOn(pool, "put").mockImplementationOnce(put); // whether the gradients are finite
  failing.mockImplementationOnce(() => {
    throw new RangeError("Maximum call stack size exceeded");
  });
  expect(() => opt.step()).toThrow("Maximum call stack size exceeded");
  failing.mockRestore();
  opt.grads.x[7] = Number.NaN;
  expect(() => opt.step()).toThrow('sgd: step 1: the gradient of "x" is not finite');
});

test("the arrays are on shared memory, and of one thread they are not", async () => {
  const [{ pool }] = pools;
  expect(adam({ x: 3 }, { threads: pool }).params.x.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect(adam({ x: 3 }, { threads: await threads(1) }).params.x.buffer).toBeInstanceOf(ArrayBuffer);
});

test("a step allocates nothing", () => {
  // With a worker that is there but never helps: one that is waited for makes the clock box its numbers.
  const source = `
    import * as at from ${JSON.stringify(new URL("../../dist/threads/jobs.js", import.meta.url))};
    import { Pool } from ${JSON.stringify(new URL("../../dist/threads/pool.js", import.meta.url))};
    let words;
    const post = (message) => { words = message.words ?? words; };
    const pool = new Pool(2, 8200, (heard) => { setTimeout(heard); return { post, end() {} }; });
    await pool.started;
    const opt = adam({ x: 8200 }, { threads: pool });
    let least = Infinity;
    for (let run = 0; run < 1000 && least >= 8; run++) { // until the compiler, which works beside, has caught up
      globalThis.gc();
      const before = process.memoryUsage().heapUsed;
      for (let i = 0; i < 10_000; i++) {
        opt.step();
        words[at.own(1) + at.seen] = words[at.job];
        words[at.sleepers] = i % 2; // the pool decides anew whether to wake it
      }
      least = Math.min(least, (process.memoryUsage().heapUsed - before) / 10_000);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    console.log(least < 8);`; // half a number that V8 boxes
  expect(program(source, "--expose-gc")).toBe("true\n");
});
