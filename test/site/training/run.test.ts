// A training of the view: the library's loop, in step, reproducible.
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { adamw, batches, cosineDecay, momentum, nesterov, rules, sophia } from "simdescent";
import { describe, expect, test } from "vitest";
import { parse } from "../../../site/playground/state.js";
import * as network from "../../../site/playground/training/network.js";
import { type Plan, planOf } from "../../../site/playground/training/plan.js";
import { presets } from "../../../site/playground/training/presets.js";
import { accuracyImages, lossImages, type Run, updatesPerEpoch } from "../../../site/playground/training/run.js";
import { Training } from "../../../site/playground/training/training.js";
import { fewImages } from "./data.js";

const count = 1000;
const data = fewImages(count, 100);
const { train } = data;
const clock = () => 0;

const planFrom = (hash: string): Plan => planOf(parse(hash));

/** Trains to the end of a round, or of the training. */
function trained(plan: Plan, rounds = Number.POSITIVE_INFINITY): Training {
  const training = new Training(plan, data, clock);
  expect(training.advance(rounds, 1)).toBe(true);
  return training;
}

const bits = ({ params }: { readonly params: network.Weights }) => Object.values(params).map((values) => values.slice());
const allBits = ({ runs }: Training) => runs.map(({ optimizer }) => bits(optimizer));

/** The batches of some epochs with the seed of a plan. */
const allBatches = (size: number | "all", { epochs, seed }: Plan) =>
  Array.from({ length: epochs }, (_, epoch) => [...batches(count, { size, seed, epoch })]).flat();

describe("a run is the same loop by hand with the library, bit for bit:", () => {
  test("AdamW with options and a schedule", () => {
    const plan = planFrom("r=adamw,lr:0.002,beta1:0.8,clipNorm:1&batch=30&epochs=2&seed=7&schedule=cosine");
    const [run] = trained(plan).runs;
    const lr = cosineDecay(0.002, { steps: 68 });
    const opt = adamw(network.initialWeights(7), { lr, beta1: 0.8, clipNorm: 1, weightDecay: 0 });
    for (const batch of allBatches(30, plan)) {
      opt.zeroGrad();
      network.addGradient(opt, train, batch);
      opt.step();
    }
    expect(opt.t).toBe(68);
    expect(bits(run.optimizer)).toEqual(bits(opt));
  });

  test("momentum with SAM and a schedule of its own", () => {
    const plan = planFrom("r=momentum,lr:0.02,sam:0.1,schedule:step:10:0.5&batch=50&epochs=1&schedule=linear");
    const [run] = trained(plan).runs;
    const opt = momentum(network.initialWeights(plan.seed), {
      lr: (t) => 0.02 * 0.5 ** Math.floor(t / 10),
      sam: { radius: 0.1 },
    });
    for (const batch of allBatches(50, plan)) {
      for (const half of [() => opt.shift(), () => opt.step()]) {
        opt.zeroGrad();
        network.addGradient(opt, train, batch);
        half();
      }
    }
    expect(bits(run.optimizer)).toEqual(bits(opt));
  });

  test("nesterov in its two-phase form", () => {
    const plan = planFrom("r=nesterov,lr:0.02,twoPhase:true&batch=50&epochs=1");
    const [run] = trained(plan).runs;
    const opt = nesterov(network.initialWeights(plan.seed), { lr: 0.02 });
    for (const batch of allBatches(50, plan)) {
      opt.shift();
      opt.zeroGrad();
      network.addGradient(opt, train, batch);
      opt.step();
    }
    expect(bits(run.optimizer)).toEqual(bits(opt));
  });

  test("Sophia, which knows the size of the batch, and observes labels drawn from the predictions", () => {
    const plan = planFrom("r=sophia,lr:0.001&batch=50&epochs=1");
    const [run] = trained(plan).runs;
    const opt = sophia(network.initialWeights(plan.seed), { lr: 0.001, batchSize: 50, weightDecay: 0 });
    const random = xoroshiro128plus(plan.seed);
    for (const batch of allBatches(50, plan)) {
      if (opt.t % 10 === 0) {
        opt.zeroGrad();
        network.addGradient(opt, train, batch, () => uniformFloat64(random));
        opt.observe();
      }
      opt.zeroGrad();
      network.addGradient(opt, train, batch);
      opt.step();
    }
    expect(bits(run.optimizer)).toEqual(bits(opt));
  });

  test.each(Object.keys(rules))("%s trains", (rule) => {
    const [run] = trained(planFrom(`r=${rule}&batch=100&epochs=1`)).runs;
    expect(run.failedAt).toBeUndefined();
    expect(run.updates).toBe(10);
    expect(run.losses.every(({ loss }) => Number.isFinite(loss))).toBe(true);
  });
});

