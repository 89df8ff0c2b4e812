import { checkInteger, checkNumber, readArray } from "../checks/check.js";
import { isClass, wrongKind, wrongValue } from "../checks/errors.js";
import { checkOptions } from "../checks/options.js";
import { cosinePi, power, raise } from "../numerics/arithmetic.js";
import type { Schedule } from "./schedule.js";

// Schedules are pure functions of t, the number of completed steps, so training resumes exactly. They use only + - * / and square roots, so
// every engine gives the same bits. They are made for learning rates, but every numeric hyper-parameter accepts one.
// A wrong argument throws a TypeError or RangeError that names schedule, option and value. So does a t that is not an integer of at least 0
// and below 2^53.

/** Interpolations from start to end, for q from 0 to 1. */
const anneals = {
  linear: (start: number, end: number, q: number) => start * (1 - q) + end * q,
  cosine: (start: number, end: number, q: number) => end + ((start - end) * (1 + cosinePi(q))) / 2,
  sqrt: (start: number, end: number, q: number) => end + (start - end) * (1 - Math.sqrt(q)),
};

const checkValue = (schedule: string, name: string, value: unknown) => checkNumber(`${schedule}: ${name}`, "[0,inf)", value);

/** Reads a schedule or number of the caller. The schedule must return numbers; the optimizer checks their interval. */
function readSchedule(where: string, given: unknown): Schedule {
  if (typeof given === "number") {
    checkNumber(where, "[0,inf)", given);
    return () => given;
  }
  if (typeof given !== "function" || isClass(given)) throw wrongKind(where, "a schedule or a number", given);
  return (t) => {
    const value: unknown = given(t);
    if (typeof value !== "number") throw wrongKind(`${where} at t = ${t}`, "a number", value);
    return value;
  };
}

function readMilestones(where: string, given: unknown): readonly number[] {
  let last = 0;
  return readArray(where, "an array of steps", given, (milestone, i) => {
    checkInteger(`${where}[${i}]`, 0, milestone);
    if (milestone < last) throw wrongValue(where, "in ascending order", given);
    last = milestone;
    return milestone;
  });
}

/** A schedule made by `name`. It throws unless t is a number of completed steps. */
function scheduled(name: string, value: Schedule): Schedule {
  const where = `${name}: t`;
  return (t) => {
    checkInteger(where, 0, t);
    return value(t);
  };
}

/** Number of milestones up to t. */
function reached(milestones: readonly number[], t: number): number {
  let count = 0;
  while (count < milestones.length && t >= (milestones[count] as number)) count += 1;
  return count;
}

/**
 * `value` at every step.
 * @param value in [0,inf)
 */
export function constant(value: number): Schedule {
  checkValue("constant", "value", value);
  return scheduled("constant", () => value);
}

/**
 * A line from `start` to `end`: start + (end − start)·t/steps, then `end`. It rises or falls.
 * @param start the value at t = 0, in [0,inf)
 * @example
 * ```ts
 * const lr = linear(0, { steps: 100, end: 1 });
 * console.log(lr(50)); // prints 0.5
 * ```
 */
export function linear(
  start: number,
  options: {
    /** Steps to the end: an integer of at least 1. */
    readonly steps: number;
    /** The value from t = steps on, in [0,inf). */
    readonly end: number;
  },
): Schedule {
  checkValue("linear", "start", start);
  const { steps, end } = checkOptions("linear", options, { steps: [1], end: ["[0,inf)"] });
  return scheduled("linear", (t) => (t < steps ? anneals.linear(start, end, t / steps) : end));
}

/**
 * end + (start − end)·(1 − t/steps)^power, then `end`.
 * @param start the value at t = 0, in [0,inf)
 * @example
 * ```ts
 * const lr = polynomialDecay(1, { steps: 100, power: 2 });
 * console.log(lr(50)); // prints 0.25
 * ```
 */
