import type { BatchOptions } from "./batches.js";

/** What is known after a step. */
export interface StepReport {
  /** Completed steps of the optimizer, this one included. */
  readonly step: number;
  /** Steps of this `fit` done. */
  readonly done: number;
  /** All steps of this `fit`, if nothing stops it. */
  readonly total: number;
  /** The epoch, 0 first. */
  readonly epoch: number;
  /** The loss before the step. */
  readonly loss: number;
  /** The learning rate of the step. */
  readonly lr: number;
  /** Whether the optimizer left the step out, because a gradient was not finite. */
  readonly skipped: boolean;
}

/** What is known after an epoch. */
export interface EpochReport {
  /** The epoch, 0 first. */
  readonly epoch: number;
  /** Completed steps of the optimizer. */
  readonly step: number;
  /** Mean of the losses of the epoch's steps, each weighted by its examples; without losses of skipped steps that are not finite. */
  readonly loss: number;
  /** What `validation` returned. */
  readonly validation?: number;
}

/** What `fit` is asked to do. */
export interface FitOptions extends Omit<BatchOptions, "size" | "epoch"> {
  /** Number of examples: an integer from 1 to 2^32 − 1. */
  readonly count: number;
  /**
   * Examples per update: `"all"` is batch gradient descent, 1 is stochastic, others are mini-batch. Default 32, an integer of at least 1.
   */
  readonly batch?: number | "all";
  /** Passes over the examples: an integer of at least 1. */
  readonly epochs: number;
  /**
   * Fills the optimizer's `grads`, which are 0 before, from the examples with these indices, and returns their loss, or a promise of
   * it: then the gradients are read when it has resolved.
   */
  readonly gradient: (indices: Uint32Array<ArrayBuffer>) => number | Promise<number>;
  /**
   * The most examples that `gradient` gets at once: an integer of at least 1. Larger batches are cut into pieces, whose losses and
   * gradients are averaged, weighted by examples: where `gradient` gives means, the step is that of the whole batch, up to rounding.
   * Needs an optimizer made with `accumulate: true`. By default each batch is one piece.
   */
  readonly microBatch?: number;
  /**
   * Takes each gradient where the optimizer's `shift()` moves to, as Nesterov's original form does. Default false. A rule without a
   * two-phase form, and `sam`, throw a TypeError.
   */
  readonly twoPhase?: boolean;
  /** Returns the loss on validation data, or a promise of it. Called after each epoch, between `eval()` and `train()`. By default none. */
  readonly validation?: () => number | Promise<number>;
  /**
   * Puts the optimizer back to its best epoch at the end: parameters, state and t. Default false. Not done after an error.
   */
  readonly restoreBest?: boolean;
  /** Called after each step. A promise that it returns is waited for. */
  readonly onStep?: (report: StepReport) => unknown;
  /** Called after each epoch. A promise that it returns is waited for. */
  readonly onEpoch?: (report: EpochReport) => unknown;
  /** Called after each epoch; true, or a promise of it, ends the training. See `earlyStopping`. */
  readonly stop?: (report: EpochReport) => boolean | Promise<boolean>;
  /**
   * Ends the training before the next step when it aborts; what is waited for then is waited for to its end, but a gradient is not used.
   * If one of the functions here throws the signal's `reason`, as `fetch` does, this ends the training in the same way. Between steps,
   * the event loop gets its turn about every 50 ms.
   */
  readonly signal?: AbortSignal;
}

/** What `fit` did. */
export interface History {
  /** Loss before each step. */
  readonly loss: readonly number[];
  /** Learning rate of each step. */
  readonly lr: readonly number[];
  /** What `validation` returned after each epoch. */
  readonly validation: readonly number[];
  /** The epoch with the least `validation`, or without that the least loss, and its value; undefined when none was finite. */
  readonly best:
    | {
        /** The epoch, 0 first. */
        readonly epoch: number;
        /** Its `validation`, or without that its loss. */
        readonly loss: number;
      }
    | undefined;
  /** Milliseconds spent in `gradient`, or waiting for it. */
  readonly gradientTime: number;
  /** Milliseconds spent in the optimizer's steps. */
  readonly stepTime: number;
  /** What ended the training. */
  readonly ended: "epochs" | "stop" | "signal";
}