describe("updates per epoch", () => {
  test("are 1 for batch, N for stochastic and ⌈N/B⌉ for mini-batch gradient descent", () => {
    const { racers, tuned, settings } = presets.descents;
    const given = Object.entries(settings).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const plan = { ...planOf({ racers, tuned, settings: new Map(given) }), epochs: 2 };
    expect(plan.runs.map(({ setup, batch }) => [setup.rule, batch])).toEqual([
      ["sgd", "all"],
      ["sgd", 1],
      ["sgd", 32],
    ]);
    const perEpoch = plan.runs.map(({ batch }) => updatesPerEpoch(count, batch));
    expect(perEpoch).toEqual([1, count, Math.ceil(count / 32)]);
    const { runs } = trained(plan);
    expect(runs.map(({ updates }) => updates)).toEqual(perEpoch.map((updates) => 2 * updates));
    expect(runs.map(({ optimizer }) => optimizer.t)).toEqual(perEpoch.map((updates) => 2 * updates));
  });

  test("are 50 for 5,000,000 examples and batches of 100,000", () => {
    expect(updatesPerEpoch(5_000_000, 100_000)).toBe(50);
  });
});

describe("a training", () => {
  const hash = "r=sgd,lr:0.1&r=adam&r=scheduleFreeAdamw&batch=40&epochs=2&seed=3";

  test("is reproducible from the state: losses, accuracies and parameters", () => {
    const [one, other] = [trained(planFrom(hash)), trained(planFrom(hash))];
    expect(one.runs.map(({ losses }) => losses)).toEqual(other.runs.map(({ losses }) => losses));
    expect(one.runs.map(({ accuracies }) => accuracies)).toEqual(other.runs.map(({ accuracies }) => accuracies));
    expect(allBits(one)).toEqual(allBits(other));
    const seeds = trained(planFrom(hash.replace("seed=3", "seed=4")));
    expect(allBits(seeds)).not.toEqual(allBits(one));
  });

  test("pauses change nothing, and a run does not depend on the others", () => {
    const training = new Training(planFrom(hash), data, clock);
    for (const rounds of [1, 2, 30, 31, Number.POSITIVE_INFINITY]) training.advance(rounds, 1);
    expect(training.finished).toBe(true);
    expect(allBits(training)).toEqual(allBits(trained(planFrom(hash))));
    const [, , alone] = allBits(training);
    expect(allBits(trained(planFrom("r=scheduleFreeAdamw&batch=40&epochs=2&seed=3")))).toEqual([alone]);
  });

  test("a round is an update of each run, and of runs with smaller batches as many as the images give", () => {
    const training = trained(planFrom(`${hash}&batches=100,40,25`), 3);
    expect(training.runs.map(({ seen }) => seen)).toEqual([300, 320, 300]);
    expect(training.rounds).toBe(3);
  });

  test("stops when its time is over, between two updates", () => {
    let time = 0;
    const training = new Training(planFrom(hash), data, () => time++);
    expect(training.advance(50, 20)).toBe(false);
    const updates = training.runs.map(({ updates }) => updates);
    expect(Math.max(...updates) - Math.min(...updates)).toBeLessThanOrEqual(1);
    while (!training.advance(50, 20));
    expect(allBits(training)).toEqual(allBits(trained(planFrom(hash))));
  });

  test("counts the time of gradients and steps alone", () => {
    let time = 0;
    const training = new Training(planFrom("r=sgd&batch=100&epochs=1"), data, () => time++);
    training.advance(Number.POSITIVE_INFINITY, 1e9);
    // Of the clock's ticks, one lies within each of the 10 updates.
    expect(training.runs[0].seconds).toBeCloseTo(10 / 1000, 12);
  });

  test("the points of the curves are means over equal numbers of images, at the middle of their updates", () => {
    const plan = planFrom("r=sgd,lr:0.1&batch=50&epochs=2");
    const [run] = trained(plan).runs;
    const opt = rules.sgd(network.initialWeights(plan.seed), { lr: 0.1, zeroGrad: true });
    const losses: number[] = [];
    for (const batch of allBatches(50, plan)) {
      losses.push(network.addGradient(opt, train, batch));
      opt.step();
    }
    const each = lossImages / 50;
    expect(run.losses.length).toBe((2 * count) / lossImages);
    for (const [i, { update, loss }] of run.losses.entries()) {
      expect(update).toBe(each * i + (each - 1) / 2);
      expect(loss).toBeCloseTo(losses.slice(each * i, each * i + each).reduce((sum, x) => sum + x, 0) / each, 12);
    }
    expect(run.accuracies.map(({ update }) => update)).toEqual([0, accuracyImages / 50, (2 * accuracyImages) / 50]);
    expect(run.accuracies[2].accuracy).toBe(network.accuracy(opt.params, data.test));
  });

  test("a run that diverges stops, and the others go on", () => {
    const { runs } = trained(planFrom("r=adam,lr:1e36&r=sgd,lr:0.1&batch=100&epochs=1"));
    expect(runs.map(({ updates }) => updates < 10)).toEqual([true, false]);
    expect(runs[0].losses.every(({ loss }) => Number.isFinite(loss))).toBe(true);
  });
});

