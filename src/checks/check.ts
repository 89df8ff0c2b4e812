import { isClass, show, wrongKind, wrongValue } from "./errors.js";
import { closest } from "./suggest.js";

/** An interval in mathematical notation: `[0,1)`, `(0,inf)`. `inf` allows every finite f32. */
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

/** Throws unless `value` is a number in the interval. As f32 it must be finite, and 0 only if `value` is 0. */
export function checkNumber(where: string, interval: Interval, value: unknown): asserts value is number {
  if (typeof value !== "number") throw wrongKind(where, `a number in ${interval}`, value);
  if (!inside(interval, value)) throw wrongValue(where, `in ${interval}`, value);
  if (value !== 0 && Math.fround(value) === 0) throw wrongValue(where, "0 or a number that f32 does not round to 0", value);
}

/** Throws unless `value` is an integer from `least` to 2^53 - 1, the safe integers. Allocates nothing. */
export function checkInteger(where: string, least: number, value: unknown): asserts value is number {
  if (Number.isSafeInteger(value) && (value as number) >= least) return;
  const what = `an integer of at least ${least}${Number.isInteger(value) && (value as number) > least ? ", below 2^53" : ""}`;
  throw typeof value === "number" ? wrongValue(where, what, value) : wrongKind(where, what, value);
}

export function checkBoolean(where: string, value: unknown): asserts value is boolean {
  if (typeof value !== "boolean") throw wrongKind(where, "true or false", value);
}

/** Throws unless `value` is one of `choices`. */
export function checkChoice<const C extends string>(where: string, choices: readonly C[], value: unknown): asserts value is C {
  if (choices.includes(value as C)) return;
  const what = `one of ${choices.join(", ")}`;
  throw typeof value === "string" ? wrongValue(where, what, value) : wrongKind(where, what, value);
}

export function checkFunction(where: string, value: unknown): asserts value is (...args: never[]) => unknown {
  if (typeof value !== "function" || isClass(value)) throw wrongKind(where, "a function", value);
}

/** The result of `read()`. If it throws (a getter, a revoked proxy), throws a TypeError with that error as the cause. */
export function reading<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new TypeError(`${where} cannot be read`, { cause });
  }
}

/** Whether an object of any realm is plain, like `{}`. Then all its properties are its own. */
function isPlain(value: object): boolean {
  const tag = Object.prototype.toString.call(value);
  if (tag !== "[object Object]" && tag !== "[object Module]") return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return true;
  // Either the Object.prototype of a realm, or the empty prototype of records such as opt.params.
  const names = Reflect.ownKeys(prototype as object);
  return Object.getPrototypeOf(prototype) === null && (names.length === 0 || names.includes("isPrototypeOf"));
}

function keysOf(given: unknown): (string | symbol)[] | undefined {
  try {
    return typeof given === "object" && given !== null && isPlain(given) ? Reflect.ownKeys(given) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The own entries of the caller's plain object, each read once. Throws a TypeError for other values: a class instance, Map or Promise
 * would look empty. With `names`, throws for other keys. Skips non-enumerable properties, in which libraries keep notes, unless
 * `names` has them.
 */
export function readEntries(where: string, what: string, given: unknown, names?: readonly string[]): [string, unknown][] {
  const keys = keysOf(given);
  if (!keys) {
    const subject = names ? `${where}: options` : where;
    if (show(given) !== "[object Object]") throw wrongKind(subject, what, given);
    throw new TypeError(`${subject} expected ${what}, got one that inherits from another object`);
  }
  const object = given as Record<string | symbol, unknown>;
  const entries: [string, unknown][] = [];
  for (const key of keys) {
    const at = `${where}: ${show(key)}`;
    const allowed = typeof key === "string" && (!names || names.includes(key));
    if (!allowed || !names) {
      if (!reading(at, () => Object.prototype.propertyIsEnumerable.call(object, key))) continue;
      if (!allowed) throw unknownName(where, key, names);
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
 * A copy of the caller's options, each read once, without undefined ones. Throws a TypeError unless `given` is a plain object with
 * keys from `names`.
 */
export function readOptions(where: string, names: readonly string[], given: unknown): ReadonlyMap<string, unknown> {
  if (given === undefined) return new Map();
  return new Map(readEntries(where, "a plain object", given, names).filter(([, value]) => value !== undefined));
}

/** Whether a value is an array. False for a revoked proxy, for which Array.isArray throws. */
export function isArray(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

/** The elements of the caller's array, each read once. `read` checks each before the next is read. */
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

/** Throws unless `value` is an integer from `least` to 2^32 - 1. */
export function checkUint32(where: string, least: number, value: unknown): asserts value is number {
  checkInteger(where, least, value);
  if (value > 0xffffffff) throw wrongValue(where, "at most 2^32 - 1", value);
}