export function polynomialDecay(
  start: number,
  options: {
    /** Steps to the end: an integer of at least 1. */
    readonly steps: number;
    /** Exponent, which need not be an integer. Default 1, in (0,inf). */
    readonly power?: number;
    /** The value from t = steps on. Default 0, in [0,inf). */
    readonly end?: number;
  },
): Schedule {
  checkValue("polynomialDecay", "start", start);
  const kinds = { steps: [1], power: ["(0,inf)", 1], end: ["[0,inf)", 0] } as const;
  const { steps, power: exponent, end } = checkOptions("polynomialDecay", options, kinds);
  const to = Number.isInteger(exponent) ? power : raise;
  return scheduled("polynomialDecay", (t) => (t < steps ? end + (start - end) * to((steps - t) / steps, exponent) : end));
}

/**
 * start · factor^⌊t/every⌋: a drop every `every` steps.
 * @param start the value at t = 0, in [0,inf)
 * @example
 * ```ts
 * const lr = stepDecay(1, { every: 30, factor: 0.5 });
 * console.log(lr(60)); // prints 0.25
 * ```
 */
export function stepDecay(
  start: number,
  options: {
    /** Steps between drops: an integer of at least 1. */
    readonly every: number;
    /** Factor of a drop. Default 0.1, in [0,1]. */
    readonly factor?: number;
  },
): Schedule {
  checkValue("stepDecay", "start", start);
  const { every, factor } = checkOptions("stepDecay", options, { every: [1], factor: ["[0,1]", 0.1] });
  return scheduled("stepDecay", (t) => start * power(factor, Math.floor(t / every)));
}

/**
 * start · factor^(number of milestones ≤ t). A repeated milestone drops the value twice.
 * @param start the value before the first milestone, in [0,inf)
 * @example
 * ```ts
 * const lr = multiStepDecay(1, { milestones: [30, 80], factor: 0.5 });
 * console.log(lr(80)); // prints 0.25
 * ```
 */
export function multiStepDecay(
  start: number,
  options: {
    /** The steps t of the drops, in ascending order: integers of at least 0. */
    readonly milestones: readonly number[];
    /** Factor of a drop. Default 0.1, in [0,1]. */
    readonly factor?: number;
  },
): Schedule {
  checkValue("multiStepDecay", "start", start);
  const { milestones: given, factor } = checkOptions("multiStepDecay", options, {
    milestones: ["other"],
    factor: ["[0,1]", 0.1],
  });
  const milestones = readMilestones("multiStepDecay: milestones", given);
  return scheduled("multiStepDecay", (t) => start * power(factor, reached(milestones, t)));
}

/**
 * start · factor^(t/steps).
 * @param start the value at t = 0, in [0,inf)
 * @example
 * ```ts
 * const lr = exponentialDecay(1, { factor: 0.5, steps: 10 });
 * console.log(lr(20)); // prints 0.25
 * ```
 */
export function exponentialDecay(
  start: number,
  options: {
    /** Factor over `steps` steps, in [0,1]. */
    readonly factor: number;
    /** Steps over which the value falls by the factor. Default 1, an integer of at least 1. */
    readonly steps?: number;
  },
): Schedule {
  checkValue("exponentialDecay", "start", start);
  const { factor, steps } = checkOptions("exponentialDecay", options, { factor: ["[0,1]"], steps: [1, 1] });
  return scheduled("exponentialDecay", (t) => {
    const whole = start * power(factor, Math.floor(t / steps));
    const rest = t % steps;
    return rest === 0 ? whole : whole * raise(factor, rest / steps);
  });
}

/**
 * start / (1 + rate·t): halved after 1/rate steps.
 * @param start the value at t = 0, in [0,inf)
 * @example
 * ```ts
 * const lr = inverseTimeDecay(1, { rate: 0.01 });
 * console.log(lr(100)); // prints 0.5
 * ```
 */
