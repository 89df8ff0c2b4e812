import { checkInteger, checkNumber, reading, readOptions } from "../checks/check.js";
import { wrongKind } from "../checks/errors.js";
import { judged } from "./bestEpoch.js";
import type { EpochReport } from "./report.js";

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
}): (report: EpochReport) => boolean {
  const given = readOptions("earlyStopping", ["patience", "minDelta"], options);
  const patience = given.get("patience");
  const minDelta = given.get("minDelta") ?? 0;
  checkInteger("earlyStopping: patience", 1, patience);
  checkNumber("earlyStopping: minDelta", "[0,inf)", minDelta);
  let best = Infinity;
  let waited = 0;
  return (report) => {
    const { epoch, loss: training } = reading("earlyStopping: report", () => ({ ...report }));
    checkInteger("earlyStopping: report: epoch", 0, epoch);
    if (typeof training !== "number") throw wrongKind("earlyStopping: report: loss", "a number", training);
    if (epoch === 0) [best, waited] = [Infinity, 0]; // a new training
    const loss = judged(report);
    if (loss < best - minDelta) [best, waited] = [loss, 0];
    else waited += 1;
    return waited >= patience;
  };
}
