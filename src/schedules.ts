import { cosinePi, power } from "./arithmetic.js";
import { checkInteger, checkNumber, type Interval, readOptions } from "./check.js";
import type { Schedule } from "./define.js";

// Pure functions of the number t of completed steps, in + - * / alone: the same bits on every engine, and exact to resume.
// Each throws a TypeError or RangeError that names schedule, option and value.

/** An option that is a number in an interval or a count of steps, and what it is when left out. */
type Options<Name extends string> = { readonly [K in Name]: readonly [kind: Interval | "steps", initial?: number] };

function read<Name extends string>(
  schedule: string,
  start: number,
  given: unknown,
  options: Options<Name>,
): Record<Name, number> {
  checkNumber(`${schedule}: start`, "[0,inf)", start);
  const values = readOptions(schedule, Object.keys(options), given);
  const entries = Object.entries<Options<Name>[Name]>(options).map(([name, [kind, initial]]) => {
    const value = values.get(name) ?? initial;
    if (kind === "steps") checkInteger(`${schedule}: ${name}`, 1, value);
    else checkNumber(`${schedule}: ${name}`, kind, value);
    return [name, value];
  });
  return Object.fromEntries(entries) as Record<Name, number>;
}

/** start / (1 + rate·t): halved after 1/rate steps. */
export function inverseTimeDecay(start: number, options: { readonly rate: number }): Schedule {
  const { rate } = read("inverseTimeDecay", start, options, { rate: ["[0,inf)"] });
  return (t) => start / (1 + rate * t);
}

/** start · factor^⌊t/every⌋: a drop after each `every` steps. */
export function stepDecay(start: number, options: { readonly every: number; readonly factor?: number }): Schedule {
  const { every, factor } = read("stepDecay", start, options, { every: ["steps"], factor: ["[0,1]", 0.1] });
  return (t) => start * power(factor, Math.floor(t / every));
}

/** start · factor^t. */
export function exponentialDecay(start: number, options: { readonly factor: number }): Schedule {
  const { factor } = read("exponentialDecay", start, options, { factor: ["[0,1]"] });
  return (t) => start * power(factor, t);
}

/**
 * end + (start − end)·(1 + cos(π·t/steps))/2, and `end` after `steps` steps.
 * Loshchilov & Hutter 2017, https://arxiv.org/abs/1608.03983, without restarts.
 */
export function cosineDecay(start: number, options: { readonly steps: number; readonly end?: number }): Schedule {
  const { steps, end } = read("cosineDecay", start, options, { steps: ["steps"], end: ["[0,inf)", 0] });
  return (t) => (t < steps ? end + ((start - end) * (1 + cosinePi(t / steps))) / 2 : end);
}
