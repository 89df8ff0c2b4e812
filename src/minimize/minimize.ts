import { checkBoolean, checkFunction, checkInteger, checkNumber, readOptions } from "../checks/check.js";
import { show, wrongKind, wrongValue } from "../checks/errors.js";
import type { Visitor } from "../engine/lock.js";
import { Optimizer } from "../engine/optimizer.js";
import { agree, probe, share } from "../numerics/level.js";
import { Lbfgs, lbfgs } from "./lbfgs.js";
import { type Arrays, type Like, type Objective, type Point, type ReadPoint, readPoint } from "./point.js";

/** What is known after a step. */
export interface MinimizeReport<X> {
  /** Steps done, this one included. */
  readonly step: number;
  /** The value of f. */
  readonly value: number;
  /** The largest magnitude of the gradient. */
  readonly gradientNorm: number;
  /** Calls of f. */
  readonly evaluations: number;
  /** The point, as f gets it. The arrays change with the next step: copy what is to be kept. */
  readonly x: Arrays<X>;
}

/** Options of `minimize`. */
export interface MinimizeOptions<X> {
  /**
   * Makes the optimizer of named parameters, which start at x0: `adam`, or `(x) => adam(x, { lr: 0.1 })`. Default `lbfgs`, of
   * which only lr, history and lineSearch matter: the options here say when to stop.
   */
  readonly optimizer?: (parameters: { readonly [name: string]: Float32Array<ArrayBuffer> }) => Optimizer | Lbfgs;
  /** Ends with "gradient" when no element of the gradient is larger. Default 1e-5, in [0,inf), as SciPy's gtol. */
  readonly gradientTolerance?: number;
  /**
   * Ends with "change" when a step changes the value by no more than this part of the larger of both values and
   * 1e5 · gradientTolerance, which is 1 by default. Default 2.2e-9 with L-BFGS, as SciPy's ftol, in [0,inf). Default 0, which never ends,
   * with rules: their steps may be small anywhere.
   */
  readonly changeTolerance?: number;
  /** Most steps; iterations, with L-BFGS. Default 10000, an integer of at least 1. */
  readonly steps?: number;
  /**
   * Most calls of f: an integer of at least 1. L-BFGS, and rules that are judged by other parameters, may exceed it by one. By default
   * no limit.
   */
  readonly evaluations?: number;
  /** Most seconds, in (0,inf), checked after each step. By default no limit. */
  readonly seconds?: number;
  /** Called after each step; true ends with "stopped". */
  // biome-ignore lint/suspicious/noConfusingVoidType: a function that returns nothing is the usual case.
  readonly onStep?: (report: MinimizeReport<X>) => boolean | void;
}

/**
 * Why `minimize` returned: gradient or change of the value are within their tolerances; steps, evaluations or time are used
 * up; `onStep` said so; no lower value is found at any point that f32 can tell from the last, or the gradient is wrong
 * (`checkGradient` tells); the value falls without end.
 */
export type MinimizeReason = "gradient" | "change" | "steps" | "evaluations" | "time" | "stopped" | "precision" | "unbounded";

/** What `minimize` found. */
export interface Minimum<X> {
  /** The last point, of the kinds that were given. With L-BFGS it is the best one too. */
  readonly x: Like<X>;
  /** The value at x. */
  readonly value: number;
  /** The largest magnitude of the gradient at x. */
  readonly gradientNorm: number;
  /** Steps done. */
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

/** The point a run is at, and how it gets to the next one. */
interface Run {
  readonly params: object;
  readonly value: number;
  readonly gradientNorm: number;
  readonly evaluations: number;
  /** One step, within so many calls of f and one. Returns why there can be no other one, if so. */
  step(most: number): MinimizeReason | undefined;
  /** Goes to the point to be judged by, where that is another one. */
  finish(): void;
}

/** Calls f, and gives its value. */
function call<X>(f: Objective<X>, x: Arrays<X>, g: Arrays<X>): number {
  const value: unknown = f(x, g);
  if (typeof value !== "number") throw wrongKind("minimize: f", "to return its value, a number", value);
  return value;
}

/** The largest magnitude of the gradient. Throws when it or the value is not finite. */
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

/**
 * Throws when the value of f slopes at x0, where it left its gradient at 0, as one does that was written for numerical
 * derivatives.
 */
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
    throw new TypeError("minimize: f expected to add its gradient to g, which it leaves at 0 where its value changes");
}

/** Throws unless the parameters of an optimizer are those of x0, bit for bit. */
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

// The steps are up to `minimize`.
const visitor: Visitor = {
  name: "f of minimize",
  may: ["zeroGrad", "relocate", "accumulate", "discard", "observe", "hyper", "frozen"],
};

type Named = { readonly [name: string]: Float32Array<ArrayBuffer> };

/** x + y, where -0 stays. */
const sum = (x: number, y: number) => (Object.is(x, 0) ? y : Object.is(y, 0) ? x : x + y);

/**
 * What f gets in place of arrays in the memory of another program, which f may make grow: that would detach them under its hands. The
 * program itself may leave its gradient in its own array.
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
 * A minimum of f near x0: what `scipy.optimize.minimize` is for Python. f gets x and g as Float32Arrays, or objects of them
 * where x0 is an object; it adds its gradient to g, which is 0 before, and returns its value.
 *
 * L-BFGS does not depend on the unit of f: multiplied by a power of 2, with gradientTolerance, f is asked at the same points, bit
 * for bit, as long as f32 holds its gradient; any other factor rounds the gradient anew, which may add or save an evaluation or two.
 * Its first trial goes a way of 1, or of its `lr`, as the sum of the changes of all unknowns.
 *
 * Rules with a two-phase form run in one phase. Rules that train other parameters than they are judged by (Schedule-Free,
 * ASGD) are stopped by the former, and return the latter with their value.
 * @param x0 where to start: an array of numbers, a Float32Array, a Float64Array, or an object of them by name; is not changed.
 * @throws TypeError when f leaves g at 0 at x0 though its value changes, which four more calls tell then: there are no
 *   numerical gradients.
 * @throws TypeError or RangeError naming a wrong argument or option, before f is called; RangeError naming the step when
 *   the value or gradient of f is not finite, unless a line search can try a shorter step; Error when f calls `step()`, `shift()` or
 *   `eval()` of the optimizer. What f throws passes through.
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
  // SciPy's 1, in the unit of f: what the values are compared with must follow f when that is multiplied.
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
