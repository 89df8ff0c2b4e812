import { checkFunction, checkNumber, readOptions } from "../checks/check.js";
import { wrongKind, wrongValue } from "../checks/errors.js";
import { type Objective, type Point, readPoint } from "./point.js";

/** An element of the gradient. */
export interface GradientEntry {
  /** Name of its parameter; undefined if x is one array. */
  readonly name?: string;
  /** Index in its array. */
  readonly index: number;
  /** The element in f's gradient g. */
  readonly given: number;
  /** The value from differences of f. */
  readonly expected: number;
}

/** The result of `checkGradient`. */
export interface GradientCheck {
  /** Whether `error` is within the tolerance. */
  readonly ok: boolean;
  /** The largest relative error, minus the uncertainty of the differences. */
  readonly error: number;
  /** The largest relative uncertainty of the differences. In that element, a smaller error would not show. */
  readonly uncertainty: number;
  /** The element with the largest error. */
  readonly worst: GradientEntry;
  /** The result in one line. */
  readonly message: string;
}

// Steps from 2^-3 to 2^-21 in factors of 4, times the power of two below max(1, |x|). Differences are best for steps near the cube root of
// f's precision: 2^-17 if f computes in f64, 2^-8 if it computes in f32. For shorter steps, noise grows. The differences themselves show the
// precision of f.
const rows = 10;
const longest = 2 ** -3;
const ratio = 4;

/** The largest power of two up to max(1, |x|). */
function scaleOf(x: number): number {
  let scale = 1;
  while (2 * scale <= Math.abs(x)) scale *= 2;
  return scale;
}

/** The derivative at x from differences, and its uncertainty. `at` is f as a function of one element. */
function derivative(at: (x: number) => number, x: number): { value: number; uncertainty: number } {
  const middle = at(x);
  const steps: number[] = [];
  const differences: number[] = [];
  const resolutions: number[] = [];
  for (let row = 0, step = longest * scaleOf(x); row < rows; row++, step /= ratio) {
    // Both points are rounded to f32, so their distances from x may differ. So the difference is the slope at x of the parabola through
    // three points.
    const [low, high] = [Math.fround(x - step), Math.fround(x + step)];
    const [below, above] = [x - low, high - x];
    const [first, last] = [at(low), at(high)];
    const values = [first, middle, last];
    steps.push(step);
    differences.push((((last - middle) / above) * below + ((middle - first) / below) * above) / (above + below));
    // If all values are f32 numbers, or all are equal, f may have rounded them to f32.
    const single = values.every((value) => Math.fround(value) === value) || (first === middle && last === middle);
    resolutions.push(((single ? 2 ** -23 : 2 ** -52) * Math.abs(middle)) / step);
  }
  // Chooses the difference that agrees best with its two neighbors. Three differences can agree by chance, so the uncertainty is at least
  // the noise of shorter steps. Noise is inversely proportional to the step. The last rows have no shorter steps. All of this is estimated,
  // so the uncertainty is doubled.
  let best = { value: Number.NaN, uncertainty: Infinity };
  let noise = 0;
  for (let row = rows - 2; row > 0; row--) {
    const [before, value, after] = differences.slice(row - 1, row + 2) as [number, number, number];
    const [step, shorter] = steps.slice(row, row + 2) as [number, number];
    const jump = Math.abs(value - after) * shorter;
    if (jump > noise) noise = jump;
    if (row > rows - 4) continue;
    const agreement = Math.max(Math.abs(value - before), Math.abs(value - after));
    const uncertainty = 2 * Math.max(agreement, noise / step, resolutions[row] as number);
    if (uncertainty < best.uncertainty) best = { value, uncertainty };
  }
  return best;
}

