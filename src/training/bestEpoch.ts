import { wrongKind } from "../checks/errors.js";
import type { Optimizer } from "../engine/optimizer.js";
import type { Snapshot } from "../engine/state.js";
import type { EpochReport, FitOptions, TrainingHistory } from "./report.js";
import { watch } from "./watch.js";

/** The validation loss of the evaluation weights. */
export async function validate(optimizer: Optimizer, validation: NonNullable<FitOptions["validation"]>): Promise<number> {
  optimizer.eval();
  try {
    const check = watch(optimizer, "validation");
    const loss: unknown = await validation();
    check();
    if (typeof loss !== "number") throw wrongKind("fit: validation", "to return the loss, a number", loss);
    return loss;
  } finally {
    optimizer.train();
  }
}

/** The loss by which epochs are compared: the validation loss if there is one, else the training loss. Infinity if it is not finite. */
export function judged({ loss, validation = loss }: EpochReport): number {
  return Number.isFinite(validation) ? validation : Infinity;
}

/** The best epoch so far. With an optimizer it keeps a snapshot of that epoch. */
export class BestEpoch {
  epoch: TrainingHistory["best"];
  readonly #optimizer: Optimizer | undefined;
  #snapshot: Snapshot | undefined;

  constructor(optimizer: Optimizer | undefined) {
    this.#optimizer = optimizer;
  }

  judge(report: EpochReport): void {
    const loss = judged(report);
    if (loss >= (this.epoch?.loss ?? Infinity)) return;
    this.epoch = { epoch: report.epoch, loss };
    this.#snapshot = undefined; // first, so that memory holds one snapshot at most
    this.#snapshot = this.#optimizer?.snapshot();
  }

  /** Continues from the best epoch of a checkpoint. With `current`, the optimizer holds it now. */
  resume(epoch: NonNullable<TrainingHistory["best"]>, current: boolean): void {
    this.epoch = epoch;
    if (current) this.#snapshot = this.#optimizer?.snapshot();
  }

  restore(): void {
    if (this.#snapshot) this.#optimizer?.restore(this.#snapshot);
  }
}
