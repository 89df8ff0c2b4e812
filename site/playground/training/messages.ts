// What the page and the worker of a training tell each other.
import type { Plan } from "./plan.js";
import type { AccuracyPoint, LossPoint } from "./run.js";

export type Order =
  /** Begins anew, and goes on to the end of a round. */
  | { readonly kind: "begin"; readonly plan: Plan; readonly rounds: number }
  /** Goes on to the end of a round; Infinity: to the end of the training. */
  | { readonly kind: "advance"; readonly rounds: number }
  /** Stops at the end of the current round. */
  | { readonly kind: "pause" }
  /** Asks for the first layer of a run. */
  | { readonly kind: "weights"; readonly run: number };

/** A run, and what is new in its curves. */
export interface RunNews {
  /** The rate before the schedule, and whether `findRate` found it. */
  readonly rate: number;
  readonly found: boolean;
  readonly updates: number;
  /** Images seen. */
  readonly seen: number;
  readonly seconds: number;
  readonly failed: boolean;
  readonly losses: readonly LossPoint[];
  readonly accuracies: readonly AccuracyPoint[];
}

export type News =
  | { readonly kind: "loaded"; readonly train: number; readonly test: number }
  | {
      readonly kind: "progress";
      /** Counts the trainings, so that news of an earlier one can be told apart. */
      readonly begun: number;
      readonly rounds: number;
      readonly status: "running" | "paused" | "finished";
      readonly runs: readonly RunNews[];
    }
  | { readonly kind: "weights"; readonly run: number; readonly pixelToHidden: Float32Array }
  | { readonly kind: "error"; readonly message: string };
