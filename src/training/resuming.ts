// Checkpoints of a training loop: where it was, besides the optimizer.

import { CheckpointError } from "../checkpoints/checkpointError.js";
import { countFrom, fromJson, type Json, objectFrom, toJson } from "../checkpoints/contents.js";
import type { LoadOptions, WithFitCheck } from "../checkpoints/load.js";
import type { Store, StoreSaveOptions, WithFit } from "../checkpoints/store.js";
import { checkBoolean, checkFunction, checkInteger, readOptions } from "../checks/check.js";
import { wrongKind } from "../checks/errors.js";
import type { Optimizer } from "../engine/optimizer.js";
import { batchDefaults } from "./batches.js";
import type { BestEpoch } from "./bestEpoch.js";
import type { CheckpointOptions, FitOptions } from "./report.js";
import type { Together } from "./together.js";

/** Where a training is. */
export interface Position {
  /** The epoch, 0 first. */
  epoch: number;
  /** Completed batches of the epoch. */
  batch: number;
  /** The sum of losses times examples of the epoch, and the examples. */
  sum: number;
  seen: number;
  /** Completed steps of the training. */
  done: number;
  /** Whether `stop` has ended it. */
  stopped: boolean;
}

export const beginning = (): Position => ({ epoch: 0, batch: 0, sum: 0, seen: 0, done: 0, stopped: false });

/** The options on which the order of examples, and so every step, depends. */
type Plan = Pick<FitOptions, "count" | "batch" | "shuffle" | "seed" | "dropLast" | "microBatch" | "twoPhase">;

export const planOf = ({ count, batch, shuffle, seed, dropLast, microBatch, twoPhase }: Plan) => ({
  count,
  batch: batch ?? batchDefaults.size,
  shuffle: shuffle ?? batchDefaults.shuffle,
  seed: seed ?? batchDefaults.seed,
  dropLast: dropLast ?? batchDefaults.dropLast,
  microBatch: microBatch ?? null,
  twoPhase: twoPhase ?? false,
});

/** Reads the option `checkpoint`. */
export function readCheckpointOptions(given: unknown): CheckpointOptions | undefined {
  if (given === undefined) return undefined;
  const where = "fit: checkpoint";
  const options = Object.fromEntries(
    readOptions(where, ["to", "everySteps", "everyEpochs", "resume", "load", "extra", "onResume"], given),
  );
  const { to, everySteps, everyEpochs, resume, extra, onResume } = options;
  const store = to as Partial<Store> | null | undefined;
  if (typeof store?.save !== "function" || typeof store.latest !== "function" || typeof store.best !== "function")
    throw wrongKind(`${where}: to`, "a store such as folder(…)", to);
  if (everySteps !== undefined) checkInteger(`${where}: everySteps`, 1, everySteps);
  if (everyEpochs !== undefined) checkInteger(`${where}: everyEpochs`, 1, everyEpochs);
  if (resume !== undefined) checkBoolean(`${where}: resume`, resume);
  if (extra !== undefined) checkFunction(`${where}: extra`, extra);
  if (onResume !== undefined) checkFunction(`${where}: onResume`, onResume);
  return options as unknown as CheckpointOptions;
}

type Fields = { readonly [name: string]: unknown };

/** The state of a training loop in a checkpoint. @throws CheckpointError if a loop of the caller's own saved it. */
function fieldsOf(fit: Json | undefined): Fields {
  if (fit !== undefined) return objectFrom("fit", fit);
  throw new CheckpointError("names", ["fit: checkpoint expected a checkpoint of fit, got one without its training loop"]);
}

/** Where the training was that saved a checkpoint. */
function readPosition({ epoch, batch, sum, seen, done, stopped }: Fields): Position {
  return {
    epoch: countFrom("fit.epoch", epoch),
    batch: countFrom("fit.batch", batch),
    sum: fromJson("fit.sum", sum),
    seen: countFrom("fit.seen", seen),
    done: countFrom("fit.done", done),
    stopped: stopped === true,
  };
}

function readBest({ best }: Fields): { epoch: number; loss: number } | undefined {
  if (best === null) return undefined;
  const { epoch, loss } = objectFrom("fit.best", best);
  return { epoch: countFrom("fit.best.epoch", epoch), loss: fromJson("fit.best.loss", loss) };
}

/** Saves and resumes a training. */
export class Resuming {
  readonly #optimizer: Optimizer;
  readonly #options: CheckpointOptions;
  readonly #plan: ReturnType<typeof planOf>;
  readonly #best: BestEpoch;
  readonly #stop: FitOptions["stop"];
  readonly #restoresBest: boolean;
  readonly #together: Together;
  // The number of completed steps at the last save; undefined until resuming is over.
  #saved: number | undefined;

