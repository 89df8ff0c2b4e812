import { type BatchOptions, cut } from "./batches.js";
import { checkBoolean, checkFunction, checkInteger, checkNumber, readOptions } from "./check.js";
import { show, wrongKind } from "./errors.js";
import type { AnyOptimizer } from "./optimizer.js";

/** What is known after a step. */
export interface StepReport {
  /** Completed steps of the optimizer, this one included. */
  readonly step: number;
  /** Steps of this `fit` done, and all that it will do if nothing stops it. */
  readonly done: number;
  readonly total: number;
  /** 0 first. */
  readonly epoch: number;
  /** The loss before the step. */
  readonly loss: number;
  /** The learning rate of the step. */
  readonly lr: number;
}

/** What is known after an epoch. */
export interface EpochReport {
  /** 0 first. */
  readonly epoch: number;
  /** Completed steps of the optimizer. */
  readonly step: number;
  /** Mean of the losses of the epoch's steps, each weighted by its examples. */
  readonly loss: number;
}

/** What `fit` is asked to do. */
export interface FitOptions extends Omit<BatchOptions, "size" | "epoch"> {
  /** Number of examples. */
  readonly count: number;
  /** Examples per update: `"all"`, 1, or a number between. Default 32. */
  readonly batch?: number | "all";
  readonly epochs: number;
  /** Fills the optimizer's `grads`, which are 0 before, from the examples with these indices, and returns their loss. */
  readonly gradient: (indices: Uint32Array<ArrayBuffer>) => number;
  /** Take each gradient at the point where the optimizer's `shift()` moves to. Default false. */
  readonly twoPhase?: boolean;
  readonly onStep?: (report: StepReport) => void;
  readonly onEpoch?: (report: EpochReport) => void;
  /** Asked after each epoch; true ends the training. */
  readonly stop?: (report: EpochReport) => boolean;
  /** Ends the training after the step at hand when it aborts. The event loop gets its turn about every 50 ms. */
  readonly signal?: AbortSignal;
}

/** What `fit` did. */
export interface History {
  /** Loss before each step. */
  readonly loss: readonly number[];
  /** Learning rate of each step. */
  readonly lr: readonly number[];
  /** Milliseconds spent in `gradient`. */
  readonly gradientTime: number;
  /** Milliseconds spent in the optimizer's steps. */
  readonly stepTime: number;
  /** What ended the training. */
  readonly ended: "epochs" | "stop" | "signal";
}

/** A loss, gradient or parameter became NaN or infinite. The parameters are the last good ones. */
export class NonFiniteError extends Error {
  override readonly name = "NonFiniteError";
  constructor(
    message: string,
    /** The step that could not be done, 1 first. */
    readonly step: number,
    /** The first parameter that is concerned, where one is. */
    readonly parameter: string | undefined,
  ) {
    super(message);
  }
}

/** A rule for `stop`: ends after `patience` epochs in a row whose loss is not more than `minDelta` below the best before. */
export function earlyStopping(options: {
  readonly patience: number;
  readonly minDelta?: number;
}): (report: EpochReport) => boolean {
  const given = readOptions("earlyStopping", ["patience", "minDelta"], options);
  const patience = given.get("patience");
  const minDelta = given.get("minDelta") ?? 0;
  checkInteger("earlyStopping: patience", 1, patience);
  checkNumber("earlyStopping: minDelta", "[0,inf)", minDelta);
  let best = Infinity;
  let waited = 0;
  return ({ loss }) => {
    if (loss < best - minDelta) {
      best = loss;
      waited = 0;
    } else {
      waited += 1;
    }
    return waited >= patience;
  };
}

const turn = 50; // ms

function check(options: FitOptions): void {
  if (options === undefined) throw wrongKind("fit: options", "an object", options);
  const functions = ["onStep", "onEpoch", "stop"];
  const others = ["count", "batch", "epochs", "gradient", "shuffle", "seed", "dropLast", "twoPhase", "signal"];
  const given = readOptions("fit", [...others, ...functions], options);
  checkInteger("fit: epochs", 1, given.get("epochs"));
  checkFunction("fit: gradient", given.get("gradient"));
  for (const name of functions) if (given.has(name)) checkFunction(`fit: ${name}`, given.get(name));
  if (given.has("twoPhase")) checkBoolean("fit: twoPhase", given.get("twoPhase"));
  const signal = given.get("signal") as AbortSignal | undefined;
  if (signal !== undefined && typeof signal?.aborted !== "boolean") throw wrongKind("fit: signal", "an AbortSignal", signal);
}

