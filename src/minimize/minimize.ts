import { checkBoolean, checkFunction, checkInteger, checkNumber, readOptions } from "../checks/check.js";
import { show, wrongKind, wrongValue } from "../checks/errors.js";
import type { Visitor } from "../engine/lock.js";
import { Optimizer } from "../engine/optimizer.js";
import { agree, probe, share } from "../numerics/level.js";
import { Lbfgs, lbfgs } from "./lbfgs.js";
import { type Arrays, type Like, type Objective, type Point, type ReadPoint, readPoint } from "./point.js";

/** The report after a step. */
export interface MinimizeReport<X> {
  /** Completed steps, including this one. */
  readonly step: number;
  /** The value of f. */
  readonly value: number;
  /** The largest magnitude in the gradient. */
  readonly gradientNorm: number;
  /** Calls of f. */
  readonly evaluations: number;
  /** The point, as f gets it. The next step changes its arrays; copy them to keep them. */
  readonly x: Arrays<X>;
}

/** Options of `minimize`. */
export interface MinimizeOptions<X> {
  /**
   * Makes the optimizer of named parameters that start at x0: `adam`, or `(x) => adam(x, { lr: 0.1 })`. Of the options of `lbfgs`, only lr,
   * history and lineSearch have an effect; the options here say when to stop. Default `lbfgs`.
   */
  readonly optimizer?: (parameters: { readonly [name: string]: Float32Array<ArrayBuffer> }) => Optimizer | Lbfgs;
  /** Ends with "gradient" when no element of the gradient exceeds this. Default 1e-5, in [0,inf), as SciPy's gtol. */
  readonly gradientTolerance?: number;
  /**
   * Ends with "change" when |value − previous value| ≤ changeTolerance · max(|value|, |previous value|, 1e5 · gradientTolerance). The last
   * term is 1 by default. Default 2.2e-9 with L-BFGS, as SciPy's ftol, in [0,inf). With rules the default is 0, which never ends: their steps
   * can be small anywhere.
   */
  readonly changeTolerance?: number;
  /** Most steps (with L-BFGS: iterations). Default 10000, an integer of at least 1. */
  readonly steps?: number;
  /** Most calls of f: an integer of at least 1. L-BFGS, and `eval()` of rules, may exceed it by one. No limit by default. */
  readonly evaluations?: number;
  /** Most seconds, in (0,inf), checked after each step. No limit by default. */
  readonly seconds?: number;
  /** Called after each step; true ends with "stopped". */
  // biome-ignore lint/suspicious/noConfusingVoidType: a function that returns nothing is the usual case.
  readonly onStep?: (report: MinimizeReport<X>) => boolean | void;
}

/**
 * Why `minimize` returned. "gradient", "change": within the tolerance. "steps", "evaluations", "time": used up. "stopped": by `onStep`.
 * "precision": no lower value at any point that f32 can distinguish from the last one, or a wrong gradient (see `checkGradient`).
 * "unbounded": the value falls without end.
 */
export type MinimizeReason = "gradient" | "change" | "steps" | "evaluations" | "time" | "stopped" | "precision" | "unbounded";

/** The result of `minimize`. */
export interface Minimum<X> {
  /** The last point, in arrays of the same kind as x0. With L-BFGS it is also the best point. */
  readonly x: Like<X>;
  /** The value at x. */
  readonly value: number;
  /** The largest magnitude in the gradient at x. */
  readonly gradientNorm: number;
  /** Completed steps. */
  readonly steps: number;
  /** Calls of f. */
  readonly evaluations: number;
  /** What ended the run. */
  readonly reason: MinimizeReason;
  /** Whether the reason is "gradient" or "change". */
  readonly converged: boolean;
}

const names = [
  "optimizer",
  "gradientTolerance",
  "changeTolerance",
  "steps",
  "evaluations",
  "seconds",
  "onStep",
] as const satisfies (keyof MinimizeOptions<unknown>)[];

