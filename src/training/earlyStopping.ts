import { checkInteger, checkNumber, reading, readOptions } from "../checks/check.js";
import { wrongKind } from "../checks/errors.js";
import { checkOptions } from "../checks/options.js";
import { judged } from "./bestEpoch.js";
import type { EpochReport } from "./report.js";

/** The state of `earlyStopping`, for JSON. */
export interface StoppingState {
  /** The best loss so far; null before the first finite one. */
  readonly best: number | null;
  /** Epochs in a row without a better loss. */
  readonly waited: number;
}

/** A criterion for the option `stop` of `fit`. */
export interface EarlyStopping {
  (report: EpochReport): boolean;
  /** A copy of the state. Assign it to continue from there; `fit` does so when it resumes from a checkpoint. */
  state: StoppingState;
}

/**
 * A criterion for the option `stop` of `fit`. An epoch improves if its loss is more than `minDelta` below the best. The training ends after
 * `patience` epochs in a row without improvement. The loss is the validation loss, or without `validation` the training loss.
 * @throws TypeError or RangeError naming option and value.
 * @example
 * ```ts
 * const opt = sgd({ x: Float32Array.of(1) }, { lr: 0.1 });
 * const gradient = () => {
 *   opt.grads.x.set(opt.params.x);
 *   return opt.params.x[0] ** 2 / 2;
 * };
 * const stop = earlyStopping({ patience: 2, minDelta: 1e-3 });
 * const { ended } = await fit(opt, { count: 1, epochs: 1000, gradient, stop });
 * console.log(ended); // prints stop
 * ```
 */
export function earlyStopping(options: {
  /** Epochs in a row without a better loss before the training ends: an integer of at least 1. */
  readonly patience: number;
  /** Least improvement on the best loss, in the unit of the loss. Default 0, in [0,inf). */
  readonly minDelta?: number;
}): EarlyStopping {
  const given = readOptions("earlyStopping", ["patience", "minDelta"], options);
  const patience = given.get("patience");
  const minDelta = given.get("minDelta") ?? 0;
  checkInteger("earlyStopping: patience", 1, patience);
  checkNumber("earlyStopping: minDelta", "[0,inf)", minDelta);
  let best = Infinity;
  let waited = 0;
  const stop = (report: EpochReport) => {
    const { epoch, loss: training } = reading("earlyStopping: report", () => ({ ...report }));
    checkInteger("earlyStopping: report: epoch", 0, epoch);
    if (typeof training !== "number") throw wrongKind("earlyStopping: report: loss", "a number", training);
    if (epoch === 0) [best, waited] = [Infinity, 0]; // a new training
    const loss = judged(report);
    if (loss < best - minDelta) [best, waited] = [loss, 0];
    else waited += 1;
    return waited >= patience;
  };
  const restore = (given: unknown) => {
    const where = "earlyStopping: state";
    if (given === undefined) throw wrongKind(where, "an object", given);
    const state = checkOptions(where, given, { best: ["other"], waited: [0] });
    if (state.best !== null && !Number.isFinite(state.best))
      throw wrongKind(`${where}: best`, "a finite number or null", state.best);
    [best, waited] = [(state.best as number | null) ?? Infinity, state.waited];
  };
  const get = (): StoppingState => ({ best: best === Infinity ? null : best, waited });
  Object.defineProperty(stop, "state", { enumerable: true, get, set: restore });
  return stop as EarlyStopping;
}
