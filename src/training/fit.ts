import type { Json } from "../checkpoints/contents.js";
import { checkBoolean, checkFunction, checkInteger, readOptions } from "../checks/check.js";
import { wrongKind } from "../checks/errors.js";
import { Optimizer } from "../engine/optimizer.js";
import { cut } from "./batches.js";
import { BestEpoch, judged, validate } from "./bestEpoch.js";
import { DivergenceGuard } from "./divergenceGuard.js";
import { checkFilled, isZero } from "./filled.js";
import type { FitOptions, TrainingHistory } from "./report.js";
import { beginning, planOf, Resuming, readCheckpointOptions } from "./resuming.js";
import { alone, together } from "./together.js";
import { watch } from "./watch.js";

const turn = 50; // ms
const watched = 100; // steps; one of their gradients must differ from 0

const isPromise = (result: unknown): result is PromiseLike<unknown> =>
  typeof (result as PromiseLike<unknown> | null | undefined)?.then === "function";

const running = new WeakSet<Optimizer>();

const functions = ["validation", "onStep", "onEpoch", "stop"] as const;
const flags = ["twoPhase", "restoreBest"] as const;
const others = [
  "count",
  "batch",
  "epochs",
  "gradient",
  "microBatch",
  "shuffle",
  "seed",
  "dropLast",
  "signal",
  "checkpoint",
  "ranks",
  "blocks",
] as const;

/** Reads each option once and checks it. `cut` checks the options of the batches. */
function read(optimizer: Optimizer, options: unknown): FitOptions {
  if (!(optimizer instanceof Optimizer))
    throw wrongKind("fit: optimizer", "an optimizer of a rule (L-BFGS has step(closure), or minimize)", optimizer);
  if (options === undefined) throw wrongKind("fit: options", "an object", options);
  const given: Partial<Record<keyof FitOptions, unknown>> = Object.fromEntries(
    readOptions("fit", [...others, ...flags, ...functions], options),
  );
  checkInteger("fit: epochs", 1, given.epochs);
  checkFunction("fit: gradient", given.gradient);
  for (const name of functions) if (given[name] !== undefined) checkFunction(`fit: ${name}`, given[name]);
  for (const name of flags) if (given[name] !== undefined) checkBoolean(`fit: ${name}`, given[name]);
  if (given.microBatch !== undefined) {
    checkInteger("fit: microBatch", 1, given.microBatch);
    if (!optimizer.accumulates) throw new TypeError("fit: microBatch expected an optimizer made with accumulate: true");
  }
  if (given.twoPhase && optimizer.sam) throw wrongKind("fit: twoPhase", "false with sam", true);
  if (given.twoPhase && !optimizer.spec.twoPhase) throw wrongKind("fit: twoPhase", `false for ${optimizer.spec.name}`, true);
  if (running.has(optimizer)) throw new Error("fit: the optimizer is in another fit; expected that to end first");
  if (optimizer.shifted) throw new Error("fit: the optimizer is shifted; expected step() or unshift() first");
  if (optimizer.evaluating) throw new Error("fit: the parameters are those of eval(); expected train() first");
  const ranks = given.ranks as FitOptions["ranks"] | null;
  if (ranks !== undefined && typeof ranks?.distribute !== "function") throw wrongKind("fit: ranks", "the result of mpi()", ranks);
  if (ranks && given.microBatch !== undefined) throw wrongKind("fit: microBatch", "none with ranks", given.microBatch);
  if (!ranks && given.blocks !== undefined) throw wrongKind("fit: blocks", "none without ranks", given.blocks);
  const signal = given.signal as AbortSignal | null | undefined;
  if (signal !== undefined && typeof signal?.aborted !== "boolean") throw wrongKind("fit: signal", "an AbortSignal", signal);
  return { ...given, checkpoint: readCheckpointOptions(given.checkpoint) } as unknown as FitOptions;
}

/** The micro-batches of a batch. */
function* pieces(batch: Uint32Array<ArrayBuffer>, most: number): Iterable<Uint32Array<ArrayBuffer>> {
  if (batch.length <= most) yield batch;
  else for (let from = 0; from < batch.length; from += most) yield batch.subarray(from, from + most);
}

