import { checkBoolean, checkChoice, checkInteger, checkNumber, type Interval, readOptions } from "./check.js";
import { wrongKind } from "./errors.js";

/**
 * The kind of an option: a number in an interval, an integer with this minimum, a boolean, one of these words, or "other", which the
 * caller checks.
 */
type Kind = Interval | number | "boolean" | readonly string[] | "other";

type Value<K> = K extends "other" ? unknown : K extends "boolean" ? boolean : K extends readonly (infer Word)[] ? Word : number;

/** An option: its kind and its default. Without a default it is required. */
export type OptionKind = readonly [kind: Kind] | readonly [kind: Kind, initial: number | boolean | string | undefined];

/** The options by name. */
type Values<O> = {
  readonly [N in keyof O]: O[N] extends readonly [infer K, undefined]
    ? Value<K> | undefined
    : O[N] extends readonly [infer K, ...unknown[]]
      ? Value<K>
      : never;
};

function check(where: string, kind: Kind, value: unknown): void {
  if (typeof kind === "number") checkInteger(where, kind, value);
  else if (typeof kind === "object") checkChoice(where, kind, value);
  else if (kind === "boolean") checkBoolean(where, value);
  else if (kind !== "other") checkNumber(where, kind, value);
}

/** The options of a function, each read once and checked. Throws a TypeError or RangeError that names `where`, option and value. */
export function checkOptions<const O extends { readonly [name: string]: OptionKind }>(
  where: string,
  given: unknown,
  options: O,
): Values<O> {
  const names = Object.keys(options);
  const values = readOptions(where, names, given);
  const checked: Record<string, unknown> = {};
  for (const name of names) {
    const option = options[name] as OptionKind;
    const given = values.has(name);
    const value = given ? values.get(name) : option[1];
    if (given || option.length === 1) check(`${where}: ${name}`, option[0], value);
    checked[name] = value;
  }
  return checked as Values<O>;
}

/** The options of an optional feature; undefined if it is left out or false. `true` gives the defaults. */
export function checkFeature<const O extends { readonly [name: string]: OptionKind }>(
  where: string,
  given: unknown,
  options: O,
): Values<O> | undefined {
  if (given === undefined || given === false) return undefined;
  if (given !== true && (typeof given !== "object" || given === null))
    throw wrongKind(where, "true, false or an object of options", given);
  return checkOptions(where, given === true ? {} : given, options);
}
