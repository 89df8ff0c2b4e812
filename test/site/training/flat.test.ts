// The view of flat minima: its trainings, its measures and its slices.

import { batches, type Hypers, linear, momentum, type Options, sequence, sharpness } from "simdescent";
import { describe, expect, test } from "vitest";
import { below, measures, medianRange, spread } from "../../../site/playground/flat/comparison.js";
import { divide, trained } from "../../../site/playground/flat/flowers.js";
import { type Result, results, sliceDistances } from "../../../site/playground/flat/jobs.js";
import { methodNames } from "../../../site/playground/flat/methods.js";
import { addGradient, initialWeights, lossOver, type Weights } from "../../../site/playground/flat/network.js";
import { planOf } from "../../../site/playground/flat/plan.js";
import { flatten, randomDirections, sliceAlong, steepestDirection } from "../../../site/playground/flat/slices.js";
import { measure, type Outcome, train } from "../../../site/playground/flat/training.js";
import type { Network } from "../../../site/playground/networks/network.js";

const all = Uint32Array.from({ length: trained }, (_, i) => i);
const planFrom = (settings: { readonly [name: string]: string }) => planOf(new Map(Object.entries(settings)));
const { common } = planFrom({ updates: "300" });
const outcomesOf = (list: readonly Result[]): Outcome[] => list.flatMap((one) => (one.kind === "outcome" ? [one.outcome] : []));

describe("a training is the same loop by hand with the library, bit for bit:", () => {
  /** 300 updates of momentum with batches of ten: 10 an epoch. */
  function byHand(seed: number, options: Pick<Options<Hypers>, "lr" | "swa" | "sam">, twice = false): Network<Weights> {
    const { train } = divide(seed);
    const opt = momentum(initialWeights(seed), { weightDecay: 5e-4, ...options });
    for (let epoch = 0; epoch < 30; epoch++) {
      for (const batch of batches(train.count, { size: 10, seed, epoch })) {
        opt.zeroGrad();
        addGradient(opt, train, batch);
        if (twice) {
          opt.shift();
          opt.zeroGrad();
          addGradient(opt, train, batch);
        }
        opt.step();
      }
    }
    expect(opt.t).toBe(300);
    opt.eval();
    return opt;
  }
  const falling = sequence([0.05, linear(0.05, { end: 0.0005, steps: 120 })], [180]);

  test("momentum", () => {
    const { optimizer } = train("plain", 4, common);
    expect(flatten(optimizer.params)).toEqual(flatten(byHand(4, { lr: falling }).params));
  });

  test("SWA", () => {
    const { optimizer } = train("swa", 4, common);
    expect(flatten(optimizer.params)).toEqual(flatten(byHand(4, { lr: 0.05, swa: { start: 180 } }).params));
  });

  test("SAM, and adaptive SAM", () => {
    for (const [name, sam] of [
      ["sam", { radius: 0.05 }],
      ["asam", { radius: 0.5, adaptive: true }],
    ] as const) {
      const { optimizer } = train(name, 4, common);
      expect(flatten(optimizer.params)).toEqual(flatten(byHand(4, { lr: falling, sam }, true).params));
    }
  });
});

test("the measures are those of sharpness() and of the test flowers", () => {
  const result = train("plain", 2, common);
  const { optimizer } = result;
  const { worst, average, loss } = sharpness(optimizer, () => addGradient(optimizer, result.train, all), { radius: 0.5 });
  const outcome = measure("plain", 2, result, 0.5);
  expect(outcome).toMatchObject({ worst, average, trainLoss: loss, testCount: 50 });
  expect(outcome.testLoss).toBe(lossOver(optimizer.params, result.test));
});

