import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import { checkFunction, checkUint32 } from "../checks/check.js";
import { wrongKind, wrongValue } from "../checks/errors.js";
import { checkOptions } from "../checks/options.js";
import type { Closure } from "../engine/closure.js";
import type { Visitor } from "../engine/lock.js";
import { Optimizer } from "../engine/optimizer.js";

/** Options of `sharpness`. */
export interface SharpnessOptions {
  /** Largest norm of a move ε from the parameters. Default 0.05, in (0,inf). */
  readonly radius?: number;
  /**
   * Whether to use the norm of ε/|p|; elements with p = 0 do not move. The sharpness is then invariant to a rescaling of weights that
   * leaves the function unchanged. Default false.
   */
  readonly adaptive?: boolean;
  /** Steps of each of the two ascents to the worst point. Default 20, an integer of at least 1. */
  readonly steps?: number;
  /** Random directions in the average, each with both signs. Default 10, an integer of at least 1. */
  readonly samples?: number;
  /** Seed. The directions are the same on every engine. Default 0, an integer from 0 to 2^32 − 1. */
  readonly seed?: number;
}

/** The result of `sharpness`. */
export interface Sharpness {
  /** The loss L(p) at the parameters. */
  readonly loss: number;
  /** The largest L(p + ε) − L(p) found with ‖ε‖ ≤ radius: a lower bound of the maximum. */
  readonly worst: number;
  /** The mean of L(p + ε) − L(p) over random ε with ‖ε‖ = radius. */
  readonly average: number;
}

// The loss runs at moved parameters, which are restored afterwards. So it may change only gradients and addresses.
const visitor: Visitor = { name: "the loss of sharpness", may: ["zeroGrad", "relocate"] };

/** A parameter that may move. */
interface Part {
  readonly name: string;
  /** Its values before all moves. */
  readonly center: Float32Array;
  /** The change of each element for a move of 1. */
  readonly unit: Float32Array;
  /** Index of its first element among all elements that may move. */
  readonly begin: number;
}

// The longest step of an ascent, in radii. After the projection, a longer step would hardly differ from the gradient's direction.
const longestStride = 4;

function norm(x: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] as number) * (x[i] as number);
  return Math.sqrt(sum);
}

/** x <- factor·x */
function multiply(x: Float64Array, factor: number): void {
  for (let i = 0; i < x.length; i++) x[i] = (x[i] as number) * factor;
}

/**
 * The sharpness of the loss at the parameters: its rise within a small distance. Flat minima tend to generalize better.
 *
 * - `worst` is max L(p + ε) − L(p) over ‖ε‖ ≤ radius, which SAM keeps low: Foret et al. 2021, https://arxiv.org/abs/2010.01412. Two projected
 *   gradient ascents search for it, from p and from the worst random point. At a minimum and for small radii it is radius²·λ/2, with λ the
 *   largest eigenvalue of the Hessian H.
 * - `average` is the mean over ε = ±radius/√n·(±1, …, ±1), with n elements. For small radii it is radius²·trace(H)/(2n). If H is diagonal,
 *   each direction gives this value.
 * - `adaptive` uses ‖ε/|p|‖ instead of ‖ε‖. Kwon et al. 2021, https://arxiv.org/abs/2102.11600.
 *
 * A loss that is not finite is taken as Infinity. Frozen groups do not move. It works at `optimizer.params`, also between `eval()` and
 * `train()`. Afterwards the parameters are restored bit for bit, and the gradients are 0. Nothing else of the optimizer changes.
 * @param loss over all data, as for `lbfgs`: adds its gradient to `optimizer.grads`, which are 0 before, and returns the loss at
 *   `optimizer.params`. At the same parameters it must return the same number. Called up to 2 + 2·samples + 2·steps times.
 * @throws TypeError or RangeError for a wrong argument. RangeError if loss or gradient at the parameters is not finite, or if a second call
 *   returns another loss. Error if `loss` calls a method that changes the optimizer, such as `step()` or `eval()`; `zeroGrad()` and
 *   `relocate()` are allowed. Errors of `loss` pass through. After each error the parameters are restored.
 * @example
 * ```ts
 * const opt = sgd({ x: 2 });
 * const loss = () => {
 *   const [a, b] = opt.params.x;
 *   opt.grads.x.set([a, 9 * b]);
 *   return (a ** 2 + 9 * b ** 2) / 2;
 * };
 * const { worst } = sharpness(opt, loss, { radius: 0.1 });
 * console.log(worst.toFixed(3)); // prints 0.045
 * ```
 */