/** A running minimization: its current point, and its next step. */
interface Run {
  readonly params: object;
  readonly value: number;
  readonly gradientNorm: number;
  readonly evaluations: number;
  /** One step, in up to `most` + 1 calls of f. Returns the reason if no further step is possible. */
  step(most: number): MinimizeReason | undefined;
  /** Moves to the evaluation weights, if they differ. */
  finish(): void;
}

/** Calls f and returns its value. */
function call<X>(f: Objective<X>, x: Arrays<X>, g: Arrays<X>): number {
  const value: unknown = f(x, g);
  if (typeof value !== "number") throw wrongKind("minimize: f", "to return its value, a number", value);
  return value;
}

/** The largest magnitude in the gradient. Throws if it or the value is not finite. */
function checkFinite<X>(when: string, value: number, gradient: object, point: ReadPoint<X>): number {
  if (!Number.isFinite(value)) throw wrongValue(`minimize: the value of f ${when}`, "a finite number", value);
  let peak = 0;
  for (const [name, array] of Object.entries<Float32Array>(gradient as Record<string, Float32Array>)) {
    for (let i = 0; i < array.length; i++) {
      const magnitude = Math.abs(array[i] as number);
      if (magnitude > peak) peak = magnitude;
      if (Number.isFinite(magnitude)) continue;
      throw wrongValue(`minimize: the gradient of ${point.element(name, i)} ${when}`, "a finite number", array[i]);
    }
  }
  return peak;
}

/** Throws if f has a slope at x0 although its gradient is 0. A function written for numerical derivatives does not fill g. */
function checkLevel<X>(f: Objective<X>, { parameters, arrays }: ReadPoint<X>, tolerance: number, value: number): void {
  const slope = (step: number) => {
    const at = (step: number) => {
      const x = Object.entries(parameters).map(([name, array], j) => [
        name,
        array.map((x, i) => x + step * Math.max(1, Math.abs(x)) * share(i, j)),
      ]);
      const g = Object.entries(parameters).map(([name, array]) => [name, new Float32Array(array.length)]);
      return call(f, arrays(Object.fromEntries(x)), arrays(Object.fromEntries(g)));
    };
    return (at(step) - at(-step)) / (2 * step);
  };
  if (agree(slope(probe), slope(probe / 2), Math.max(tolerance, 1e-9 * Math.abs(value))))
    throw new TypeError("minimize: f expected to add its gradient to g, got only 0 although its value changes");
}

/** Throws unless the parameters of an optimizer equal x0, bit for bit. */
function checkStart<X>(params: object, { parameters, element }: ReadPoint<X>): void {
  const names = (of: object) => Object.keys(of).sort().map(show).join(", ");
  const [given, theirs] = [names(parameters), names(params)];
  if (given !== theirs) throw new TypeError(`minimize: optimizer expected to be of the parameters ${given}, got ${theirs}`);
  for (const [name, array] of Object.entries(parameters)) {
    const start = (params as Record<string, Float32Array>)[name] as Float32Array;
    if (start.length !== array.length)
      throw wrongValue(`minimize: optimizer: length of ${show(name)}`, `that of x0, ${array.length}`, start.length);
    const i = array.findIndex((x, i) => !Object.is(x, start[i]));
    if (i >= 0) throw wrongValue(`minimize: optimizer: ${element(name, i)}`, `to start at x0, ${show(array[i])}`, start[i]);
  }
}

function runLbfgs<X>(optimizer: Lbfgs, f: Objective<X>, point: ReadPoint<X>): Run {
  const x = point.arrays(optimizer.params);
  const g = point.arrays(optimizer.grads);
  const closure = () => call(f, x, g);
  optimizer.start(() => {
    const value = closure();
    checkFinite("at x0", value, optimizer.grads, point);
    return value;
  }, true);
  return {
    params: optimizer.params,
    get value() {
      return optimizer.loss;
    },
    get gradientNorm() {
      return optimizer.gradientNorm;
    },
    get evaluations() {
      return optimizer.evaluations;
    },
    step: (most) => optimizer.iterate(closure, most),
    finish: () => {},
  };
}

