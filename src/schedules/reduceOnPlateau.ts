import { checkNumber } from "../checks/check.js";
import { wrongKind, wrongValue } from "../checks/errors.js";
import { checkOptions } from "../checks/options.js";
import type { Schedule } from "./schedule.js";

/** The state of `reduceOnPlateau`, for JSON. */
export interface PlateauState {
  /** The current value. */
  readonly value: number;
  /** The best loss so far; null before the first finite one. */
  readonly best: number | null;
  /** Bad reports in a row. A bad report does not improve on the best. */
  readonly bad: number;
  /** Reports left in the cooldown. In the cooldown no report is bad. */
  readonly cooldown: number;
}

/** A schedule that depends on reports instead of t. */
export interface ReduceOnPlateau extends Schedule {
  /**
   * Reports the loss, or another metric, of an epoch or of any other period.
   * @throws TypeError if it is not a number.
   */
  report(loss: number): void;
  /** A copy of the state. Assign it to continue from there: `lr.state = JSON.parse(text)`. */
  state: PlateauState;
}

/** Options of `reduceOnPlateau`. */
export interface PlateauOptions {
  /** Whether less ("min") or more ("max") is better. Default "min". */
  readonly mode?: "min" | "max";
  /** Factor of a reduction. Default 0.1, in [0,1). */
  readonly factor?: number;
  /** Bad reports in a row that are tolerated; the next one reduces the value. Default 10, an integer of at least 0. */
  readonly patience?: number;
  /** Least improvement on the best report. Default 1e-4, in [0,inf). */
  readonly threshold?: number;
  /** Whether the threshold is relative to the best report ("rel") or absolute ("abs"). Default "rel". */
  readonly thresholdMode?: "rel" | "abs";
  /** Reports after a reduction during which no report is bad. Default 0, an integer of at least 0. */
  readonly cooldown?: number;
  /** The least value. Default 0, in [0,inf). */
  readonly min?: number;
  /** Reductions of at most this size are left out. Default 1e-8, in [0,inf). */
  readonly eps?: number;
}

/**
 * Multiplies its value by `factor` after more than `patience` reports in a row without improvement: PyTorch's ReduceLROnPlateau, except that
 * infinite losses are bad, like NaN. It has state: make a new one for each training.
 * @param start the initial value, in [0,inf)
 * @throws TypeError or RangeError naming option and value.
 * @example
 * ```ts
 * const lr = reduceOnPlateau(0.1, { patience: 2, factor: 0.5 });
 * const opt = sgd({ x: 1 }, { lr });
 * for (const loss of [3, 2, 2, 2, 2]) {
 *   opt.step();
 *   lr.report(loss);
 * }
 * console.log(lr(opt.t)); // prints 0.05
 * ```
 */
export function reduceOnPlateau(start: number, options?: PlateauOptions): ReduceOnPlateau {
  checkNumber("reduceOnPlateau: start", "[0,inf)", start);
  const { mode, factor, patience, threshold, thresholdMode, cooldown, min, eps } = checkOptions("reduceOnPlateau", options, {
    mode: [["min", "max"], "min"],
    factor: ["[0,1)", 0.1],
    patience: [0, 10],
    threshold: ["[0,inf)", 1e-4],
    thresholdMode: [["rel", "abs"], "rel"],
    cooldown: [0, 0],
    min: ["[0,inf)", 0],
    eps: ["[0,inf)", 1e-8],
  });
  let state: PlateauState = { value: start, best: null, bad: 0, cooldown: 0 };

  function isBetter(loss: number, best: number | null): boolean {
    if (!Number.isFinite(loss)) return false;
    if (best === null) return true;
    if (mode === "min") return loss < (thresholdMode === "rel" ? best * (1 - threshold) : best - threshold);
    return loss > (thresholdMode === "rel" ? best * (1 + threshold) : best + threshold);
  }

  function report(loss: number): void {
    if (typeof loss !== "number") throw wrongKind("reduceOnPlateau: report", "a number", loss);
    const better = isBetter(loss, state.best);
    const cooling = state.cooldown > 0;
    const next = {
      value: state.value,
      best: better ? loss : state.best,
      bad: better || cooling ? 0 : state.bad + 1,
      cooldown: cooling ? state.cooldown - 1 : 0,
    };
    if (next.bad > patience) {
      const reduced = Math.max(next.value * factor, min);
      if (next.value - reduced > eps) next.value = reduced;
      next.bad = 0;
      next.cooldown = cooldown;
    }
    state = next;
  }

  function restore(given: unknown): void {
    const where = "reduceOnPlateau: state";
    if (given === undefined) throw wrongKind(where, "an object", given);
    const { value, best, bad, cooldown } = checkOptions(where, given, {
      value: ["[0,inf)"],
      best: ["other"],
      bad: [0],
      cooldown: [0],
    });
    if (best !== null && typeof best !== "number") throw wrongKind(`${where}: best`, "a number or null", best);
    if (best !== null && !Number.isFinite(best)) throw wrongValue(`${where}: best`, "a finite number or null", best);
    state = { value, best, bad, cooldown };
  }

  const value: Schedule = () => state.value;
  const schedule = Object.assign(value, { report });
  Object.defineProperty(schedule, "state", { enumerable: true, get: () => ({ ...state }), set: restore });
  return schedule as ReduceOnPlateau;
}
