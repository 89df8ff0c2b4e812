// What both pictures show, from the state of the playground.
import { budgetOf } from "../cells/budget.js";
import { labelsOf } from "../labels.js";
import { withRate } from "../particles/particles.js";
import type { RacerSetup, State } from "../state.js";
import { type Surface, surfaceOf } from "../surfaces.js";

/** Cells along the longer side. */
export const size = 320;

/** The settings with the numbers of the racers of both pictures. */
export const sides = ["left", "right"] as const;

/** The number of the racer in a picture. */
export function racerOf({ racers, settings }: Readonly<State>, side: number): number {
  const chosen = Number(settings.get(sides[side]) ?? side);
  return Number.isInteger(chosen) && chosen >= 0 && chosen < racers.length ? chosen : Math.min(side, racers.length - 1);
}

/** What both pictures show now. */
export interface Shown {
  readonly surface: Surface;
  readonly setups: readonly RacerSetup[];
  readonly labels: readonly string[];
  readonly budget: number;
}

export function shownBy(state: Readonly<State>): Shown {
  const surface = surfaceOf(state.surface, state.settings);
  const labels = labelsOf(state.racers);
  const numbers = sides.map((_, side) => racerOf(state, side));
  return {
    surface,
    setups: numbers.map((racer) => withRate(state.racers[racer], surface, state)),
    labels: numbers.map((racer) => labels[racer]),
    budget: budgetOf(state.settings),
  };
}