/** Keeps the parameters with which loss and gradients were last finite, and goes back to them when something is not. */
class Guard {
  readonly #optimizer: AnyOptimizer;
  readonly #lastGood: Float32Array<ArrayBuffer>;

  constructor(optimizer: AnyOptimizer) {
    this.#optimizer = optimizer;
    this.#lastGood = optimizer.copyParams();
  }

  beforeStep(epoch: number, loss: number): void {
    const step = this.#optimizer.t + 1;
    const parameter = this.#optimizer.nonFinite("grads");
    const gradient = parameter === undefined ? "" : `the gradient of ${show(parameter)} is not finite`;
    if (!Number.isFinite(loss)) this.#fail(step, epoch, `the loss is ${loss}${gradient && ` and ${gradient}`}`, parameter);
    if (gradient) this.#fail(step, epoch, gradient, parameter);
    this.#optimizer.copyParams(this.#lastGood);
  }

  afterStep(epoch: number): void {
    const parameter = this.#optimizer.nonFinite("params");
    if (parameter === undefined) return;
    this.#fail(this.#optimizer.t, epoch, `the step made parameter ${show(parameter)} infinite or NaN`, parameter);
  }

  #fail(step: number, epoch: number, what: string, parameter: string | undefined): never {
    this.#optimizer.restoreParams(this.#lastGood);
    throw new NonFiniteError(`${this.#optimizer.spec.name}: step ${step}, epoch ${epoch}: ${what}`, step, parameter);
  }
}

/**
 * Trains: for each batch of each epoch, `gradient` and one step of the optimizer.
 * @throws TypeError or RangeError naming a wrong option, before the first step.
 * @throws NonFiniteError naming step and parameter when the loss, a gradient or a stepped parameter is NaN or infinite.
 *   The parameters are then those of the last step whose loss and gradients were finite; the state is not taken back.
 */
export async function fit(optimizer: AnyOptimizer, options: FitOptions): Promise<History> {
  check(options);
  const { count, batch: size, epochs, shuffle, seed, dropLast, gradient, twoPhase, onStep, onEpoch, stop, signal } = options;
  const batchesOf = (epoch: number) => cut("fit", "batch", count, { size, shuffle, seed, epoch, dropLast });
  const total = epochs * batchesOf(0).length;
  const history = { loss: [] as number[], lr: [] as number[], gradientTime: 0, stepTime: 0 };
  const guard = new Guard(optimizer);
  let lastTurn = performance.now();

  try {
    for (let epoch = 0; epoch < epochs; epoch++) {
      let sum = 0;
      let seen = 0;
      for (const indices of batchesOf(epoch)) {
        if (signal?.aborted) return { ...history, ended: "signal" };

        optimizer.zeroGrad();
        if (twoPhase) optimizer.shift();
        const start = performance.now();
        const loss = gradient(indices);
        history.gradientTime += performance.now() - start;
        if (typeof loss !== "number") throw wrongKind("fit: gradient", "to return the loss, a number", loss);

        guard.beforeStep(epoch, loss);
        const middle = performance.now();
        optimizer.step();
        const end = performance.now();
        history.stepTime += end - middle;
        guard.afterStep(epoch);

        const lr = optimizer.current.lr as number;
        history.loss.push(loss);
        history.lr.push(lr);
        sum += loss * indices.length;
        seen += indices.length;
        onStep?.({ step: optimizer.t, done: history.loss.length, total, epoch, loss, lr });
        if (end - lastTurn > turn) {
          await new Promise((resolve) => setTimeout(resolve, 0));
          lastTurn = performance.now();
        }
      }
      const report = { epoch, step: optimizer.t, loss: sum / seen };
      onEpoch?.(report);
      if (stop?.(report)) return { ...history, ended: "stop" };
    }
    return { ...history, ended: "epochs" };
  } finally {
    optimizer.unshift();
  }
}
