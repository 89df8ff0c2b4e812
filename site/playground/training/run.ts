// One rule that trains the network: its updates, and what they cost.
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import {
  type Batches,
  batches,
  findRate,
  type Hypers,
  NonFiniteError,
  type Optimizer,
  type Options,
  type Schedule,
} from "simdescent";
import type { Network } from "../networks/network.js";
import { libraryOptions, memory, ruleOf } from "../options.js";
import { fixedStartValues, observePeriod } from "../racers.js";
import { commonSchedules } from "./commonSchedules.js";
import { accuracy, addGradient, type InkedImages, initialWeights, type Weights } from "./network.js";
import type { Batch, Plan, RunPlan } from "./plan.js";

/** The images of a training, for all of its runs. */
export interface Data {
  readonly train: InkedImages;
  readonly test: InkedImages;
}

/** A point of the loss curve: the mean over the batches since the last point, each before its update, and the middle of these updates. */
export interface LossPoint {
  readonly update: number;
  readonly second: number;
  readonly loss: number;
}

/** A point of the accuracy curve. */
export interface AccuracyPoint {
  readonly update: number;
  readonly second: number;
  /** The share of test images, 0 to 1. */
  readonly accuracy: number;
}

/** The images between two points of a curve. */
export const lossImages = 500;
export const accuracyImages = 1000;

/**
 * How `findRate` looks for a rate. Its default of 100 steps is too few here: the loss answers late, and the rates come out too large. The
 * batches are those of the run within limits: one image is too noisy, and all take too long.
 */
export const search = { steps: 400, from: 1e-5, smoothing: 0.95, least: 32, most: 64 } as const;

/** Rules that find their rate: their authors say to leave lr at 1. */
const findTheirRate = ["dog", "prodigy"];

/** Whether `findRate` sets the rate of a run. */
export const searchesRate = ({ rule, options }: RunPlan["setup"], { tuned }: Plan): boolean =>
  tuned && options.lr === undefined && !ruleOf(rule).spec.hyper.lr[2] && !findTheirRate.includes(rule);

/** Updates in an epoch. */
export const updatesPerEpoch = (count: number, batch: Batch): number => (batch === "all" ? 1 : Math.ceil(count / batch));

/** What the options of a racer need not set: the start values of all views, and the size of the batch for rules that ask for it. */
export const startValues = (rule: string, images: number): { readonly [option: string]: number } => ({
  ...fixedStartValues(rule),
  ...("batchSize" in ruleOf(rule).spec.hyper ? { batchSize: images } : {}),
});

/** Whether a multiple of `interval` lies in (before, after]. */
const passes = (before: number, after: number, interval: number) => Math.floor(before / interval) < Math.floor(after / interval);

export class Run {
  readonly optimizer: Optimizer & Network<Weights>;
  /** The rate before the schedule, and whether `findRate` found it. */
  readonly rate: number;
  readonly found: boolean;
  readonly losses: LossPoint[] = [];
  readonly accuracies: AccuracyPoint[] = [];
  /** Batches taken, also after a failure. */
  taken = 0;
  /** Images in these batches. */
  seen = 0;
  /** Time of gradients and steps. */
  seconds = 0;
  /** The update that failed because the loss or a gradient was not finite. */
  failedAt: number | undefined;

  readonly #data: Data;
  readonly #plan: Plan;
  readonly #batch: Batch;
  readonly #twoPhase: boolean;
  readonly #now: () => number;
  /** Draws labels for observations of the curvature. */
  readonly #random;
  #epoch = 0;
  #order: Iterator<Uint32Array<ArrayBuffer>>;
  // Since the last point of the loss curve.
  #sum = 0;
  #firstTaken = 0;
  #secondsBefore = 0;