export function sharpness(optimizer: Optimizer, loss: Closure, options?: SharpnessOptions): Sharpness {
  if (!(optimizer instanceof Optimizer)) throw wrongKind("sharpness: optimizer", "an optimizer made by a rule", optimizer);
  checkFunction("sharpness: loss", loss);
  const { radius, adaptive, steps, samples, seed } = checkOptions("sharpness", options, {
    radius: ["(0,inf)", 0.05],
    adaptive: ["boolean", false],
    steps: [1, 20],
    samples: [1, 10],
    seed: [0, 0],
  });
  checkUint32("sharpness: seed", 0, seed);
  if (optimizer.shifted) throw new Error("sharpness: the optimizer is shifted; expected step() or unshift() first");

  const params: [string, Float32Array][] = Object.entries(optimizer.params);
  const kept = params.map(([name, p]) => ({ name, center: p.slice() }));
  const frozen = new Set(optimizer.groups.flatMap(({ frozen, names }) => (frozen ? names : [])));
  let length = 0;
  const parts = kept.flatMap(({ name, center }): Part[] => {
    if (frozen.has(name)) return [];
    const begin = length;
    length += center.length;
    const unit = center.map((x) => (adaptive ? Math.abs(x) : 1));
    return [{ name, center, unit, begin }];
  });

  const evaluate = () => {
    optimizer.zeroGrad();
    const value: unknown = optimizer.visit(visitor, loss);
    if (typeof value !== "number") throw wrongKind("sharpness: loss", "to return the loss, a number", value);
    return value;
  };
  /** Stores the gradient with respect to the move, from the last evaluation. */
  const slope = (into: Float64Array) => {
    for (const { name, unit, begin } of parts) {
      const g = optimizer.grads[name] as Float32Array;
      for (let i = 0; i < g.length; i++) into[begin + i] = (unit[i] as number) * (g[i] as number);
    }
  };
  /** The rise of the loss after a move. */
  const rise = (move: Float64Array) => {
    for (const { name, center, unit, begin } of parts) {
      const p = optimizer.params[name] as Float32Array;
      for (let i = 0; i < p.length; i++) p[i] = (center[i] as number) + (unit[i] as number) * (move[begin + i] as number);
    }
    const value = evaluate();
    return Number.isFinite(value) ? value - start : Infinity;
  };
  /** Ascends from a move and returns the highest rise. `move` and `gradient` then belong to the highest point. */
  const ascend = (move: Float64Array, gradient: Float64Array, from: number) => {
    let highest = from;
    let stride = 1;
    const next = new Float64Array(length);
    for (let step = 0; step < steps && highest < Infinity; step++) {
      const size = norm(gradient);
      if (!(size > 0 && size < Infinity)) break;
      const factor = (stride * radius) / size;
      for (let i = 0; i < length; i++) next[i] = (move[i] as number) + factor * (gradient[i] as number);
      const distance = norm(next);
      if (distance > radius) multiply(next, radius / distance);
      const found = rise(next);
      if (found > highest) {
        highest = found;
        move.set(next);
        slope(gradient);
        stride = Math.min(2 * stride, longestStride);
      } else {
        stride /= 4;
      }
    }
    return highest;
  };

  let start = Number.NaN;
  try {
    start = evaluate();
    if (!Number.isFinite(start)) throw wrongValue("sharpness: the loss at the parameters", "a finite number", start);
    const gradient = new Float64Array(length);
    slope(gradient);
    const size = norm(gradient);
    if (!Number.isFinite(size)) throw wrongValue("sharpness: the norm of the gradient", "a finite number", size);
    const again = evaluate();
    if (again !== start) throw wrongValue("sharpness: loss, called again at the same parameters,", `${start} again`, again);

    const random = xoroshiro128plusFromState([~seed, seed, -1, 0]);
    random.jump(); // as in batches
    const movable = parts.reduce((sum, { unit }) => sum + unit.filter((unit) => unit > 0).length, 0);
    if (movable === 0) return { loss: start, worst: 0, average: 0 };
    const element = radius / Math.sqrt(movable);
    const direction = new Float64Array(length);
    const highest = { move: new Float64Array(length), gradient: new Float64Array(length), rise: -Infinity };
    let sum = 0;
    for (let sample = 0; sample < samples; sample++) {
      for (const { unit, begin } of parts)
        for (let i = 0; i < unit.length; i++) direction[begin + i] = unit[i] === 0 ? 0 : random.next() < 0 ? -element : element;
      for (const sign of [1, -1]) {
        multiply(direction, sign);
        const found = rise(direction);
        sum += found;
        if (found <= highest.rise) continue;
        highest.rise = found;
        highest.move.set(direction);
        slope(highest.gradient);
      }
    }
    const fromRandom = ascend(highest.move, highest.gradient, highest.rise);
    const fromHere = fromRandom < Infinity ? ascend(new Float64Array(length), gradient, 0) : 0;
    return { loss: start, worst: Math.max(fromRandom, fromHere), average: sum / (2 * samples) };
  } finally {
    for (const { name, center } of kept) (optimizer.params[name] as Float32Array).set(center);
    optimizer.zeroGrad();
  }
}