// f may change settings, but only `minimize` makes steps.
const visitor: Visitor = {
  name: "f of minimize",
  may: ["zeroGrad", "relocate", "accumulate", "discard", "observe", "hyper", "frozen"],
};

type Named = { readonly [name: string]: Float32Array<ArrayBuffer> };

/** x + y, with 0 + -0 = -0. */
const sum = (x: number, y: number) => (Object.is(x, 0) ? y : Object.is(y, 0) ? x : x + y);

/**
 * Copies of arrays in the memory of another program. f gets the copies, because growing that memory detaches its arrays. The program may also
 * write its gradient into its own arrays; `write` adds both.
 */
function outside(optimizer: Optimizer) {
  const copies = (views: Named) => Object.fromEntries(Object.entries(views).map(([name, view]) => [name, view.slice()]));
  const [params, grads] = [copies(optimizer.params), copies(optimizer.grads)];
  const names = Object.keys(params);
  return {
    params,
    grads,
    read() {
      for (const name of names) params[name]?.set(optimizer.params[name] as Float32Array);
      for (const name of names) grads[name]?.fill(0);
    },
    write() {
      const own: Named = optimizer.grads;
      for (const name of names) {
        const array = own[name] as Float32Array;
        array.set((grads[name] as Float32Array).map((x, i) => sum(x, array[i] as number)));
      }
    },
  };
}

function runRule<X>(optimizer: Optimizer, f: Objective<X>, point: ReadPoint<X>): Run {
  const copies = optimizer.block && outside(optimizer);
  const { params, grads } = copies ?? optimizer;
  const x = point.arrays(params);
  const g = point.arrays(grads);
  const run = { params, value: Number.NaN, gradientNorm: Number.NaN, evaluations: 0 };
  const evaluate = () => {
    optimizer.zeroGrad();
    copies?.read();
    run.evaluations += 1;
    const value = optimizer.visit(visitor, () => call(f, x, g));
    copies?.write();
    run.gradientNorm = checkFinite(optimizer.t === 0 ? "at x0" : `after step ${optimizer.t}`, value, optimizer.grads, point);
    run.value = value;
  };
  evaluate();
  return Object.assign(run, {
    step: () => {
      optimizer.step();
      evaluate();
      return undefined;
    },
    finish: () => {
      optimizer.eval();
      if (optimizer.evaluating) evaluate();
    },
  });
}

function read<X>(options: unknown): MinimizeOptions<X> {
  const given: Partial<Record<keyof MinimizeOptions<X>, unknown>> = Object.fromEntries(readOptions("minimize", names, options));
  if (given.optimizer !== undefined) checkFunction("minimize: optimizer", given.optimizer);
  for (const name of ["gradientTolerance", "changeTolerance"] as const) {
    if (given[name] !== undefined) checkNumber(`minimize: ${name}`, "[0,inf)", given[name]);
  }
  for (const name of ["steps", "evaluations"] as const) {
    if (given[name] !== undefined) checkInteger(`minimize: ${name}`, 1, given[name]);
  }
  if (given.seconds !== undefined) checkNumber("minimize: seconds", "(0,inf)", given.seconds);
  if (given.onStep !== undefined) checkFunction("minimize: onStep", given.onStep);
  return given as MinimizeOptions<X>;
}