export function inverseTimeDecay(
  start: number,
  options: {
    /** 1/n, where n steps halve the value; in [0,inf). */
    readonly rate: number;
  },
): Schedule {
  checkValue("inverseTimeDecay", "start", start);
  const { rate } = checkOptions("inverseTimeDecay", options, { rate: ["[0,inf)"] });
  return scheduled("inverseTimeDecay", (t) => start / (1 + rate * t));
}

/**
 * start / √(1 + rate·t): halved after 3/rate steps.
 * @param start the value at t = 0, in [0,inf)
 * @example
 * ```ts
 * const lr = inverseSqrtDecay(1, { rate: 0.03 });
 * console.log(lr(100)); // prints 0.5
 * ```
 */
export function inverseSqrtDecay(
  start: number,
  options: {
    /** 3/n, where n steps halve the value; in [0,inf). */
    readonly rate: number;
  },
): Schedule {
  checkValue("inverseSqrtDecay", "start", start);
  const { rate } = checkOptions("inverseSqrtDecay", options, { rate: ["[0,inf)"] });
  return scheduled("inverseSqrtDecay", (t) => start / Math.sqrt(1 + rate * t));
}

/**
 * peak · min(n/warmup, √(warmup/n)) with n = t + 1. It rises to `peak` at n = warmup, then falls with the inverse square root. The paper's
 * d^−½·min(n^−½, n·warmup^−1.5) has the peak 1/√(d·warmup). Vaswani et al. 2017, https://arxiv.org/abs/1706.03762.
 * @param peak the largest value, in [0,inf)
 * @example
 * ```ts
 * const lr = noam(1, { warmup: 100 });
 * console.log(lr(99), lr(399)); // prints 1 0.5
 * ```
 */
export function noam(
  peak: number,
  options: {
    /** The n of the peak, in steps: an integer of at least 1. */
    readonly warmup: number;
  },
): Schedule {
  checkValue("noam", "peak", peak);
  const { warmup } = checkOptions("noam", options, { warmup: [1] });
  return scheduled("noam", (t) => (t < warmup ? (peak * (t + 1)) / warmup : peak * Math.sqrt(warmup / (t + 1))));
}

/**
 * Half a cosine from `start` to `end`: end + (start − end)·(1 + cos(π·t/steps))/2, then `end`.
 * Loshchilov & Hutter 2017, https://arxiv.org/abs/1608.03983, without restarts.
 * @param start the value at t = 0, in [0,inf)
 * @example
 * ```ts
 * const opt = adamw({ weight: [10, 784] }, { lr: cosineDecay(1e-3, { steps: 2 }) });
 * opt.step();
 * opt.step();
 * console.log(opt.current.lr); // prints 0.0005
 * ```
 */
export function cosineDecay(
  start: number,
  options: {
    /** Steps to the end: an integer of at least 1. */
    readonly steps: number;
    /** The value from t = steps on. Default 0, in [0,inf). */
    readonly end?: number;
  },
): Schedule {
  checkValue("cosineDecay", "start", start);
  const { steps, end } = checkOptions("cosineDecay", options, { steps: [1], end: ["[0,inf)", 0] });
  return scheduled("cosineDecay", (t) => (t < steps ? anneals.cosine(start, end, t / steps) : end));
}

/** Options of `cosineRestarts`. */
export interface CosineRestartsOptions {
  /** Steps of the first cycle: an integer of at least 1. */
  readonly steps: number;
  /** Factor of the cycle's steps from cycle to cycle. Default 1, an integer of at least 1. */
  readonly stretch?: number;
  /** Factor of start − end from cycle to cycle. Default 1, in [0,1]. */
  readonly factor?: number;
  /** The value at the end of each cycle. Default 0, in [0,inf). */
  readonly end?: number;
}

/**
 * Repeated cosine decay. Cycle i, from 0, takes steps·stretchⁱ steps and starts at end + (start − end)·factorⁱ.
 * Loshchilov & Hutter 2017, https://arxiv.org/abs/1608.03983: SGDR.
 * @param start the value at t = 0, in [0,inf)
 * @example
 * ```ts
 * const lr = cosineRestarts(1, { steps: 100, stretch: 2 });
 * console.log(lr(50), lr(100), lr(200)); // prints 0.5 1 0.5
 * ```
 */
