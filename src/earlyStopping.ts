import { checkInteger, checkNumber, readOptions } from "./check.js";
import type { EpochReport } from "./fit.js";

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
  return ({ epoch, loss }) => {
    if (epoch === 0) best = Infinity; // a new training
    if (loss < best - minDelta) {
      best = loss;
      waited = 0;
    } else {
      waited += 1;
    }
    return waited >= patience;
  };
}