/**
 * Trains an optimizer. For each batch of each epoch it calls `gradient`, then makes a step. With `sam` it calls `gradient` twice, before and
 * after `shift()`.
 * @throws TypeError or RangeError naming a wrong option, before the first step.
 * @throws TypeError if all gradients of the first epoch, or of its first 100 steps, are 0 although the loss changes with the parameters. In
 *   that case `gradient` is called up to five more times.
 * @throws NonFiniteError naming step and parameter if the loss, a gradient or a parameter after a step is NaN or infinite. The parameters are
 *   then those of the last step with finite loss and gradients; the state is not restored. With `nonFinite: "skip"`, any loss is allowed,
 *   and up to `maxSkips` steps in a row are skipped. With `nonFinite: "allow"`, nothing is checked.
 * @throws CheckpointError if a checkpoint does not fit: the optimizer, or the options of the batches. The optimizer is then unchanged. What the
 *   store throws.
 * @throws Error if `gradient` or `validation` moves the parameters, for instance by `step()`, or by `eval()` without `train()`.
 * @example
 * ```ts
 * const x = Float32Array.from({ length: 100 }, (_, i) => i / 100);
 * const opt = adam({ slope: 1 }, { lr: 0.1 });
 * await fit(opt, {
 *   count: x.length,
 *   epochs: 30,
 *   gradient(indices) {
 *     let loss = 0;
 *     for (const i of indices) {
 *       const error = opt.params.slope[0] * x[i] - 3 * x[i];
 *       opt.grads.slope[0] += (2 * error * x[i]) / indices.length;
 *       loss += error ** 2 / indices.length;
 *     }
 *     return loss;
 *   },
 * });
 * console.log(opt.params.slope[0].toFixed(1)); // prints 3.0
 * ```
 */
