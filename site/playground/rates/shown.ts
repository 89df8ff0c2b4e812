// What the map shows, from the state of the playground.
import { budgetOf } from "../cells/budget.js";
import { labelsOf } from "../labels.js";
import { ruleOf } from "../options.js";
import type { RacerSetup, State } from "../state.js";
import { type Surface, surfaceOf } from "../surfaces.js";
import { type Axis, axisOf, otherOptions } from "./axes.js";

/** What the map shows now. */
export interface Shown {
  /** The number of the racer. */
  readonly racer: number;
  readonly setup: RacerSetup;
  readonly label: string;
  readonly surface: Surface;
  readonly other: Axis;
  readonly budget: number;
}

/** The settings `map`, the number of the racer, and `other`, the option. */
export function shownBy(state: Readonly<State>): Shown {
  const chosen = Number(state.settings.get("map") ?? 0);
  const racer = Number.isInteger(chosen) && chosen >= 0 && chosen < state.racers.length ? chosen : 0;
  const setup = state.racers[racer];
  const { spec } = ruleOf(setup.rule);
  const options = otherOptions(spec);
  const option = state.settings.get("other") ?? "";
  return {
    racer,
    setup,
    label: labelsOf(state.racers)[racer],
    surface: surfaceOf(state.surface, state.settings),
    other: axisOf(spec, options.includes(option) ? option : options[0]),
    budget: budgetOf(state.settings),
  };
}
