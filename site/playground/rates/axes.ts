// The values along the axes of a rate map, from the intervals of the rule's spec. The same on every engine.
import type { Hyper, Spec } from "simdescent";

export interface Axis {
  /** The option. */
  readonly name: string;
  /** Ascending. False and true for a switch. */
  readonly values: readonly (number | boolean)[];
  /** Values with a label. */
  readonly ticks: readonly (number | boolean)[];
  /** Values are in even steps of this measure. */
  readonly measure: (value: number) => number;
}

/** Ten numbers for each power of ten, in almost even ratios: the preferred numbers R10 of ISO 3. They include 1, 2 and 5. */
const preferred = ["1", "1.25", "1.6", "2", "2.5", "3.15", "4", "5", "6.3", "8"];

const digits = (x: number, count: number) => Number(x.toPrecision(count));

/** Numbers in even steps. */
const even = (from: number, to: number, count: number) =>
  Array.from({ length: count }, (_, i) => digits(from + ((to - from) * i) / (count - 1), 3));

/** The preferred numbers from 10^from to 10^to. */
function decades(from: number, to: number): number[] {
  const powers = Array.from({ length: to - from }, (_, i) => from + i);
  return [...powers.flatMap((power) => preferred.map((digit) => Number(`${digit}e${power}`))), Number(`1e${to}`)];
}

/** The powers of ten with these exponents. */
const powers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => Number(`1e${from + i}`));

type Scale = Omit<Axis, "name">;

const linear: Scale = { values: even(0, 1, 41), ticks: even(0, 1, 5), measure: (x) => x };

/** For decays: 0, 0.2, … 0.9, … 0.99, … 0.9999. */
const complement: Scale = {
  values: decades(-4, 0)
    .map((rest) => digits(1 - rest, 7))
    .reverse(),
  ticks: [0, 0.9, 0.99, 0.999, 0.9999],
  measure: (x) => -Math.log(1 - x),
};

/** Three powers of ten to each side of the default. Weight decay and the like have a default of 0. The label of the least is too near to that of 0. */
function logarithmic(value: number): Scale {
  const center = value > 0 ? Math.round(Math.log10(value)) : -3;
  return { values: [0, ...decades(center - 3, center + 3)], ticks: [0, ...powers(center - 2, center + 3)], measure: Math.log };
}

/** Factors of at least 1. */
const aboveOne: Scale = {
  values: [1, ...decades(-4, 2).map((rest) => digits(1 + rest, 7))],
  ticks: [1, 1.001, 1.01, 1.1, 2, 11, 101],
  measure: (x) => Math.log(x - 1),
};

function scaleOf([value, interval]: Hyper): Scale {
  if (typeof value === "boolean") return { values: [false, true], ticks: [false, true], measure: (x) => x };
  if (interval.endsWith("inf)")) return interval[1] === "1" && value < 100 ? aboveOne : logarithmic(value);
  return interval.endsWith("1)") || value >= 0.9 ? complement : linear;
}

/** Whether a value lies in an interval such as "(0,1]". */
function inside(interval: string, x: number | boolean): boolean {
  if (typeof x === "boolean") return true;
  const [low, high] = interval.slice(1, -1).split(",");
  const above = interval.startsWith("[") ? x >= Number(low) : x > Number(low);
  return above && (high === "inf" || (interval.endsWith("]") ? x <= Number(high) : x < Number(high)));
}

/** The axis of learning rates, the same for all rules. */
export const rateAxis: Axis = { name: "lr", values: decades(-5, 2), ticks: powers(-5, 2), measure: Math.log };

/** The axis of another option of the rule. */
export function axisOf({ hyper }: Spec, name: string): Axis {
  const { values, ...scale } = scaleOf(hyper[name]);
  return { ...scale, name, values: values.filter((x) => inside(hyper[name][1], x)) };
}

/** The options that can be the other axis: all of the rule but the rate. */
export const otherOptions = ({ hyper }: Spec): string[] => Object.keys(hyper).filter((name) => name !== "lr");

/** The index of the value on the axis that is nearest to this one. */
export function nearest({ values, measure }: Axis, value: number | boolean): number {
  const distance = (x: number | boolean) => (x === value ? 0 : Math.abs(measure(Number(x)) - measure(Number(value))));
  let best = 0;
  for (const [i, x] of values.entries()) if (distance(x) < distance(values[best])) best = i;
  return best;
}