describe("rates from findRate", () => {
  test("are the same each time, and train better than the defaults of gradient descent", () => {
    const runs = ["&tuned=1", "&tuned=1", ""].map((tuned) => trained(planFrom(`r=sgd&epochs=1${tuned}`)).runs[0]);
    expect(runs.map(({ found }) => found)).toEqual([true, true, false]);
    expect(runs[0].rate).toBe(runs[1].rate);
    expect(runs[2].rate).toBe(rules.sgd.spec.hyper.lr[0]);
    const last = ({ losses }: Run) => losses[losses.length - 1].loss;
    expect(last(runs[0])).toBeLessThan(last(runs[2]) / 2);
  });

  test("leave alone a rate that the link sets, rules that find theirs, and a rate that cannot be set later", () => {
    const { runs } = trained(planFrom("r=sgd,lr:0.3&r=prodigy&r=dog&r=rprop&epochs=1&tuned=1"), 1);
    expect(runs.map(({ found }) => found)).toEqual([false, false, false, false]);
    expect(runs.map(({ rate }) => rate)).toEqual([0.3, 1, 1, rules.rprop.spec.hyper.lr[0]]);
  });
});

test("wrong settings fall back", () => {
  const { runs, ...rest } = planFrom("r=sgd&batch=0&epochs=1000&seed=-1&schedule=toString");
  expect(runs[0].batch).toBe(32);
  expect(rest).toEqual({ epochs: 5, seed: 0, schedule: "constant", tuned: false });
  expect(planFrom("r=sgd&r=sgd&r=sgd&batch=8&batches=all,x").runs.map(({ batch }) => batch)).toEqual(["all", 8, 8]);
});
