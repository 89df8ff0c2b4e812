// Controls of the options beside hyper-parameters: kind of decay, clipping, SAM, Lookahead, averages, two-phase steps.
import { accepts, ruleOf } from "../options.js";
import type { Shell } from "../view.js";
import { boxControl, type Control, choiceControl, element, numberControl } from "./control.js";
import { changeRacer, withOption } from "./hyper.js";
import { integers, type Scale, scaleOf } from "./scale.js";
import { strings } from "./strings.js";

/** Options that are off unless they have a number: the number they start with, and the scale of its slider. */
const numbers: { readonly [name: string]: { readonly value: number; readonly scale: Scale } } = {
  clipNorm: { value: 1, scale: scaleOf("(0,inf)", 1) },
  sam: { value: 0.05, scale: scaleOf("(0,inf)", 0.05) },
  lookahead: { value: 5, scale: integers(1, 100) },
  ema: { value: 0.9, scale: scaleOf("[0,1)", 0.9) },
  swa: { value: 0, scale: integers(0, 1000) },
};

const kinds = ["l2", "decoupled", "independent", "proximal", "inside"];

export interface Part {
  readonly element: HTMLElement;
  /** Shows the current state. */
  refresh(): void;
}

/** Sets an option of a racer if the library accepts it. Returns what is wrong otherwise. */
export function setOption(
  shell: Shell,
  racer: number,
  name: string,
  value: number | boolean | string | undefined,
): string | undefined {
  const setup = withOption(shell.state.racers[racer], name, value);
  if (!accepts(setup.rule, setup.options)) return strings[shell.locale].refused;
  changeRacer(shell, racer, setup);
  return undefined;
}

/** A box, and a number while it is on. */
function featurePart(shell: Shell, racer: number, name: string): Part {
  const texts = strings[shell.locale];
  const { value: first, scale } = numbers[name];
  const current = () => shell.state.racers[racer].options[name];
  const inner = numberControl({
    label: texts.featureNumbers[name as keyof typeof texts.featureNumbers],
    value: first,
    scale,
    onInput: (value) => setOption(shell, racer, name, value),
  });
  const box = boxControl({
    label: texts.features[name as keyof typeof texts.features],
    value: false,
    onInput: (on) => setOption(shell, racer, name, on ? first : undefined),
  });
  const refresh = () => {
    const value = current();
    box.set(value !== undefined);
    inner.element.hidden = value === undefined;
    if (value !== undefined) inner.set(Number(value));
  };
  refresh();
  return { element: element("div", { className: "pg-feature" }, box.element, inner.element), refresh };
}

/** A control with one value, and how to read it. */
function part<T>(control: Control<T>, read: () => T): Part {
  return { element: control.element, refresh: () => control.set(read()) };
}

export function featureParts(shell: Shell, racer: number): Part[] {
  const texts = strings[shell.locale];
  const options = () => shell.state.racers[racer].options;
  const { rule } = shell.state.racers[racer];
  const { spec } = ruleOf(rule);
  const ownKind = spec.decay ?? "l2";
  const decay = choiceControl({
    label: texts.decay,
    value: String(options().decay ?? ownKind),
    choices: kinds.filter((kind) => accepts(rule, { decay: kind })).map((kind) => [kind, kind] as const),
    onInput: (kind) => setOption(shell, racer, "decay", kind === ownKind ? undefined : kind),
  });
  const parts = [
    part(decay, () => String(options().decay ?? ownKind)),
    ...Object.keys(numbers).map((name) => featurePart(shell, racer, name)),
  ];
  if (spec.twoPhase) {
    const twoPhase = boxControl({
      label: texts.twoPhase,
      value: options().twoPhase === true,
      onInput: (on) => setOption(shell, racer, "twoPhase", on ? true : undefined),
    });
    parts.push(part(twoPhase, () => options().twoPhase === true));
  }
  return parts;
}