export function cosineRestarts(start: number, options: CosineRestartsOptions): Schedule {
  checkValue("cosineRestarts", "start", start);
  const kinds = { steps: [1], stretch: [1, 1], factor: ["[0,1]", 1], end: ["[0,inf)", 0] } as const;
  const { steps, stretch, factor, end } = checkOptions("cosineRestarts", options, kinds);
  return scheduled("cosineRestarts", (t) => {
    let cycle = 0;
    let length = steps;
    let rest = t;
    if (stretch === 1) {
      cycle = Math.floor(t / steps);
      rest = t % steps;
    }
    for (; rest >= length; length *= stretch) {
      cycle += 1;
      rest -= length;
    }
    return end + ((start - end) * power(factor, cycle) * (1 + cosinePi(rest / length))) / 2;
  });
}

/** Options of `cyclic`. */
export interface CyclicOptions {
  /** The value at the middle of the first cycle, in [0,inf). */
  readonly peak: number;
  /** Steps from start to peak: an integer of at least 1. */
  readonly up: number;
  /** Steps from peak to start. Default `up`; an integer of at least 1. */
  readonly down?: number;
  /** Height of cycle i, from 0: 1 ("triangular"), 2^−i ("triangular2") or factor^t ("expRange"). Default "triangular". */
  readonly mode?: "triangular" | "triangular2" | "expRange";
  /** Factor of the height per step, for "expRange". Default 1, in [0,1]. */
  readonly factor?: number;
}

/**
 * Triangular cycles: start + (peak − start)·s·k. In each cycle s rises from 0 to 1 in `up` steps and falls back in `down` steps; k is the
 * height of the cycle, see `mode`. For a momentum that mirrors the learning rate, `peak` is below `start`. Smith 2017,
 * https://arxiv.org/abs/1506.01186.
 * @param start the value at t = 0, in [0,inf)
 * @example
 * ```ts
 * const lr = cyclic(0, { peak: 1, up: 10, down: 20 });
 * console.log(lr(5), lr(10), lr(20), lr(30)); // prints 0.5 1 0.5 0
 * ```
 */
export function cyclic(start: number, options: CyclicOptions): Schedule {
  checkValue("cyclic", "start", start);
  const kinds = {
    peak: ["[0,inf)"],
    up: [1],
    down: [1, undefined],
    mode: [["triangular", "triangular2", "expRange"], "triangular"],
    factor: ["[0,1]", 1],
  } as const;
  const { peak, up, down = up, mode, factor } = checkOptions("cyclic", options, kinds);
  const scales = {
    triangular: () => 1,
    triangular2: (t: number) => power(0.5, Math.floor(t / (up + down))),
    expRange: (t: number) => power(factor, t),
  };
  const scale = scales[mode];
  return scheduled("cyclic", (t) => {
    const rest = t % (up + down);
    return start + (peak - start) * (rest < up ? rest / up : (up + down - rest) / down) * scale(t);
  });
}

/** The two schedules of `oneCycle`. */
export interface OneCycle {
  /** For `lr`. */
  readonly lr: Schedule;
  /** For `momentum`, or for Adam's `beta1`. */
  readonly momentum: Schedule;
}

/** Options of `oneCycle`. The defaults are PyTorch's. */
export interface OneCycleOptions {
  /** Steps of the cycle: an integer of at least 1. */
  readonly steps: number;
  /** Part of the steps before the peak. Default 0.3, in (0,1); at most 0.5 with `threePhase`. */
  readonly pctStart?: number;
  /** The peak as a multiple of the first learning rate. Default 25, in (0,inf). */
  readonly divFactor?: number;
  /** The first learning rate as a multiple of the last one. Default 1e4, in (0,inf). */
  readonly finalDivFactor?: number;
  /** Shape of rise and fall: half a cosine or a line. Default "cosine". */
  readonly anneal?: "cosine" | "linear";
  /** Whether the rate falls first to its initial value, then in a third phase to its end. Default false. */
  readonly threePhase?: boolean;
  /** The momentum at the peak of the rate. Default 0.85, in [0,1). */
  readonly baseMomentum?: number;
  /** The momentum at both ends of the cycle. Default 0.95, in [0,1). */
  readonly maxMomentum?: number;
}

