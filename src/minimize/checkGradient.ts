import { checkFunction, checkNumber, readOptions } from "../checks/check.js";
import { wrongKind, wrongValue } from "../checks/errors.js";
import { type Objective, type Point, readPoint } from "./point.js";

/** An element of the gradient. */
export interface GradientEntry {
  /** Name of its parameter; undefined where x is one array. */
  readonly name?: string;
  /** Index in its array. */
  readonly index: number;
  /** The value that f put into g. */
  readonly given: number;
  /** The value from differences of f. */
  readonly expected: number;
}

/** What `checkGradient` found. */
export interface GradientCheck {
  /** Whether `error` is within the tolerance. */
  readonly ok: boolean;
  /** The largest relative error, less what the differences leave open. */
  readonly error: number;
  /** What they leave open at most, relative too: a smaller error would not show in that element. */
  readonly uncertainty: number;
  /** The element with that error. */
  readonly worst: GradientEntry;
  /** All this in a line. */
  readonly message: string;
}

// Steps from 2^-3 to 2^-21, times the power of two below max(1, |x|), in factors of 4. Differences of f in f64 are best near
// the cube root of its precision, 2^-17, in f32 near 2^-8, and worse in shorter ones, where noise grows: which it is shows
// in the differences themselves.
const rows = 10;
const longest = 2 ** -3;
const ratio = 4;

/** A power of two of at least half of max(1, |x|). */
function scaleOf(x: number): number {
  let scale = 1;
  while (2 * scale <= Math.abs(x)) scale *= 2;
  return scale;
}

/**
 * The derivative by one element from values around it, and how far it may be off. `at` is the function of that element,
 * which starts at x.
 */
function derivative(at: (x: number) => number, x: number): { value: number; uncertainty: number } {
  const middle = at(x);
  const steps: number[] = [];
  const differences: number[] = [];
  const resolutions: number[] = [];
  for (let row = 0, step = longest * scaleOf(x); row < rows; row++, step /= ratio) {
    // The points that f32 has, which may not be as far from x on either side: the slope at x of the parabola through three.
    const [low, high] = [Math.fround(x - step), Math.fround(x + step)];
    const [below, above] = [x - low, high - x];
    const [first, last] = [at(low), at(high)];
    const values = [first, middle, last];
    steps.push(step);
    differences.push((((last - middle) / above) * below + ((middle - first) / below) * above) / (above + below));
    // Values that f32 has, or do not change, may be rounded to f32.
    const single = values.every((value) => Math.fround(value) === value) || (first === middle && last === middle);
    resolutions.push(((single ? 2 ** -23 : 2 ** -52) * Math.abs(middle)) / step);
  }
  // The difference that agrees best with those before and after. Because three may agree by chance, it is not better than the
  // noise of shorter steps, which is in inverse proportion to the step; the last rows have none shorter. All are estimates:
  // twice as much is allowed for.
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
 * Compares the gradient that f fills at x with differences of its values: two values for each of ten steps and each element,
 * so check a small instance of a large problem, at a random point rather than at a minimum. f may compute in f32 or f64.
 *
 * The error of an element is relative to the larger of the given and the expected value, and of a thousandth of the largest
 * element; where values of f are too coarse to tell, it counts as none, and `uncertainty` says so. A kink, such as that of
 * |x| at 0 or of ReLU, nearer than about 1e-3 or, with f in f32, 0.1 may count as an error. f has to vary on a scale of
 * max(1, |x|) in each element, within a factor of 1,000.
 * @param f as for `minimize`: adds its gradient to g, which is 0 before, and returns its value
 * @throws TypeError or RangeError for a wrong argument; RangeError when f is not finite at x or nowhere near it, or gives
 *   two values at the same point.
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
  let open = 0;
  for (const entry of entries) {
    const { given, expected, uncertainty } = entry;
    const size = Math.max(Math.abs(given), Math.abs(expected), least);
    if (size === 0) continue;
    const off = Math.max(0, Math.abs(given - expected) - uncertainty) / size;
    open = Math.max(open, uncertainty / size);
    if (off > error || Number.isNaN(off)) {
      [worst, error] = [entry, Number.isNaN(off) ? Infinity : off];
    }
  }
  const { name, index, given, expected } = worst;
  const ok = error <= tolerance;
  const element = point.element(name ?? "x", index);
  const digits = (x: number) => Number(x.toPrecision(6));
  const message =
    `${ok ? "the gradient agrees with differences of the values" : "the gradient is wrong"}: ` +
    `${element} is ${digits(given)}, expected ${digits(expected)}; relative error ${error.toPrecision(2)}, ` +
    `of which up to ${tolerance} is tolerated; ${open.toPrecision(2)} is left open at most`;
  return { ok, error, uncertainty: open, worst: { ...(named ? { name } : {}), index, given, expected }, message };
}