export async function fit(optimizer: Optimizer, options: FitOptions): Promise<TrainingHistory> {
  const given = read(optimizer, options);
  const { count, batch: size, shuffle, seed, dropLast, checkpoint, ranks, blocks } = given;
  const { epochs, gradient, microBatch = Infinity, twoPhase, validation, restoreBest, onStep, onEpoch, stop, signal } = given;
  const batchesOf = (epoch: number) => cut("fit", "batch", count, { size, shuffle, seed, epoch, dropLast });
  const { length } = batchesOf(0);
  const total = epochs * length;
  const passes = optimizer.sam ? 2 : 1;
  const history = { loss: [] as number[], lr: [] as number[], validation: [] as number[], gradientTime: 0, stepTime: 0 };
  const best = new BestEpoch(restoreBest ? optimizer : undefined);
  const end = (ended: TrainingHistory["ended"]): TrainingHistory => {
    best.restore();
    return { ...history, best: best.epoch, ended };
  };
  const timed = (epoch: number, method: () => void) => {
    const start = performance.now();
    if (guard) guard.attempt(epoch, method);
    else method();
    const end = performance.now();
    history.stepTime += end - start;
    return end;
  };
  const shift = () => optimizer.shift();
  const step = () => optimizer.step();
  let lastTurn = performance.now();
  let unfilled = true;

  /** Ends at a signal, between steps. */
  const abort = async () => {
    optimizer.unshift();
    optimizer.discard();
    await resuming?.save(position);
    return end("signal");
  };
  let position = beginning();
  let guard: DivergenceGuard | undefined;
  let resuming: Resuming | undefined;

  optimizer.discard(); // throws inside a schedule
  running.add(optimizer);
  try {
    // What all ranks must agree on: if one made other calls, the others would wait for it.
    const { everySteps, everyEpochs, resume } = checkpoint ?? {};
    const calls = { epochs, restoreBest, validation: Boolean(validation), signal: Boolean(signal) };
    const saves = { checkpoint: Boolean(checkpoint), everySteps, everyEpochs, resume };
    const same = { ...planOf(given), ...calls, ...saves } as unknown as { readonly [option: string]: Json };
    const distributed = ranks?.distribute(optimizer, { ...(blocks === undefined ? {} : { blocks }), same });
    const all = ranks && distributed ? together(ranks, distributed) : alone;
    resuming = checkpoint && new Resuming(optimizer, checkpoint, given, best, all);
    if (resuming) position = (await resuming.resume()) ?? position;
    if (position.stopped) return end("stop");
    if (optimizer.nonFinite !== "allow") guard = new DivergenceGuard(optimizer, history);
    for (; position.epoch < epochs; position = { ...beginning(), epoch: position.epoch + 1, done: position.done }) {
      const { epoch, batch: first } = position;
      let index = 0;
      for (const batch of batchesOf(epoch)) {
        index += 1;
        if (index <= first) continue;
        if (signal && all.any(signal.aborted)) return await abort();

        let loss = 0;
        if (twoPhase) timed(epoch, shift);
        for (let pass = 1; pass <= passes; pass++) {
          if (pass === 2) timed(epoch, shift);
          for (const piece of distributed?.blocks(batch) ?? pieces(batch, microBatch)) {
            optimizer.zeroGrad();
            const check = watch(optimizer, "gradient");
            const start = performance.now();
            const result = gradient(piece);
            const part: unknown = typeof result === "number" ? result : await result;
            history.gradientTime += performance.now() - start;
            check();
            if (typeof part !== "number") throw wrongKind("fit: gradient", "to return the loss, a number", part);
            if (distributed) {
              distributed.add(piece.length, part);
              continue;
            }
            if (signal?.aborted) return await abort();
            if (unfilled) unfilled = isZero(optimizer);
            guard?.checkLoss(epoch, part);
            if (piece !== batch) timed(epoch, () => optimizer.accumulate(piece.length));
            if (pass === 1) loss += part * (piece.length / batch.length);
          }
          if (!distributed) continue;
          const mean = distributed.reduce();
          if (unfilled) unfilled = isZero(optimizer);
          guard?.checkLoss(epoch, mean);
          if (pass === 1) loss = mean;
        }

        guard?.beforeStep();
        const { t } = optimizer;
        const now = timed(epoch, step);
        const skipped = optimizer.t === t;
        if (!skipped) guard?.afterStep(epoch, loss);

        const lr = optimizer.current.lr as number;
        history.loss.push(loss);
        history.lr.push(lr);
        if (!skipped || Number.isFinite(loss)) {
          position.sum += loss * batch.length;
          position.seen += batch.length;
        }
        position.batch = index;
        position.done += 1;
        const { done } = position;
        if (unfilled && history.loss.length === Math.min(length, watched)) {
          unfilled = false;
          await checkFilled(optimizer, () => gradient(batch.subarray(0, microBatch)));
        }
        const reported = onStep?.({ step: optimizer.t, done, total, epoch, loss, lr, skipped });
        if (isPromise(reported)) await reported;
        if (index < length && resuming?.dueAfterStep(done)) await resuming.save(position);
        if (now - lastTurn > turn) {
          await new Promise((resolve) => setTimeout(resolve, 0));
          lastTurn = performance.now();
        }
      }
      const judgement = validation && all.mean(await validate(optimizer, validation));
      if (judgement !== undefined) history.validation.push(judgement);
      const report = { epoch, step: optimizer.t, loss: position.sum / position.seen, validation: judgement };
      best.judge(report);
      const reported = onEpoch?.(report);
      if (isPromise(reported)) await reported;
      const answer: unknown = stop?.(report) ?? false;
      const own = isPromise(answer) ? await answer : answer;
      checkBoolean("fit: the result of stop", own);
      const stopped = all.firstAnswer(own);
      if (resuming && (stopped || resuming.dueAfterEpoch(epoch, epochs)))
        await resuming.save({ ...beginning(), epoch: epoch + 1, done: position.done, stopped }, judged(report));
      if (stopped) return end("stop");
    }
    return end("epochs");
  } catch (error) {
    if (!ranks && signal?.aborted && error === signal.reason) return await abort();
    throw error;
  } finally {
    optimizer.unshift();
    optimizer.discard();
    running.delete(optimizer);
  }
}