/**
 * One cycle over `steps` steps. The learning rate rises from peak/divFactor to `peak` at t = pctStart·steps − 1, then falls to
 * peak/divFactor/finalDivFactor at t = steps − 1 and stays there. The momentum falls from maxMomentum to baseMomentum and rises back. With
 * `threePhase`, both return to their initial values at t = 2·pctStart·steps − 2. Smith & Topin 2018, https://arxiv.org/abs/1708.07120.
 * @param peak the largest learning rate, in [0,inf)
 * @example
 * ```ts
 * const { lr, momentum: mirrored } = oneCycle(0.1, { steps: 1000 });
 * const opt = momentum({ weight: [10, 784] }, { lr, momentum: mirrored });
 * opt.step();
 * console.log(opt.current.lr.toFixed(4), opt.current.momentum); // prints 0.0040 0.95
 * ```
 */
export function oneCycle(peak: number, options: OneCycleOptions): OneCycle {
  checkValue("oneCycle", "peak", peak);
  const kinds = {
    steps: [1],
    pctStart: ["(0,1)", 0.3],
    divFactor: ["(0,inf)", 25],
    finalDivFactor: ["(0,inf)", 1e4],
    anneal: [["cosine", "linear"], "cosine"],
    threePhase: ["boolean", false],
    baseMomentum: ["[0,1)", 0.85],
    maxMomentum: ["[0,1)", 0.95],
  } as const;
  const { steps, pctStart, divFactor, finalDivFactor, anneal, threePhase, baseMomentum, maxMomentum } = checkOptions(
    "oneCycle",
    options,
    kinds,
  );
  if (threePhase && pctStart > 0.5) throw wrongValue("oneCycle: pctStart with threePhase", "at most 0.5", pctStart);
  const start = peak / divFactor;
  const end = start / finalDivFactor;
  const middle = threePhase ? [2 * pctStart * steps - 2] : [];
  const ends = [pctStart * steps - 1, ...middle, steps - 1];
  const between = (values: readonly number[]): Schedule => {
    return scheduled("oneCycle", (t) => {
      let from = 0;
      for (const [i, to] of ends.entries()) {
        if (t < to) return anneals[anneal](values[i] as number, values[i + 1] as number, (t - from) / (to - from));
        from = to;
      }
      return values[ends.length] as number;
    });
  };
  return {
    lr: between(threePhase ? [start, peak, start, end] : [start, peak, end]),
    momentum: between([maxMomentum, baseMomentum, maxMomentum, maxMomentum]),
  };
}

/**
 * A linear warm-up before another schedule: start + (after(0) − start)·t/steps, then after(t − steps). With the default `start` of 0, the
 * first step changes nothing. For peak·(t + 1)/n, set `start` to peak/n and `steps` to n − 1.
 * @param after the schedule after the warm-up, or a number in [0,inf)
 * @example
 * ```ts
 * const lr = warmup(cosineDecay(1, { steps: 900 }), { steps: 100 });
 * console.log(lr(50), lr(100), lr(550)); // prints 0.5 1 0.5
 * ```
 */
export function warmup(
  after: Schedule | number,
  options: {
    /** Steps of the warm-up: an integer of at least 0. */
    readonly steps: number;
    /** The value at t = 0. Default 0, in [0,inf). */
    readonly start?: number;
  },
): Schedule {
  const next = readSchedule("warmup: after", after);
  const { steps, start } = checkOptions("warmup", options, { steps: [0], start: ["[0,inf)", 0] });
  return scheduled("warmup", (t) => (t < steps ? anneals.linear(start, next(0), t / steps) : next(t - steps)));
}