/**
 * Finds a minimum of f near x0, like `scipy.optimize.minimize` in Python. f gets x and g as Float32Arrays, or as objects of Float32Arrays if
 * x0 is an object. It adds its gradient to g, which is 0 before, and returns its value.
 *
 * L-BFGS does not depend on the unit of f. If f and gradientTolerance are multiplied by a power of 2, it evaluates the same points, bit for
 * bit, as long as f32 can hold the gradient. Any other factor rounds the gradient differently, which can add or save an evaluation or two.
 * Its first trial step has a 1-norm of `lr`, which is 1 by default.
 *
 * Rules with a two-phase form run in one phase. For rules with their own evaluation weights (Schedule-Free, ASGD), the stopping criteria use
 * the training weights; the result has the evaluation weights and their value.
 * @param x0 the start: an array of numbers, a Float32Array, a Float64Array, or an object of them by name. It is not changed.
 * @throws TypeError if f leaves g at 0 at x0 although its value changes; in that case f is called four more times. There are no numerical
 *   gradients.
 * @throws TypeError or RangeError naming a wrong argument or option, before f is called.
 * @throws RangeError naming the step if the value or gradient of f is not finite, unless a line search can try a shorter step.
 * @throws Error if f calls `step()`, `shift()` or `eval()` of the optimizer. Errors of f pass through.
 * @example
 * ```ts
 * const { x, reason } = minimize(([a, b], g) => {
 *   g.set([2 * (a - 3), 4 * b]);
 *   return (a - 3) ** 2 + 2 * b ** 2;
 * }, [0, 1]);
 * console.log(x[0].toFixed(3), reason); // prints 3.000 gradient
 * ```
 */
export function minimize<X extends Point<X>>(f: Objective<X>, x0: X, options?: MinimizeOptions<X>): Minimum<X> {
  checkFunction("minimize: f", f);
  const point = readPoint<X>("minimize: x0", x0);
  const { optimizer: make, gradientTolerance = 1e-5, steps: mostSteps = 10_000, seconds = Infinity, ...given } = read<X>(options);
  const { evaluations: mostEvaluations = Infinity, onStep } = given;
  const optimizer = (make ?? lbfgs)(point.parameters);
  if (!(optimizer instanceof Lbfgs || optimizer instanceof Optimizer)) {
    throw wrongKind("minimize: optimizer", "to return an optimizer", optimizer);
  }
  checkStart(optimizer.params, point);
  const { changeTolerance = optimizer instanceof Lbfgs ? 2.2e-9 : 0 } = given;
  // SciPy's constant 1, in the unit of f, so that it scales with f.
  const least = 1e5 * gradientTolerance;

  const begun = performance.now();
  const run = optimizer instanceof Lbfgs ? runLbfgs(optimizer, f, point) : runRule(optimizer, f, point);
  if (run.gradientNorm === 0) checkLevel(f, point, gradientTolerance, run.value);
  let steps = 0;
  let reason: MinimizeReason | undefined;
  if (run.gradientNorm <= gradientTolerance) reason = "gradient";
  while (reason === undefined) {
    const before = run.value;
    if (run.evaluations >= mostEvaluations) reason = "evaluations";
    else reason = run.step(mostEvaluations - run.evaluations);
    if (reason) break;
    steps += 1;
    const { value, gradientNorm, evaluations } = run;
    const stop = onStep?.({ step: steps, value, gradientNorm, evaluations, x: point.arrays(run.params) }) ?? false;
    checkBoolean("minimize: the result of onStep", stop);
    const change = Math.abs(value - before);
    if (gradientNorm <= gradientTolerance) reason = "gradient";
    else if (changeTolerance > 0 && change <= changeTolerance * Math.max(Math.abs(value), Math.abs(before), least))
      reason = "change";
    else if (stop) reason = "stopped";
    else if (steps >= mostSteps) reason = "steps";
    else if (performance.now() - begun >= seconds * 1000) reason = "time";
  }
  run.finish();
  return {
    x: point.like(run.params),
    value: run.value,
    gradientNorm: run.gradientNorm,
    steps,
    evaluations: run.evaluations,
    reason,
    converged: reason === "gradient" || reason === "change",
  };
}
