// Changes of options that a running race can take.
import { ruleOf } from "../options.js";
import { startValues } from "../racers.js";
import type { RacerSetup, State } from "../state.js";
import { surfaceOf } from "../surfaces.js";

export interface Alteration {
  readonly racer: number;
  readonly name: string;
  readonly value: number;
}

const changedNames = (a: RacerSetup, b: RacerSetup) =>
  [...new Set([...Object.keys(a.options), ...Object.keys(b.options)])].filter((name) => a.options[name] !== b.options[name]);

/** The one hyper-parameter that differs, if the optimizers can take it without a new start. */
export function alterationBetween(before: readonly RacerSetup[], state: Readonly<State>): Alteration | undefined {
  const { racers } = state;
  if (before.length !== racers.length || before.some(({ rule }, i) => rule !== racers[i].rule)) return undefined;
  const changes = racers.flatMap((setup, racer) => changedNames(before[racer], setup).map((name) => ({ racer, name })));
  if (changes.length !== 1) return undefined;
  const [{ racer, name }] = changes;
  const { rule, options } = racers[racer];
  const hyper = ruleOf(rule).spec.hyper[name];
  if (!hyper || hyper[2] === "fixed" || options.schedule !== undefined) return undefined;
  const start = startValues(rule, surfaceOf(state.surface, state.settings), state) as { [name: string]: number };
  return { racer, name, value: (options[name] as number | undefined) ?? start[name] };
}
