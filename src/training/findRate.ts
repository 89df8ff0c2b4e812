import { checkFunction } from "../checks/check.js";
import { NonFiniteError, wrongKind, wrongValue } from "../checks/errors.js";
import { checkOptions } from "../checks/options.js";
import type { Visitor } from "../engine/lock.js";
import { Optimizer } from "../engine/optimizer.js";
import { raise } from "../numerics/arithmetic.js";
import type { Schedule } from "../schedules/schedule.js";
import { type BatchOptions, cut } from "./batches.js";
import type { FitOptions } from "./report.js";

/** Options of `findRate`. `count`, `batch`, `shuffle`, `seed` and `dropLast` are as in `fit`. */
export interface FindRateOptions extends Pick<FitOptions, "count" | "batch" | "shuffle" | "seed" | "dropLast"> {
  /**
   * Fills the optimizer's `grads` from the examples with these indices, and returns their loss, not a promise. The gradients are 0 before
   * each call.
   */
  readonly gradient: (indices: Uint32Array<ArrayBuffer>) => number;
  /** The first learning rate. Default 1e-7, in (0,inf). */
  readonly from?: number;
  /** The last learning rate, larger than `from`. Default 10, in (0,inf). */
  readonly to?: number;
  /** Most steps, each at the next rate; fewer if the loss explodes. Default 100, an integer of at least 2. */
  readonly steps?: number;
  /** Decay of the moving average of losses. Default 0.9, in [0,1). */
  readonly smoothing?: number;
}

/** The result of `findRate`. */
export interface RateCurve {
  /** The tested learning rates, ascending, in a geometric sequence. */
  readonly rates: readonly number[];
  /** The loss before the step at each rate. */
  readonly losses: readonly number[];
  /** The exponential moving average of the losses. */
  readonly smoothed: readonly number[];
  /**
   * The rate with the steepest fall of the smoothed loss over the logarithm of the rate. The search begins after the first tenth of the
   * steps and ends at the lowest point. Undefined if the loss does not fall.
   */
  readonly suggestion: number | undefined;
}

// The optimizer is restored afterwards. Settings and steps that `gradient` makes would be lost, so it may not make any.
const visitor: Visitor = {
  name: "the gradient of findRate",
  may: ["zeroGrad", "relocate", "accumulate", "discard", "observe"],
};

// The test ends when the smoothed loss is this many times its best value, as in fastai.
const explosion = 4;

function suggest(rates: readonly number[], smoothed: readonly number[], first: number): number | undefined {
  const lowest = smoothed.lastIndexOf(smoothed.slice(first).reduce((least, loss) => Math.min(least, loss), Infinity));
  let suggestion: number | undefined;
  let steepest = 0;
  for (let i = Math.max(1, first); i < lowest; i++) {
    const slope = (smoothed[i + 1] as number) - (smoothed[i - 1] as number);
    if (slope < steepest) {
      steepest = slope;
      suggestion = rates[i];
    }
  }
  return suggestion;
}

/** Calls a method of an optimizer. Returns false if a gradient is not finite. */
function finite(method: () => void): boolean {
  try {
    method();
    return true;
  } catch (error) {
    if (error instanceof NonFiniteError) return false;
    throw error;
  }
}

/**
 * The learning-rate range test. It trains with a learning rate that grows at each step i: from·(to/from)^(i/(steps − 1)). It ends when the
 * smoothed loss is more than 4 times its best value, or a loss is not finite. Then it restores the optimizer bit for bit: parameters,
 * state, carried numbers and t; the gradients are 0. Groups with their own learning rate keep it. Smith 2017,
 * https://arxiv.org/abs/1506.01186.
 * @throws TypeError or RangeError naming a wrong option, before the first step.
 * @throws RangeError if the first loss is not finite.
 * @throws Error if `gradient` calls `step()`, `shift()`, `eval()` and the like, or sets hyper-parameters. Errors of `gradient` pass through.
 *   After each error the optimizer is restored.
 * @example
 * ```ts
 * const opt = sgd({ x: Float32Array.of(1) });
 * const gradient = () => {
 *   opt.grads.x.set(opt.params.x);
 *   return opt.params.x[0] ** 2 / 2;
 * };
 * opt.hyper.lr = findRate(opt, { count: 1, gradient }).suggestion ?? 1e-3;
 * await fit(opt, { count: 1, gradient, epochs: 100 });
 * console.log(Math.abs(opt.params.x[0]) < 1e-3); // prints true
 * ```
 */