describe("slices", () => {
  const result = train("plain", 1, common);
  const { params } = result.optimizer;
  const before = flatten(params);
  const steepest = steepestDirection(result);
  const random = randomDirections(before.length, 5, 1);

  test("leave the weights as they are", () => {
    sliceAlong(result, random, [-1, 1]);
    expect(flatten(params)).toEqual(before);
  });

  test("at distance 0 have the losses of the minimum", () => {
    const { train, test } = sliceAlong(result, [steepest], [0]);
    expect(train[0]).toBe(lossOver(params, result.train));
    expect(test[0]).toBe(lossOver(params, result.test));
  });

  test("directions have the length 1", () => {
    for (const direction of [steepest, ...random]) expect(Math.hypot(...direction)).toBeCloseTo(1, 12);
  });

  test("near the minimum, the steepest direction rises more than each of twenty random ones", () => {
    const rise = (direction: Float64Array) => {
      const { train } = sliceAlong(result, [direction], [-0.05, 0, 0.05]);
      return train[0] + train[2] - 2 * train[1];
    };
    const highest = Math.max(...randomDirections(before.length, 20, 7).map(rise));
    expect(rise(steepest)).toBeGreaterThan(5 * highest);
  });

  test("along the steepest direction the test loss rises to the right", () => {
    const { test } = sliceAlong(result, [steepest], [-0.1, 0.1]);
    expect(test[1]).toBeGreaterThanOrEqual(test[0]);
  });
});

describe("the jobs of a plan", () => {
  const plan = planFrom({ updates: "100", seeds: "2", seed: "3", distance: "0.4" });
  const list = [...results(plan)];

  test("are all methods of each seed, and a slice for each method", () => {
    expect(outcomesOf(list).map(({ method, seed }) => `${method} ${seed}`)).toEqual(
      [3, 4].flatMap((seed) => methodNames.map((method) => `${method} ${seed}`)),
    );
    const slices = list.flatMap((one) => (one.kind === "slice" ? [one] : []));
    expect(slices.map(({ method }) => method)).toEqual(methodNames);
    for (const { slice } of slices) expect(slice.train.length).toBe(sliceDistances(plan).length);
    expect(list[list.length - 1]).toEqual({ kind: "finished" });
  });

  test("give the same numbers again", () => {
    expect([...results(plan)]).toEqual(list);
  });

  test("report what the library refuses, and go on", () => {
    const refused = [...results({ ...plan, common: { ...plan.common, weightDecay: -1 } })];
    const failures = refused.flatMap((one) => (one.kind === "failure" ? [one.message] : []));
    expect(failures.length).toBe(2 * methodNames.length);
    expect(failures[0]).toContain("weightDecay");
    expect(refused[refused.length - 1]).toEqual({ kind: "finished" });
  });

  test("run along random directions, too", () => {
    const [, slice] = results(planFrom({ direction: "random", updates: "100" }));
    expect(slice.kind).toBe("slice");
  });
});

test("with the usual settings adaptive SAM and batches of one are flatter than mini-batches, all flowers are not; the accuracy hardly differs", () => {
  const usual = planFrom({});
  const seeds = [0, 1];
  const methods = ["plain", "single", "whole", "asam"] as const;
  const outcomes = seeds.flatMap((seed) =>
    methods.map((method) => measure(method, seed, train(method, seed, usual.common), usual.distance)),
  );
  expect(below(outcomes, "asam", measures.worst)).toEqual({ lower: 2, of: 2 });
  expect(below(outcomes, "single", measures.worst)).toEqual({ lower: 2, of: 2 });
  expect(below(outcomes, "whole", measures.worst)).toEqual({ lower: 0, of: 2 });
  const { least, most } = medianRange(outcomes, measures.accuracy);
  expect(most - least).toBeLessThanOrEqual(4); // two of fifty flowers
});

test("medians of even and odd numbers of seeds", () => {
  const outcome = (worst: number) => ({ worst }) as Outcome;
  expect(spread([3, 1, 2].map(outcome), measures.worst)).toEqual({ median: 2, least: 1, most: 3 });
  expect(spread([4, 1, 2, 3].map(outcome), measures.worst)).toEqual({ median: 2.5, least: 1, most: 4 });
});
