import { type BatchOptions, cut } from "./batches.js";
import { checkBoolean, checkFunction, checkInteger, readOptions } from "./check.js";
import { wrongKind } from "./errors.js";
import { Guard } from "./guard.js";
import { Optimizer } from "./optimizer.js";

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
  /** Take each gradient where the optimizer's `shift()` moves to, as Nesterov's original form does. Default false. */
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

const turn = 50; // ms

const functions = ["onStep", "onEpoch", "stop"] as const;
const others = ["count", "batch", "epochs", "gradient", "shuffle", "seed", "dropLast", "twoPhase", "signal"] as const;

/** The options, each read once and checked, but for those of the batches. */
function read(optimizer: Optimizer, options: unknown): FitOptions {
  if (!(optimizer instanceof Optimizer))
    throw wrongKind("fit: optimizer", "an optimizer of a rule (L-BFGS has step(closure), or minimize)", optimizer);
  if (options === undefined) throw wrongKind("fit: options", "an object", options);
  const given: Partial<Record<keyof FitOptions, unknown>> = Object.fromEntries(
    readOptions("fit", [...others, ...functions], options),
  );
  checkInteger("fit: epochs", 1, given.epochs);
  checkFunction("fit: gradient", given.gradient);
  for (const name of functions) if (given[name] !== undefined) checkFunction(`fit: ${name}`, given[name]);
  if (given.twoPhase !== undefined) checkBoolean("fit: twoPhase", given.twoPhase);
  if (given.twoPhase && !optimizer.spec.twoPhase) throw wrongKind("fit: twoPhase", `false for ${optimizer.spec.name}`, true);
  if (optimizer.shifted) throw new Error("fit: the optimizer is shifted; expected step() or unshift() first");
  if (optimizer.evaluating) throw new Error("fit: the parameters are those of eval(); expected train() first");
  const signal = given.signal as AbortSignal | null | undefined;
  if (signal !== undefined && typeof signal?.aborted !== "boolean") throw wrongKind("fit: signal", "an AbortSignal", signal);
  return given as unknown as FitOptions;
}

/**
 * Trains: for each batch of each epoch, `gradient` and one step of the optimizer.
 * @throws TypeError or RangeError naming a wrong option, before the first step.
 * @throws NonFiniteError naming step and parameter when the loss, a gradient or a stepped parameter is NaN or infinite.
 *   The parameters are then those of the last step whose loss and gradients were finite; the state is not taken back.
 */
export async function fit(optimizer: Optimizer, options: FitOptions): Promise<History> {
  const { count, batch: size, shuffle, seed, dropLast, ...given } = read(optimizer, options);
  const { epochs, gradient, twoPhase, onStep, onEpoch, stop, signal } = given;
  const batchesOf = (epoch: number) => cut("fit", "batch", count, { size, shuffle, seed, epoch, dropLast });
  const total = epochs * batchesOf(0).length;
  const history = { loss: [] as number[], lr: [] as number[], gradientTime: 0, stepTime: 0 };
  const guard = new Guard(optimizer, history);
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
      const stopped = stop?.(report) ?? false;
      checkBoolean("fit: the result of stop", stopped);
      if (stopped) return { ...history, ended: "stop" };
    }
    return { ...history, ended: "epochs" };
  } finally {
    optimizer.unshift();
  }
}
