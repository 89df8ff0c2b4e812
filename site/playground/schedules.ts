// The library's schedules of a learning rate, as texts of a link: `exponential:0.99`, `cosine:200`.
import {
  cosineDecay,
  cosineRestarts,
  cyclic,
  exponentialDecay,
  inverseSqrtDecay,
  inverseTimeDecay,
  linear,
  noam,
  oneCycle,
  polynomialDecay,
  type Schedule,
  stepDecay,
  warmup,
  warmupStableDecay,
} from "simdescent";

/** A number that a schedule takes: its start value here, and whether it is an integer. */
export interface ScheduleNumber {
  readonly value: number;
  readonly integer?: true;
}

const steps = (value: number): ScheduleNumber => ({ value, integer: true });
const real = (value: number): ScheduleNumber => ({ value });

interface Kind {
  /** The function of the library. */
  readonly name: string;
  readonly numbers: { readonly [name: string]: ScheduleNumber };
  make(lr: number, numbers: never): Schedule;
  /** What follows the call in a program. */
  readonly suffix?: string;
}

/** The kinds of schedules. The numbers are options of the library's function, in the order of the text. */
export const scheduleKinds = {
  exponential: { name: "exponentialDecay", numbers: { factor: real(0.99), steps: steps(1) }, make: exponentialDecay },
  step: { name: "stepDecay", numbers: { every: steps(50), factor: real(0.5) }, make: stepDecay },
  inverseTime: { name: "inverseTimeDecay", numbers: { rate: real(0.02) }, make: inverseTimeDecay },
  inverseSqrt: { name: "inverseSqrtDecay", numbers: { rate: real(0.1) }, make: inverseSqrtDecay },
  linear: { name: "linear", numbers: { steps: steps(200), end: real(0) }, make: linear },
  polynomial: { name: "polynomialDecay", numbers: { steps: steps(200), power: real(2), end: real(0) }, make: polynomialDecay },
  cosine: { name: "cosineDecay", numbers: { steps: steps(200), end: real(0) }, make: cosineDecay },
  restarts: {
    name: "cosineRestarts",
    numbers: { steps: steps(50), stretch: real(2), factor: real(1), end: real(0) },
    make: cosineRestarts,
  },
  cyclic: { name: "cyclic", numbers: { peak: real(0.1), up: steps(20), down: steps(20) }, make: cyclic },
  oneCycle: {
    name: "oneCycle",
    numbers: { steps: steps(200), pctStart: real(0.3) },
    make: (lr, numbers: { steps: number }) => oneCycle(lr, numbers).lr,
    suffix: ".lr",
  },
  noam: { name: "noam", numbers: { warmup: steps(20) }, make: noam },
  warmup: { name: "warmup", numbers: { steps: steps(20), start: real(0) }, make: warmup },
  stable: {
    name: "warmupStableDecay",
    numbers: { warmup: steps(20), stable: steps(100), decay: steps(80) },
    make: warmupStableDecay,
  },
} satisfies { readonly [kind: string]: Kind };

export type ScheduleKind = keyof typeof scheduleKinds;

export interface ScheduleText {
  readonly kind: ScheduleKind;
  readonly numbers: Readonly<Record<string, number>>;
}

/** Reads `kind:number:number`. Missing numbers take their start values. Undefined for an unknown kind or too many numbers. */
export function readSchedule(text: string): ScheduleText | undefined {
  const [kind, ...given] = text.split(":");
  if (!Object.hasOwn(scheduleKinds, kind)) return undefined;
  const known = Object.entries<ScheduleNumber>(scheduleKinds[kind as ScheduleKind].numbers);
  if (given.length > known.length) return undefined;
  const numbers = Object.fromEntries(known.map(([name, { value }], i) => [name, given[i] ? Number(given[i]) : value]));
  return { kind: kind as ScheduleKind, numbers };
}

export const writeSchedule = ({ kind, numbers }: ScheduleText): string => [kind, ...Object.values(numbers)].join(":");

/** The schedule of a text for a learning rate. Throws the library's error for wrong numbers. */
export function makeSchedule(text: string, lr: number): Schedule {
  const read = readSchedule(text);
  if (!read) throw new TypeError(`schedule expected one of ${Object.keys(scheduleKinds).join(", ")}, got ${text}`);
  return scheduleKinds[read.kind].make(lr, read.numbers as never);
}
