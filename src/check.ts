import { show, wrongKind, wrongValue } from "./errors.js";

/** An interval as mathematics writes it: `[0,1)`, `(0,inf)`. `inf` stands for any finite f32. */
export type Interval = `${"[" | "("}${number},${number | "inf"}${")" | "]"}`;

export const largestF32 = 3.4028234663852886e38;
const tests = new Map<Interval, (x: number) => boolean>();

/** Whether x lies in the interval and is finite as f32. */
export function inside(interval: Interval, x: number): boolean {
  let test = tests.get(interval);
  if (!test) {
    const [low, high] = interval
      .slice(1, -1)
      .split(",")
      .map((end) => (end === "inf" ? Infinity : Number(end))) as [number, number];
    const above = interval.startsWith("[") ? (x: number) => x >= low : (x: number) => x > low;
    const below = interval.endsWith("]") ? (x: number) => x <= high : (x: number) => x < high;
    test = (x) => above(x) && below(x) && Math.abs(x) <= largestF32;
    tests.set(interval, test);
  }
  return test(x);
}

/** Throws unless `value` is a number in the interval that f32 does not round to infinity or, unless 0, to 0. */
export function checkNumber(where: string, interval: Interval, value: unknown): asserts value is number {
  if (typeof value !== "number") throw wrongKind(where, `a number in ${interval}`, value);
  if (!inside(interval, value)) throw wrongValue(where, `in ${interval}`, value);
  if (value !== 0 && Math.fround(value) === 0) throw wrongValue(where, "0 or a number that f32 does not round to 0", value);
}

/** Throws unless `value` is an integer of at least `least` that no other rounds to: below 2^53. Allocates nothing. */
export function checkInteger(where: string, least: number, value: unknown): asserts value is number {
  if (Number.isSafeInteger(value) && (value as number) >= least) return;
  const what = `an integer of at least ${least}${Number.isInteger(value) && (value as number) > least ? ", below 2^53" : ""}`;
  throw typeof value === "number" ? wrongValue(where, what, value) : wrongKind(where, what, value);
}

export function checkBoolean(where: string, value: unknown): asserts value is boolean {
  if (typeof value !== "boolean") throw wrongKind(where, "true or false", value);
}

/** Throws unless `value` is one of these words. */
export function checkChoice<const C extends string>(where: string, choices: readonly C[], value: unknown): asserts value is C {
  const what = `one of ${choices.join(", ")}`;
  if (typeof value !== "string") throw wrongKind(where, what, value);
  if (!choices.includes(value as C)) throw wrongValue(where, what, value);
}

export function checkFunction(where: string, value: unknown): asserts value is (...args: never[]) => unknown {
  if (typeof value !== "function") throw wrongKind(where, "a function", value);
}

/**
 * The caller's options, each read once, as a copy that cannot change; `undefined` counts as left out. Throws unless
 * `given` is an object whose own keys are all among `names`.
 */
export function readOptions(where: string, names: readonly string[], given: unknown): ReadonlyMap<string, unknown> {
  if (given === undefined) return new Map();
  if (typeof given !== "object" || given === null || Array.isArray(given) || ArrayBuffer.isView(given)) {
    throw wrongKind(`${where}: options`, "an object", given);
  }
  const options = new Map<string, unknown>();
  for (const name of Object.keys(given)) {
    if (!names.includes(name)) {
      throw new TypeError(`${where}: unknown option ${show(name)}; the options are ${names.join(", ")}`);
    }
    const value = (given as Record<string, unknown>)[name];
    if (value !== undefined) options.set(name, value);
  }
  return options;
}
