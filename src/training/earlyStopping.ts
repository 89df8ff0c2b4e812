import { checkInteger, checkNumber, reading, readOptions } from "../checks/check.js";
import { wrongKind } from "../checks/errors.js";
import { judged } from "./bestEpoch.js";
import type { EpochReport } from "./report.js";

/**
 * A rule for `stop`: ends after `patience` epochs in a row that are not more than `minDelta` below the best before, in the loss on
 * the validation data where there are such, else in the loss of the training.
 */
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
