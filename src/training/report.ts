import type { Json } from "../checkpoints/contents.js";
import type { LoadOptions } from "../checkpoints/load.js";
import type { Store } from "../checkpoints/store.js";
import type { Ranks } from "../mpi/ranks.js";
import type { BatchOptions } from "./batches.js";

/** The report after a step. */
export interface StepReport {
  /** Completed steps of the optimizer, including this one. */
  readonly step: number;
  /** Completed steps of this training, with those before it was resumed. */
  readonly done: number;
  /** Steps of this training, unless it ends early. */
  readonly total: number;
  /** The epoch, 0 first. */
  readonly epoch: number;
  /** The loss before the step. */
  readonly loss: number;
  /** The learning rate of the step. */
  readonly lr: number;
  /** Whether the optimizer skipped the step because a gradient was not finite. */
  readonly skipped: boolean;
}

/** The report after an epoch. */
export interface EpochReport {
  /** The epoch, 0 first. */
  readonly epoch: number;
  /** Completed steps of the optimizer. */
  readonly step: number;
  /** Mean loss of the epoch's steps, weighted by their examples. Non-finite losses of skipped steps are left out. */
  readonly loss: number;
  /** What `validation` returned. */
  readonly validation?: number;
}

/** Checkpoints of a training. */
export interface CheckpointOptions {
  /** Where they are: `folder(…)` of `simdescent/node` or `simdescent/opfs`. */
  readonly to: Store;
  /** Steps between checkpoints: an integer of at least 1. By default there are none within an epoch. */
  readonly everySteps?: number;
  /** Epochs between checkpoints, an integer of at least 1. Default 1. The last epoch is saved in any case. */
  readonly everyEpochs?: number;
  /** Whether to load the latest checkpoint first, if there is one. Default true. */
  readonly resume?: boolean;
  /** Options of `load`, for resuming. */
  readonly load?: LoadOptions;
  /** Returns a value of your own, to be saved: the state of your random numbers, for instance. */
  readonly extra?: () => Json;
  /** Called after a checkpoint was loaded, with the value of `extra`. `fit` waits for a promise. */
  readonly onResume?: (extra: Json | undefined) => unknown;
}

/** Options of `fit`. */
export interface FitOptions extends Omit<BatchOptions, "size" | "epoch"> {
  /** Number of examples: an integer from 1 to 2^32 − 1. */
  readonly count: number;
  /**
   * Examples per update. `"all"` gives batch gradient descent, 1 stochastic, other numbers mini-batch. Default 32, an integer of at least 1.
   */
  readonly batch?: number | "all";
  /** Passes over the examples: an integer of at least 1. */
  readonly epochs: number;
  /**
   * Fills the optimizer's `grads` from the examples with these indices, and returns their loss or a promise of it. The gradients are 0
   * before each call. With a promise, `fit` reads the gradients after it resolves.
   */
  readonly gradient: (indices: Uint32Array<ArrayBuffer>) => number | Promise<number>;
  /**
   * Most examples per call of `gradient`: an integer of at least 1. Larger batches are split into micro-batches. Their losses and gradients
   * are averaged, weighted by examples. If `gradient` gives means, splitting changes the step only by rounding. Needs an optimizer made with
   * `accumulate: true`. By default batches are not split.
   */
  readonly microBatch?: number;
  /**
   * The processes that train together: `await mpi()` of `simdescent/mpi`. Each calls `fit` with the same options. `gradient` gets the blocks
   * of this rank, and returns the mean loss of a block. Loss, best epoch and end are the same on all ranks: `validation` is the mean of
   * what the ranks return, `stop` what rank 0 returns, and `signal` ends all when it aborts on one. Rank 0 saves and loads checkpoints, for
   * any number of ranks. Not with `microBatch`: a block is one.
   */
  readonly ranks?: Ranks;
  /** With `ranks`: into how many blocks each batch is cut. See `distribute`. */
  readonly blocks?: number;
  /**
   * Whether to call `shift()` before each gradient, as in Nesterov's original form. Default false. A rule without a two-phase form, and
   * `sam`, throw a TypeError.
   */
  readonly twoPhase?: boolean;
  /** Returns the loss on validation data, or a promise of it. Called after each epoch, between `eval()` and `train()`. By default none. */
  readonly validation?: () => number | Promise<number>;
  /**
   * Whether to restore the optimizer's best epoch at the end: parameters, state and t. Default false. After an error nothing is restored.
   */
  readonly restoreBest?: boolean;
  /** Called after each step. `fit` waits for a promise. */
  readonly onStep?: (report: StepReport) => unknown;
  /** Called after each epoch. `fit` waits for a promise. */
  readonly onEpoch?: (report: EpochReport) => unknown;
  /** Called after each epoch. True, or a promise of true, ends the training. See `earlyStopping`. */
  readonly stop?: (report: EpochReport) => boolean | Promise<boolean>;
  /**
   * Saves the training, and resumes it: optimizer, epoch, batch, the order of examples, mean loss, best epoch, and the state of `stop` and of
   * schedules that have one. A resumed training makes the steps of an uninterrupted one, bit for bit. Also saved when `signal` aborts. By
   * default nothing is saved.
   */
  readonly checkpoint?: CheckpointOptions;
  /**
   * When this signal aborts, the training ends before the next step. `fit` still waits for a pending promise, but does not use its gradient.
   * If one of these functions throws the signal's `reason`, as `fetch` does, the training ends in the same way. Between steps, `fit` yields
   * to the event loop about every 50 ms.
   */
  readonly signal?: AbortSignal;
}

/** The result of `fit`. The lists begin where the training was resumed. */
export interface TrainingHistory {
  /** Loss before each step. */
  readonly loss: readonly number[];
  /** Learning rate of each step. */
  readonly lr: readonly number[];
  /** Validation loss after each epoch. */
  readonly validation: readonly number[];
  /** The epoch with the least validation loss, or without `validation` the least training loss. Undefined if no loss was finite. */
  readonly best:
    | {
        /** The epoch, 0 first. */
        readonly epoch: number;
        /** Its validation loss, or without `validation` its training loss. */
        readonly loss: number;
      }
    | undefined;
  /** Milliseconds in `gradient`, including its promises. */
  readonly gradientTime: number;
  /** Milliseconds in the optimizer's steps. */
  readonly stepTime: number;
  /** What ended the training. */
  readonly ended: "epochs" | "stop" | "signal";
}