/**
 * Compares f's gradient at x with differences of f's values. It needs twenty values of f per element (ten steps), so check a small instance
 * of a large problem. Choose a random point, not a minimum. f may compute in f32 or f64.
 *
 * The error of an element is |given − expected| minus the uncertainty of the differences. It is relative to |given|, |expected| or a
 * thousandth of the largest expected element, whichever is largest. A kink, as in |x| or ReLU, can look like an error if x is nearer than
 * about 1e-3 (0.1 if f computes in f32). In each element, f must vary on a scale of max(1, |x|), within a factor of 1,000.
 * @param f as for `minimize`: adds its gradient to g, which is 0 before, and returns its value
 * @throws TypeError or RangeError for a wrong argument. RangeError if f is not finite at x or nowhere near x, or gives two values at one
 *   point.
 * @example
 * ```ts
 * const { ok } = checkGradient(([a, b], g) => {
 *   g[0] = 3 * a ** 2 * b;
 *   g[1] = a ** 3;
 *   return a ** 3 * b;
 * }, [0.3, -0.7]);
 * console.log(ok); // prints true
 * ```
 */
export function checkGradient<X extends Point<X>>(
  f: Objective<X>,
  x: X,
  options?: {
    /** Largest relative error of an element. Default 1e-3, in (0,inf). */
    readonly tolerance?: number;
  },
): GradientCheck {
  checkFunction("checkGradient: f", f);
  const point = readPoint<X>("checkGradient: x", x);
  const { tolerance = 1e-3 } = Object.fromEntries(readOptions("checkGradient", ["tolerance"], options));
  checkNumber("checkGradient: tolerance", "(0,inf)", tolerance);

  const { parameters } = point;
  const array = ([name, { length }]: [string, Float32Array]) => [name, new Float32Array(length)];
  const zeros = (): typeof parameters => Object.fromEntries(Object.entries(parameters).map(array));
  const at = point.arrays(parameters);
  const evaluate = (g: typeof parameters) => {
    for (const array of Object.values(g)) array.fill(0);
    const value: unknown = f(at, point.arrays(g));
    if (typeof value !== "number") throw wrongKind("checkGradient: f", "to return its value, a number", value);
    return value;
  };
  const gradient = zeros();
  const unused = zeros();
  const value = evaluate(gradient);
  if (!Number.isFinite(value)) throw wrongValue("checkGradient: the value of f at x", "a finite number", value);
  const again = evaluate(unused);
  if (again !== value) throw wrongValue("checkGradient: f, called again at the same x,", `${value} again`, again);

  const named = at === (parameters as unknown);
  const entries: (GradientEntry & { uncertainty: number })[] = [];
  for (const [name, array] of Object.entries(parameters)) {
    for (const [index, here] of array.entries()) {
      const valueWith = (x: number) => {
        array[index] = x;
        return evaluate(unused);
      };
      const { value: expected, uncertainty } = derivative(valueWith, here);
      array[index] = here;
      if (Number.isNaN(expected)) {
        const where = `checkGradient: the value of f around ${point.element(name, index)}`;
        throw wrongValue(where, "a finite number", Number.NaN);
      }
      const given = gradient[name]?.[index] as number;
      entries.push({ ...(named ? { name } : {}), index, given, expected, uncertainty });
    }
  }

  const least = 1e-3 * entries.reduce((most, { expected }) => Math.max(most, Math.abs(expected)), 0);
  let worst = entries[0] as GradientEntry;
  let error = 0;
  let largestUncertainty = 0;
  for (const entry of entries) {
    const { given, expected, uncertainty } = entry;
    const size = Math.max(Math.abs(given), Math.abs(expected), least);
    if (size === 0) continue;
    const excess = Math.max(0, Math.abs(given - expected) - uncertainty) / size;
    largestUncertainty = Math.max(largestUncertainty, uncertainty / size);
    if (excess > error || Number.isNaN(excess)) {
      [worst, error] = [entry, Number.isNaN(excess) ? Infinity : excess];
    }
  }
  const { name, index, given, expected } = worst;
  const ok = error <= tolerance;
  const element = point.element(name ?? "x", index);
  const digits = (x: number) => Number(x.toPrecision(6));
  const message =
    `${ok ? "the gradient agrees with differences of the values" : "the gradient is wrong"}: ` +
    `${element} is ${digits(given)}, expected ${digits(expected)}; relative error ${error.toPrecision(2)}, ` +
    `tolerance ${tolerance}, uncertainty ${largestUncertainty.toPrecision(2)}`;
  return { ok, error, uncertainty: largestUncertainty, worst: { ...(named ? { name } : {}), index, given, expected }, message };
}
