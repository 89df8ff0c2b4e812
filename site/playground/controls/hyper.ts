// The control of one hyper-parameter of one racer, from its spec.
import { accepts, ruleOf } from "../options.js";
import { startValues } from "../racers.js";
import type { RacerSetup } from "../state.js";
import { surfaceOf } from "../surfaces.js";
import type { Shell } from "../view.js";
import { boxControl, type Control, numberControl } from "./control.js";
import { scaleOf } from "./scale.js";
import { strings } from "./strings.js";

/** The setup with one option changed. What equals the start value is left out. */
export function withOption(
  setup: RacerSetup,
  name: string,
  value: number | boolean | string | undefined,
  start?: unknown,
): RacerSetup {
  const { [name]: _, ...others } = setup.options;
  return { ...setup, options: value === undefined || value === start ? others : { ...others, [name]: value } };
}

/** Changes one racer of the state. */
export function changeRacer(shell: Shell, racer: number, setup: RacerSetup): void {
  shell.change({ racers: shell.state.racers.map((old, i) => (i === racer ? setup : old)) });
}

/** The current value of a hyper-parameter of a racer. */
export function hyperValue({ state }: Shell, racer: number, name: string): number | boolean {
  const { rule, options } = state.racers[racer];
  const start = startValues(rule, surfaceOf(state.surface, state.settings), state) as { [name: string]: number | boolean };
  return (options[name] as number | boolean | undefined) ?? start[name];
}

export interface HyperOptions {
  readonly label: string;
  readonly meaning?: string;
  /** Whether to show default and range. */
  readonly note?: boolean;
}

/** A slider with field, or a box. */
export function hyperControl(
  shell: Shell,
  racer: number,
  name: string,
  options: HyperOptions,
): Control<number> | Control<boolean> {
  const { rule } = shell.state.racers[racer];
  const [fallback, interval, fixed] = ruleOf(rule).spec.hyper[name];
  const texts = strings[shell.locale];
  const value = hyperValue(shell, racer, name);
  const lines = [
    typeof fallback === "boolean"
      ? texts.defaultOnly(fallback ? texts.on : texts.off)
      : texts.default(String(fallback), interval.replace("inf", "∞")),
    ...(fixed && typeof fallback !== "boolean" ? [texts.fixed] : []),
  ];
  const common = { label: options.label, meaning: options.meaning, note: options.note ? lines.join("; ") : undefined };
  const onInput = (next: number | boolean) => {
    const { state } = shell;
    const start = startValues(rule, surfaceOf(state.surface, state.settings), state) as { [name: string]: unknown };
    const setup = withOption(state.racers[racer], name, next, start[name]);
    if (!accepts(rule, setup.options)) return texts.wrong(interval.replace("inf", "∞"));
    changeRacer(shell, racer, setup);
    return undefined;
  };
  return typeof value === "boolean"
    ? boxControl({ ...common, value, onInput })
    : numberControl({ ...common, value, scale: scaleOf(interval, fallback as number), onInput });
}
