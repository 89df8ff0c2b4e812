// What a training does, from the state of the playground.

import { seedOf } from "../racers.js";
import { numberSetting, type Settings } from "../settings.js";
import type { RacerSetup, State } from "../state.js";
import { type CommonSchedule, commonSchedules } from "./commonSchedules.js";

/** Images per update. */
export type Batch = number | "all";

export interface RunPlan {
  readonly setup: RacerSetup;
  readonly batch: Batch;
}

/** The same plan gives the same losses and accuracies on every engine. */
export interface Plan {
  readonly runs: readonly RunPlan[];
  readonly epochs: number;
  /** Of the first weights and of the order of the images. */
  readonly seed: number;
  /** For the runs that have none of their own. */
  readonly schedule: CommonSchedule;
  /** Whether `findRate` sets the rates that the runs do not set. */
  readonly tuned: boolean;
}

export const defaults = { batch: 32, epochs: 5, schedule: "constant" } as const;
export const mostEpochs = 100;

function readBatch(text: string | undefined, fallback: Batch): Batch {
  if (text === "all") return "all";
  const size = text ? Number(text) : Number.NaN;
  return Number.isInteger(size) && size >= 1 ? size : fallback;
}

/** The plan of a state. Wrong settings fall back. */
export function planOf({ racers, settings, tuned }: Pick<State, "racers" | "settings" | "tuned">): Plan {
  const batch = readBatch(settings.get("batch"), defaults.batch);
  const own = settings.get("batches")?.split(",") ?? [];
  const schedule = settings.get("schedule") ?? "";
  return {
    runs: racers.map((setup, i) => ({ setup, batch: readBatch(own[i], batch) })),
    epochs: integer(settings, "epochs", defaults.epochs, 1, mostEpochs),
    seed: seedOf(settings),
    schedule: Object.hasOwn(commonSchedules, schedule) ? (schedule as CommonSchedule) : defaults.schedule,
    tuned,
  };
}

const integer = (settings: Settings, name: string, fallback: number, min: number, max: number) =>
  Math.round(numberSetting(settings, name, fallback, min, max));

/** The rounds that a link asks for. */
export const roundsOf = (settings: Settings): number => integer(settings, "rounds", 0, 0, Number.MAX_SAFE_INTEGER);
