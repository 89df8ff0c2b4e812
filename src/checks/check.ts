import { isClass, show, wrongKind, wrongValue } from "./errors.js";
import { closest } from "./suggest.js";

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
  if (typeof value !== "function" || isClass(value)) throw wrongKind(where, "a function", value);
}

/** What reading it gives. Throws a TypeError where that throws: a getter that fails, a revoked proxy. */
export function reading<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new TypeError(`${where} cannot be read`, { cause });
  }
}

/** Whether an object is as `{}` makes it, in this realm or another, so that all it has is its own. */
function isPlain(value: object): boolean {
  const tag = Object.prototype.toString.call(value);
  if (tag !== "[object Object]" && tag !== "[object Module]") return false;
  const above: unknown = Object.getPrototypeOf(value);
  if (above === null) return true;
  // The Object.prototype of any realm, or the empty one of records such as opt.params.
  const names = Reflect.ownKeys(above as object);
  return Object.getPrototypeOf(above) === null && (names.length === 0 || names.includes("isPrototypeOf"));
}

function keysOf(given: unknown): (string | symbol)[] | undefined {
  try {
    return typeof given === "object" && given !== null && isPlain(given) ? Reflect.ownKeys(given) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The entries of a plain object of the caller's, each read once. Throws, naming what was expected, for anything else: a class
 * instance, Map or Promise has nothing of its own to be read, and would count as empty. With names, all others are refused.
 * Properties that are not enumerable are left out, unless they have one of the names: libraries put notes there.
 */
export function readEntries(where: string, what: string, given: unknown, names?: readonly string[]): [string, unknown][] {
  const keys = keysOf(given);
  if (!keys) {
    const place = names ? `${where}: options` : where;
    if (show(given) !== "[object Object]") throw wrongKind(place, what, given);
    throw new TypeError(`${place} expected ${what}, got one that inherits from another object`);
  }
  const object = given as Record<string | symbol, unknown>;
  const entries: [string, unknown][] = [];
  for (const key of keys) {
    const at = `${where}: ${show(key)}`;
    const known = typeof key === "string" && (!names || names.includes(key));
    if (!known || !names) {
      if (!reading(at, () => Object.prototype.propertyIsEnumerable.call(object, key))) continue;
      if (!known) throw unknownName(where, key, names);
    }
    entries.push([key, reading(at, () => object[key])]);
  }
  return entries;
}

function unknownName(where: string, key: string | symbol, names: readonly string[] | undefined): TypeError {
  if (!names) return wrongKind(where, "names as keys", key);
  const meant = closest(String(key), names);
  const hint = meant === undefined ? "; the" : `; did you mean ${meant}? The`;
  return new TypeError(`${where}: unknown option ${show(key)}${hint} options are ${names.join(", ")}`);
}

/**
 * The caller's options, each read once, as a copy that cannot change; `undefined` counts as left out. Throws unless
 * `given` is a plain object whose own keys are all among `names`.
 */
export function readOptions(where: string, names: readonly string[], given: unknown): ReadonlyMap<string, unknown> {
  if (given === undefined) return new Map();
  return new Map(readEntries(where, "a plain object", given, names).filter(([, value]) => value !== undefined));
}

/** Whether it is an array. One that cannot be read is none. */
export function isArray(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

/** The elements of an array of the caller's, each read once and checked by `read` before the next one. */
export function readArray<T>(where: string, what: string, given: unknown, read: (element: unknown, index: number) => T): T[] {
  if (!isArray(given)) throw wrongKind(where, what, given);
  const elements: T[] = [];
  const length = reading(where, () => given.length);
  for (let i = 0; i < length; i++) {
    const element = reading(`${where}[${i}]`, () => given[i]);
    elements.push(read(element, i));
  }
  return elements;
}

/** Throws unless `value` is an integer of at least `least` that 32 bits hold. */
export function checkUint32(where: string, least: number, value: unknown): asserts value is number {
  checkInteger(where, least, value);
  if (value > 0xffffffff) throw wrongValue(where, "at most 2^32 - 1", value);
}
