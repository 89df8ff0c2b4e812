// How many particles a device can move: few at first, twice as many while frames are short.
import { mostParticles } from "../particles/layout.js";
import { numberSetting } from "../settings.js";
import type { State } from "../state.js";
import { surfaceOf } from "../surfaces.js";

/** Milliseconds of a frame. Below them the number doubles. */
const short = 8;
/** Frames that are timed before the number changes. */
const frames = 10;

const firstCount = 20_000;
/** The gradient over a hundred examples takes as long as a hundred others. */
const firstCountOnData = 1_000;
export const lastCount = 100_000;

/** The setting `particles`; undefined for an automatic number. */
export function chosenCount({ settings }: Readonly<State>): number | undefined {
  const count = Math.round(numberSetting(settings, "particles", 0, 1, mostParticles.elements));
  return count > 0 ? count : undefined;
}

/** The particles of each rule at first. */
export const countOf = (state: Readonly<State>): number =>
  chosenCount(state) ?? (surfaceOf(state.surface, state.settings).examples ? firstCountOnData : firstCount);

/** Times frames. `tell` returns whether twice as many particles are due. */
export class Pace {
  #count = 0;
  #sum = 0;

  tell(milliseconds: number): boolean {
    this.#count += 1;
    this.#sum += milliseconds;
    if (this.#count < frames) return false;
    const mean = this.#sum / frames;
    this.#count = this.#sum = 0;
    return mean < short;
  }
}
