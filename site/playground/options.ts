// The options of a racer, flat and as they stand in a link, and the options of the library that they mean.
import { arena, type Hypers, type Optimizer, type Options, type Rule, rules, type Slots } from "simdescent";
import { makeSchedule } from "./schedules.js";

/** What differs from the start values: hyper-parameters of the rule, and the names of `extras`. */
export type RacerOptions = Readonly<Record<string, number | boolean | string>>;

export type AnyRule = Rule<Hypers, Slots>;

export const ruleNames: readonly string[] = Object.keys(rules).sort((a, b) => (a < b ? -1 : 1));

export const isRule = (name: string): boolean => Object.hasOwn(rules, name);

export const ruleOf = (name: string): AnyRule => rules[name as keyof typeof rules] as unknown as AnyRule;

/** The options beside the hyper-parameters, and what each means to the library. */
const extras: { readonly [name: string]: (value: never) => { readonly [option: string]: unknown } } = {
  decay: (kind: string) => ({ decay: kind }),
  clipNorm: (clipNorm: number) => ({ clipNorm }),
  sam: (radius: number) => ({ sam: { radius } }),
  lookahead: (every: number) => ({ lookahead: { every } }),
  ema: (decay: number) => ({ ema: { decay } }),
  swa: (start: number) => ({ swa: { start } }),
  // These two are no options of the library: the schedule goes into lr, the two-phase form into the step.
  schedule: () => ({}),
  twoPhase: () => ({}),
};

export const extraNames = Object.keys(extras);

const isExtra = (name: string) => Object.hasOwn(extras, name);

/** Where all racers live: a browser allows a page few WebAssembly memories. */
export const memory = arena();

/** The library's options for those of a racer. `lr` is the rate if the options set none. */
export function libraryOptions(options: RacerOptions, lr: number): { [name: string]: unknown } {
  const rate = (options.lr as number | undefined) ?? lr;
  const hypers = Object.entries(options).filter(([name]) => !isExtra(name));
  const others = Object.entries(options).filter(([name]) => isExtra(name));
  return {
    ...Object.fromEntries(hypers),
    ...Object.assign({}, ...others.map(([name, value]) => extras[name](value as never))),
    lr: options.schedule === undefined ? rate : makeSchedule(String(options.schedule), rate),
  };
}

/** An optimizer of one point. Muon sees it as a matrix of one row. Throws the library's error for wrong options. */
export function makeOptimizer(rule: string, values: Float32Array, options: { readonly [name: string]: unknown }): Optimizer {
  const point = { shape: rule === "muon" ? [1, 2] : [2], values };
  return ruleOf(rule)({ point }, { memory, ...options } as Options<Hypers, "point">) as unknown as Optimizer;
}

/** Whether the library accepts these options. */
export function accepts(rule: string, options: RacerOptions): boolean {
  try {
    const lr = (options.lr as number | undefined) ?? ruleOf(rule).spec.hyper.lr[0];
    const optimizer = makeOptimizer(rule, new Float32Array(2), libraryOptions(options, lr));
    optimizer.dispose();
    return options.twoPhase === undefined || typeof options.twoPhase === "boolean";
  } catch {
    return false;
  }
}

/** The options that the library accepts together. If it refuses some, each is tried in turn, and left out if it does not fit. */
export function checkedOptions(rule: string, options: RacerOptions): RacerOptions {
  const isKnown = (name: string) => Object.hasOwn(ruleOf(rule).spec.hyper, name) || isExtra(name);
  const known = Object.entries(options).filter(([name]) => isKnown(name));
  const whole = Object.fromEntries(known);
  if (accepts(rule, whole)) return whole;
  let checked: RacerOptions = {};
  for (const [name, value] of known) {
    const next = { ...checked, [name]: value };
    if (accepts(rule, next)) checked = next;
  }
  return checked;
}