export function findRate(optimizer: Optimizer, options: FindRateOptions): RateCurve {
  if (!(optimizer instanceof Optimizer)) throw wrongKind("findRate: optimizer", "an optimizer made by a rule", optimizer);
  if (options === undefined) throw wrongKind("findRate: options", "an object", options);
  const { count, batch, shuffle, seed, dropLast, gradient, from, to, steps, smoothing } = checkOptions("findRate", options, {
    count: [1],
    batch: ["other", 32],
    gradient: ["other"],
    shuffle: ["boolean", true],
    seed: [0, 0],
    dropLast: ["boolean", false],
    from: ["(0,inf)", 1e-7],
    to: ["(0,inf)", 10],
    steps: [2, 100],
    smoothing: ["[0,1)", 0.9],
  });
  checkFunction("findRate: gradient", gradient);
  if (!(to > from)) throw wrongValue("findRate: to", `more than from, ${from}`, to);
  if (optimizer.spec.hyper.lr[2]) throw wrongKind("findRate: optimizer", "one whose lr can be set later", optimizer.spec.name);
  if (optimizer.shifted) throw new Error("findRate: the optimizer is shifted; expected step() or unshift() first");
  if (optimizer.evaluating) throw new Error("findRate: the parameters are those of eval(); expected train() first");
  const size = batch as BatchOptions["size"];
  const lossOf = (batch: Uint32Array<ArrayBuffer>): unknown =>
    optimizer.visit(visitor, () => (gradient as FindRateOptions["gradient"])(batch));
  const batchesOf = (epoch: number) => cut("findRate", "batch", count, { size, shuffle, seed, epoch, dropLast });

  let epoch = 0;
  let batches = batchesOf(epoch)[Symbol.iterator]();
  const nextBatch = () => {
    let next = batches.next();
    if (next.done) {
      epoch += 1;
      batches = batchesOf(epoch)[Symbol.iterator]();
      next = batches.next();
    }
    return next.value as Uint32Array<ArrayBuffer>;
  };

  const curve = { rates: [] as number[], losses: [] as number[], smoothed: [] as number[] };
  const setting = optimizer.hyper.lr as number | Schedule;
  const snapshot = optimizer.snapshot();
  optimizer.discard();
  let sum = 0;
  let weight = 0;
  let best = Infinity;
  try {
    for (let i = 0; i < steps; i++) {
      const lr = from * raise(to / from, i / (steps - 1));
      optimizer.hyper.lr = lr;
      optimizer.zeroGrad();
      const batch = nextBatch();
      const loss = lossOf(batch);
      if (typeof loss !== "number") throw wrongKind("findRate: gradient", "to return the loss, a number", loss);
      if (!Number.isFinite(loss)) {
        if (i === 0) throw wrongValue("findRate: the first loss", "a finite number", loss);
        break;
      }
      sum = smoothing * sum + (1 - smoothing) * loss;
      weight = smoothing * weight + (1 - smoothing);
      const smoothed = sum / weight;
      curve.rates.push(lr);
      curve.losses.push(loss);
      curve.smoothed.push(smoothed);
      best = Math.min(best, smoothed);
      if (smoothed - best > (explosion - 1) * Math.abs(best)) break;
      if (optimizer.sam) {
        if (!finite(() => optimizer.shift())) break;
        optimizer.zeroGrad();
        lossOf(batch);
      }
      if (!finite(() => optimizer.step())) break;
    }
  } finally {
    optimizer.hyper.lr = setting;
    optimizer.restore(snapshot);
    optimizer.zeroGrad();
  }
  return { ...curve, suggestion: suggest(curve.rates, curve.smoothed, Math.floor(steps / 10)) };
}