  /** Throws the library's error for wrong options. `now` returns milliseconds. */
  constructor({ setup, batch }: RunPlan, plan: Plan, data: Data, now: () => number) {
    const { rule, options } = setup;
    const { twoPhase, hyper } = ruleOf(rule).spec;
    const { count } = data.train;
    const images = batch === "all" ? count : Math.min(batch, count);
    this.#data = data;
    this.#plan = plan;
    this.#batch = batch;
    this.#twoPhase = options.twoPhase === true && twoPhase !== undefined;
    this.#now = now;
    this.#random = xoroshiro128plus(plan.seed);
    this.#order = this.#batches()[Symbol.iterator]();

    const make = (lr: number | Schedule) => {
      const given = { memory, ...startValues(rule, images), ...libraryOptions(options, hyper.lr[0]), lr, zeroGrad: true };
      return ruleOf(rule)(initialWeights(plan.seed), given as Options<Hypers, keyof Weights>) as unknown as Optimizer &
        Network<Weights>;
    };
    const [start, , fixed] = hyper.lr;
    const suggestion = searchesRate(setup, plan) ? this.#findRate(make(start), images) : undefined;
    this.found = suggestion !== undefined;
    this.rate = (options.lr as number | undefined) ?? suggestion ?? start;
    const ownSchedule = options.schedule !== undefined;
    const updates = plan.epochs * updatesPerEpoch(count, batch);
    if (ownSchedule || fixed) this.optimizer = make(libraryOptions(options, this.rate).lr as number | Schedule);
    else this.optimizer = make(commonSchedules[plan.schedule](this.rate, updates));
  }

  get updates(): number {
    return this.failedAt ?? this.taken;
  }

  /** Whether all epochs are done. */
  get finished(): boolean {
    return this.seen >= this.#plan.epochs * this.#data.train.count;
  }

  /** Takes the next batch, and updates the parameters unless an update failed before. */
  update(): void {
    const batch = this.#nextBatch();
    if (this.failedAt === undefined) {
      if (this.taken === 0) this.#test(0);
      const begin = this.#now();
      const loss = this.#attempt(batch);
      this.seconds += (this.#now() - begin) / 1000;
      if (Number.isFinite(loss)) this.#record(loss, this.seen + batch.length);
      else this.failedAt = this.taken;
    }
    this.taken += 1;
    this.seen += batch.length;
  }

  #batches(): Batches {
    return batches(this.#data.train.count, { size: this.#batch, seed: this.#plan.seed, epoch: this.#epoch });
  }

  #nextBatch(): Uint32Array<ArrayBuffer> {
    let next = this.#order.next();
    if (next.done) {
      this.#epoch += 1;
      this.#order = this.#batches()[Symbol.iterator]();
      next = this.#order.next();
    }
    return next.value;
  }

  /** Returns the loss before the update; NaN if it failed. The library sets the gradients to 0 after each use. */
  #attempt(batch: Uint32Array<ArrayBuffer>): number {
    const { optimizer } = this;
    const { train } = this.#data;
    try {
      if (optimizer.spec.observe && this.taken % observePeriod === 0) {
        addGradient(optimizer, train, batch, () => uniformFloat64(this.#random));
        optimizer.observe();
      }
      if (this.#twoPhase && !optimizer.sam) optimizer.shift();
      const loss = addGradient(optimizer, train, batch);
      if (!Number.isFinite(loss)) return Number.NaN;
      if (optimizer.sam) {
        optimizer.shift();
        addGradient(optimizer, train, batch);
      }
      optimizer.step();
      return loss;
    } catch (error) {
      if (!(error instanceof NonFiniteError)) throw error;
      return Number.NaN;
    } finally {
      optimizer.unshift();
    }
  }

  /** Adds a loss to the next points of the curves. A point ends with the batch that completes its images. */
  #record(loss: number, seen: number): void {
    const taken = this.taken + 1;
    this.#sum += loss;
    if (passes(this.seen, seen, lossImages)) {
      const count = taken - this.#firstTaken;
      const middle = (count - 1) / 2;
      const second = this.#secondsBefore + ((this.seconds - this.#secondsBefore) * middle) / count;
      this.losses.push({ update: this.#firstTaken + middle, second, loss: this.#sum / count });
      this.#sum = 0;
      this.#firstTaken = taken;
      this.#secondsBefore = this.seconds;
    }
    if (passes(this.seen, seen, accuracyImages)) this.#test(taken);
  }

  /** Adds a point to the accuracy curve. */
  #test(update: number): void {
    const { optimizer } = this;
    optimizer.eval();
    this.accuracies.push({ update, second: this.seconds, accuracy: accuracy(optimizer.params, this.#data.test) });
    optimizer.train();
  }

  #findRate(optimizer: Optimizer & Network<Weights>, images: number): number | undefined {
    const { train } = this.#data;
    const { steps, from, smoothing, least, most } = search;
    const { suggestion } = findRate(optimizer, {
      ...{ steps, from, smoothing },
      count: train.count,
      batch: Math.min(Math.max(images, least), most),
      seed: this.#plan.seed,
      gradient: (batch) => addGradient(optimizer, train, batch),
    });
    optimizer.dispose();
    return suggestion;
  }
}