  constructor(optimizer: Optimizer, options: CheckpointOptions, fit: FitOptions, best: BestEpoch, together: Together) {
    this.#optimizer = optimizer;
    this.#options = options;
    this.#plan = planOf(fit);
    this.#best = best;
    this.#stop = fit.stop;
    this.#restoresBest = fit.restoreBest === true;
    this.#together = together;
  }

  /** Loads the latest checkpoint, if there is one and `resume` is not false. Returns where it was. */
  async resume(): Promise<Position | undefined> {
    const { to, resume = true, load, onResume } = this.#options;
    const { onFirst } = this.#together;
    const found = await onFirst(async () => {
      const checked: LoadOptions & WithFitCheck = { ...load, checkFit: (fit) => this.#read(fit) };
      const loaded = resume ? await to.latest(this.#optimizer, checked) : undefined;
      if (!loaded) return null;
      const { extra, fit } = loaded as typeof loaded & WithFit;
      return { fit: fit as Json, ...(extra === undefined ? {} : { extra }) };
    });
    if (!found) {
      this.#saved = -1;
      return undefined;
    }
    this.#together.share();
    const { position, best, stop: stopState } = this.#read(found.fit);
    if (best) {
      if (this.#restoresBest) await this.#load(() => this.#loadBest(best.epoch, load));
      this.#best.resume(best, this.#restoresBest);
      if (this.#restoresBest) await this.#load(() => to.latest(this.#optimizer, load));
    }
    const stop = this.#stop as { state?: unknown } | undefined;
    if (stop && "state" in stop && stopState !== undefined) stop.state = stopState;
    await onResume?.(found.extra);
    this.#saved = position.done;
    return position;
  }

  /** Loads the optimizer on rank 0, and gives it to the others. */
  async #load(run: () => unknown): Promise<void> {
    await this.#together.onFirst(async () => {
      await run();
      return null;
    });
    this.#together.share();
  }

  /** The state of a training loop in a checkpoint. @throws CheckpointError if this is another training. */
  #read(fit: Json | undefined) {
    const fields = fieldsOf(fit);
    this.#compare(objectFrom("fit.plan", fields.plan));
    return { position: readPosition(fields), best: readBest(fields), stop: fields.stop };
  }

  /** Loads the best epoch, so that it can be restored at the end. */
  async #loadBest(epoch: number, load: LoadOptions | undefined): Promise<void> {
    const found = await this.#options.to.best(this.#optimizer, load);
    if (found && readBest(fieldsOf((found as WithFit).fit))?.epoch === epoch) return;
    throw new CheckpointError("names", [
      `fit: checkpoint: restoreBest expected the checkpoint of epoch ${epoch}, the best, got none`,
    ]);
  }

  #compare(plan: { readonly [name: string]: unknown }): void {
    const wrong = Object.entries(this.#plan).filter(([name, value]) => plan[name] !== value);
    if (wrong.length === 0) return;
    const details = wrong.map(([name, value]) => {
      return `fit: ${name} expected ${JSON.stringify(plan[name])}, as in the checkpoint, got ${JSON.stringify(value)}`;
    });
    throw new CheckpointError("options", details);
  }

  /** Whether a checkpoint is due after a step in the middle of an epoch. */
  dueAfterStep(done: number): boolean {
    const { everySteps } = this.#options;
    return everySteps !== undefined && done % everySteps === 0;
  }

  /** Whether a checkpoint is due after this epoch. The best epoch is saved if it is to be restored. */
  dueAfterEpoch(epoch: number, epochs: number): boolean {
    const { everyEpochs = 1 } = this.#options;
    const isBest = this.#restoresBest && this.#best.epoch?.epoch === epoch;
    return isBest || (epoch + 1) % everyEpochs === 0 || epoch + 1 === epochs;
  }

  /** Saves, unless this position is saved already, or resuming failed. `loss` is that of an epoch that ends here. */
  async save(position: Position, loss?: number): Promise<void> {
    if (this.#saved === undefined || (loss === undefined && this.#saved === position.done)) return;
    this.#together.consolidate();
    if (this.#together.first) await this.#write(position, loss);
    this.#saved = position.done;
  }

  async #write(position: Position, loss: number | undefined): Promise<void> {
    const { to, extra } = this.#options;
    const { epoch: best } = this.#best;
    const stop = this.#stop as { state?: Json } | undefined;
    const fit: Json = {
      ...position,
      sum: toJson(position.sum),
      plan: this.#plan,
      best: best ? { epoch: best.epoch, loss: toJson(best.loss) } : null,
      ...(stop?.state === undefined ? {} : { stop: stop.state }),
    };
    const own = extra?.();
    const options: StoreSaveOptions & WithFit = {
      ...(own === undefined ? {} : { extra: own }),
      ...(loss === undefined ? {} : { loss }),
      fit,
    };
    await to.save(this.#optimizer, options);
  }
}