/** Options of `warmupStableDecay`. */
export interface WarmupStableDecayOptions {
  /** Steps from start to peak: an integer of at least 0. */
  readonly warmup: number;
  /** Steps at the peak: an integer of at least 0. */
  readonly stable: number;
  /** Steps from peak to end: an integer of at least 1. */
  readonly decay: number;
  /** Shape of the decay, with q from 0 to 1: 1 − q ("linear"), (1 + cos πq)/2 ("cosine") or 1 − √q ("sqrt"). Default "linear". */
  readonly anneal?: "linear" | "cosine" | "sqrt";
  /** The value at t = 0. Default 0, in [0,inf). */
  readonly start?: number;
  /** The value after the decay. Default 0, in [0,inf). */
  readonly end?: number;
}

/**
 * Rises linearly from `start` to `peak` in `warmup` steps, stays there for `stable` steps, falls to `end` in `decay` steps, and stays there.
 * Hu et al. 2024, https://arxiv.org/abs/2404.06395; 1 − √q: Hägele et al. 2024, https://arxiv.org/abs/2405.18392.
 * @param peak the largest value, in [0,inf)
 * @example
 * ```ts
 * const lr = warmupStableDecay(1, { warmup: 10, stable: 80, decay: 10 });
 * console.log(lr(5), lr(50), lr(95)); // prints 0.5 1 0.5
 * ```
 */
export function warmupStableDecay(peak: number, options: WarmupStableDecayOptions): Schedule {
  checkValue("warmupStableDecay", "peak", peak);
  const kinds = {
    warmup: [0],
    stable: [0],
    decay: [1],
    anneal: [["linear", "cosine", "sqrt"], "linear"],
    start: ["[0,inf)", 0],
    end: ["[0,inf)", 0],
  } as const;
  const { warmup, stable, decay, anneal, start, end } = checkOptions("warmupStableDecay", options, kinds);
  const fall: Schedule = (t) => (t < decay ? anneals[anneal](peak, end, t / decay) : end);
  return scheduled("warmupStableDecay", (t) => {
    if (t < warmup) return anneals.linear(start, peak, t / warmup);
    return t < warmup + stable ? peak : fall(t - warmup - stable);
  });
}

/**
 * Schedules and numbers, one after another: the first until t = milestones[0], then the second, and so on. Each starts from its own t = 0.
 * @param milestones the steps t at which the next schedule begins, in ascending order: one fewer than schedules
 * @example
 * ```ts
 * const lr = sequence([linear(0, { steps: 10, end: 1 }), 0.1], [100]);
 * console.log(lr(5), lr(99), lr(100)); // prints 0.5 1 0.1
 * ```
 */
export function sequence(schedules: readonly (Schedule | number)[], milestones: readonly number[]): Schedule {
  const parts = readArray("sequence: schedules", "an array of schedules and numbers", schedules, (given, i) =>
    readSchedule(`sequence: schedules[${i}]`, given),
  );
  const ends = readMilestones("sequence: milestones", milestones);
  if (ends.length !== parts.length - 1) {
    throw wrongValue("sequence: milestones", `one less than the ${parts.length} schedules`, milestones);
  }
  return scheduled("sequence", (t) => {
    const i = reached(ends, t);
    return (parts[i] as Schedule)(i === 0 ? t : t - (ends[i - 1] as number));
  });
}

/**
 * The product of schedules and numbers, all at the same t.
 * @example
 * ```ts
 * const lr = product(cosineDecay(1, { steps: 100 }), 0.5);
 * console.log(lr(50)); // prints 0.25
 * ```
 */
export function product(...factors: readonly (Schedule | number)[]): Schedule {
  if (factors.length === 0) throw new TypeError("product expected at least one schedule or number, got none");
  const parts = factors.map((given, i) => readSchedule(`product: factor ${i + 1}`, given));
  return scheduled("product", (t) => parts.reduce((value, part) => value * part(t), 1));
}
