import { describe, expect, test } from "vitest";
import { adam, asgd, momentum, muon, nesterov, scheduleFreeSgd, sgd } from "../../src/index.js";
import { lbfgs } from "../../src/minimize/lbfgs.js";
import { type MinimizeOptions, type MinimizeReport, minimize } from "../../src/minimize/minimize.js";
import { useClock } from "../support/clock.js";
import { problems } from "../support/problems.js";

/** (a - 3)² + 2 (b + 1)² */
function bowl([a, b]: Float32Array, g: Float32Array): number {
  g[0] = 2 * (a - 3);
  g[1] = 4 * (b + 1);
  return (a - 3) ** 2 + 2 * (b + 1) ** 2;
}

/** f times a factor, and the points at which it was asked. The gradient is rounded to f32 once, after the factor. */
function run(f: (x: Float32Array, g: Float32Array) => number, start: readonly number[], factor: number) {
  const points: number[] = [];
  const gradient = new Float64Array(start.length);
  const scaled = (x: Float32Array, g: Float32Array) => {
    points.push(...x);
    const value = f(x, gradient.fill(0) as unknown as Float32Array);
    g.set(gradient.map((g) => factor * g));
    return factor * value;
  };
  const { value, ...result } = minimize(scaled, start, { gradientTolerance: 1e-5 * factor });
  return { points, value: value / factor, x: result.x, evaluations: result.evaluations, reason: result.reason };
}

describe("minima, with the defaults", () => {
  // SciPy 1.17, method L-BFGS-B: 45, 88, 16, 89 and 8 evaluations.
  const scipy = { rosenbrock2: 45, rosenbrock10: 88, beale: 16, quadratic: 89, logistic: 8 };

  test.each(Object.entries(scipy))("%s: the known one, in about SciPy's evaluations", (name, evaluations) => {
    const { f, start, minimum } = problems[name];
    const result = minimize(f, start);
    expect(result.converged).toBe(true);
    expect(["gradient", "change"]).toContain(result.reason);
    expect(result.evaluations).toBeLessThan(1.3 * evaluations);
    expect(result.steps).toBeLessThan(result.evaluations);
    const g = new Float32Array(start.length);
    expect(result.value).toBe(f(Float32Array.from(result.x), g));
    expect(result.gradientNorm).toBe(Math.max(...g.map(Math.abs)));
    // A gradient of 1e-5 and a curvature of 0.02 at least; or a change of the value of 2.2e-9, whose root is 5e-5.
    for (const [i, x] of minimum.entries()) {
      if (!(Math.abs(result.x[i] - x) <= 5e-4)) expect.fail(`x[${i}] is ${result.x[i]} instead of ${x}`);
    }
  });

  test.each([lbfgs, adam])("g is 0 at each call: %o", (optimizer) => {
    const f = (x: Float32Array, g: Float32Array) => {
      expect([...g]).toEqual([0, 0]);
      return bowl(x, g);
    };
    expect(minimize(f, [0, 0], { optimizer, steps: 5 }).evaluations).toBeGreaterThan(1);
  });
});

describe("f times a factor from 1e-16 to 1e16, and gradientTolerance too", () => {
  const powers = Array.from({ length: 33 }, (_, i) => 10 ** (i - 16));

  test.each(Object.entries(problems))("%s: a power of 2 changes no bit of any point", (_, { f, start }) => {
    const expected = run(f, start, 1);
    expect(expected.evaluations).toBe(minimize(f, start).evaluations);
    for (const factor of powers) expect(run(f, start, 2 ** Math.round(Math.log2(factor)))).toEqual(expected);
  });

  // A factor m · 2^e, m from 1 to 2, rounds the gradient as m does. How much the rounding of f32 matters, see m: of the evaluations,
  // 3.8 % at most.
  test.each(Object.entries(problems))("%s: powers of 10 do as their significands", (_, { f, start }) => {
    const { evaluations } = run(f, start, 1);
    for (const factor of powers) {
      const actual = run(f, start, factor);
      expect(actual).toEqual(run(f, start, factor / 2 ** Math.floor(Math.log2(factor))));
      expect(["gradient", "change"]).toContain(actual.reason);
      if (!(Math.abs(actual.evaluations - evaluations) <= 0.05 * evaluations))
        expect.fail(`${actual.evaluations} evaluations instead of ${evaluations} at ${factor}`);
    }
  });

  test("at the ends of f32: gradients from 1e-33 to 1e33", () => {
    for (const name of ["rosenbrock2", "quadratic"]) {
      const { f, start } = problems[name];
      for (const factor of [2 ** -95, 2 ** 95]) expect(run(f, start, factor)).toEqual(run(f, start, 1));
    }
  });

  test("without line search", () => {
    const steps = [1, 2 ** -50, 2 ** 50].map((factor) => {
      const scaled = (x: Float32Array, g: Float32Array) => {
        const value = factor * bowl(x, g);
        g.forEach((slope, i) => {
          g[i] = factor * slope;
        });
        return value;
      };
      const optimizer = (x: Record<string, Float32Array>) => lbfgs(x, { lineSearch: "none", lr: 0.5 });
      const { x, steps, reason } = minimize(scaled, [0, 0], { optimizer, gradientTolerance: 1e-5 * factor });
      return { x, steps, reason };
    });
    expect(steps[0].steps).toBeGreaterThan(3);
    expect(steps[1]).toEqual(steps[0]);
    expect(steps[2]).toEqual(steps[0]);
  });
});

describe("other optimizers", () => {
  test.each([
    ["sgd", (x: Record<string, Float32Array>) => sgd(x, { lr: 0.1 })],
    ["momentum", (x: Record<string, Float32Array>) => momentum(x, { lr: 0.05 })],
    ["nesterov, in one phase", (x: Record<string, Float32Array>) => nesterov(x, { lr: 0.05 })],
    ["adam", (x: Record<string, Float32Array>) => adam(x, { lr: 0.1 })],
    ["lbfgs without line search", (x: Record<string, Float32Array>) => lbfgs(x, { lineSearch: "none", lr: 0.5 })],
  ])("%s", (_, optimizer) => {
    const result = minimize(bowl, [0, 0], { optimizer, changeTolerance: 0 });
    expect(result.reason).toBe("gradient");
    expect(result.evaluations).toBe(result.steps + 1);
    // A gradient of 1e-5 over the curvature of 2.
    if (!(Math.abs(result.x[0] - 3) <= 5e-6 && Math.abs(result.x[1] + 1) <= 5e-6)) expect.fail(String(result.x));
  });

  test("a rule itself, with its defaults", () => {
    const { steps, reason, converged } = minimize(bowl, [0, 0], { optimizer: adam, steps: 50 });
    expect([steps, reason, converged]).toEqual([50, "steps", false]);
  });

  test("the steps are those of the rule", () => {
    const opt = adam({ x: new Float32Array(2) }, { lr: 0.1 });
    for (let t = 0; t < 7; t++) {
      opt.zeroGrad();
      bowl(opt.params.x, opt.grads.x);
      opt.step();
    }
    const result = minimize(bowl, [0, 0], { optimizer: (x) => adam(x, { lr: 0.1 }), steps: 7 });
    expect(result.x).toEqual([...opt.params.x]);
    expect(result.value).toBe(bowl(opt.params.x, opt.grads.x));
    expect(result.evaluations).toBe(8);
  });

  test.each([
    ["scheduleFreeSgd", (x: Record<string, Float32Array>) => scheduleFreeSgd(x, { lr: 0.1 })],
    ["asgd", (x: Record<string, Float32Array>) => asgd(x, { lr: 0.1, t0: 3 })],
  ])("%s: the parameters that it is judged by", (_, make) => {
    const opt = make({ x: new Float32Array(2) });
    for (let t = 0; t < 20; t++) {
      opt.zeroGrad();
      bowl(opt.params.x, opt.grads.x);
      opt.step();
    }
    const trained = [...opt.params.x];
    opt.eval();
    const result = minimize(bowl, [0, 0], { optimizer: make, steps: 20 });
    expect(result.x).toEqual([...opt.params.x]);
    expect(result.x).not.toEqual(trained);
    expect(result.value).toBe(bowl(opt.params.x, opt.grads.x));
    expect([result.steps, result.evaluations]).toEqual([20, 22]);
  });

  test("a change of 0 by accident does not end a rule; a tolerance does", () => {
    const still = { optimizer: (x: Record<string, Float32Array>) => sgd(x, { lr: 0 }), steps: 5 };
    expect(minimize(bowl, [0, 0], still).reason).toBe("steps");
    expect(minimize(bowl, [0, 0], { ...still, changeTolerance: 1e-9 })).toMatchObject({ reason: "change", steps: 1 });
  });

  test("matrices are vectors to it", () => {
    expect(minimize(bowl, [0, 0], { optimizer: (x) => muon(x, { lr: 0.1 }), steps: 2000 }).value).toBeLessThan(1);
  });
});

describe("ending", () => {
  const { f, start } = problems.rosenbrock10;

  test("gradientTolerance", () => {
    const rough = minimize(f, start, { gradientTolerance: 1, changeTolerance: 0 });
    expect(rough).toMatchObject({ reason: "gradient", converged: true });
    expect(rough.gradientNorm).toBeLessThanOrEqual(1);
    const fine = minimize(f, start, { gradientTolerance: 1e-3, changeTolerance: 0 });
    expect(fine.gradientNorm).toBeLessThanOrEqual(1e-3);
    expect(fine.steps).toBeGreaterThan(rough.steps);
  });

  test("changeTolerance, relative where values are above 1", () => {
    const values: number[] = [];
    const shifted = (x: Float32Array, g: Float32Array) => f(x, g) + 1e6;
    const result = minimize(shifted, start, { changeTolerance: 1e-6, onStep: ({ value }) => void values.push(value) });
    expect(result).toMatchObject({ reason: "change", converged: true });
    const changes = values.slice(1).map((value, i) => Math.abs(value - values[i]));
    expect(changes[changes.length - 1]).toBeLessThanOrEqual(1e-6 * 1e6 * 1.01);
    for (const change of changes.slice(0, -1)) expect(change).toBeGreaterThan(1);
  });

  test("changeTolerance: relative to 1e5 times gradientTolerance where values are smaller", () => {
    const values: number[] = [];
    const f = (x: Float32Array, g: Float32Array) => {
      g[0] = 2 * x[0];
      return x[0] ** 2;
    };
    const optimizer = (x: Record<string, Float32Array>) => sgd(x, { lr: 0.25 }); // x halves, so that f falls by three quarters of it
    const ends = [1e-6, 1e-8].map((gradientTolerance) => {
      values.push(minimize(f, [1], { optimizer, gradientTolerance, changeTolerance: 1e-3 }).value);
      return minimize(f, [1], { optimizer, gradientTolerance, changeTolerance: 1e-3 }).reason;
    });
    expect(ends).toEqual(["change", "change"]);
    // The change, three times the value then, is at most 1e-3 · 1e5 · gradientTolerance, and was above it the step before.
    for (const [i, limit] of [1e-4, 1e-6].entries())
      if (!(3 * values[i] <= limit && 12 * values[i] > limit)) expect.fail(`ended at ${values[i]}`);
  });

  test("steps, evaluations, seconds", () => {
    expect(minimize(f, start, { steps: 4 })).toMatchObject({ reason: "steps", steps: 4, converged: false });
    const few = minimize(f, start, { evaluations: 10 });
    expect(few.reason).toBe("evaluations");
    expect(few.evaluations === 10 || few.evaluations === 11).toBe(true);
    const clock = useClock();
    const slow = (x: Float32Array, g: Float32Array) => {
      clock.now += 5;
      return f(x, g);
    };
    const { reason, evaluations } = minimize(slow, start, { seconds: 0.05 });
    expect(reason).toBe("time");
    expect(evaluations).toBeGreaterThanOrEqual(10);
    expect(evaluations).toBeLessThan(15); // one step has a few of them
  });

  test("onStep sees each step, and ends it by returning true", () => {
    const reports: MinimizeReport<readonly number[]>[] = [];
    const points: number[][] = [];
    const result = minimize(f, start, {
      onStep: (report) => {
        reports.push(report);
        points.push([...report.x]);
        return report.value < 5;
      },
    });
    expect(result.reason).toBe("stopped");
    expect(reports.map(({ step }) => step)).toEqual(reports.map((_, i) => i + 1));
    expect(reports.slice(0, -1).every(({ value }) => value >= 5)).toBe(true);
    const last = reports[reports.length - 1];
    const { value, gradientNorm, evaluations } = result;
    expect([last.value, last.gradientNorm, last.evaluations]).toEqual([value, gradientNorm, evaluations]);
    expect(points[points.length - 1]).toEqual(result.x);
  });

  test("at the minimum: no step", () => {
    expect(minimize(bowl, [3, -1])).toEqual({
      x: [3, -1],
      value: 0,
      gradientNorm: 0,
      steps: 0,
      evaluations: 1,
      reason: "gradient",
      converged: true,
    });
  });

  test("precision: a wrong gradient ends at once, not converged", () => {
    const wrong = (x: Float32Array, g: Float32Array) => {
      const value = bowl(x, g);
      g[0] *= -1;
      g[1] *= -1;
      return value;
    };
    expect(minimize(wrong, [0, 0])).toMatchObject({ reason: "precision", steps: 0, x: [0, 0], converged: false });
  });

  test("unbounded", () => {
    const result = minimize(
      ([x], g) => {
        g[0] = -2 * x;
        return -(x ** 2);
      },
      [1],
    );
    expect(result).toMatchObject({ reason: "unbounded", converged: false });
    expect(Number.isFinite(result.x[0])).toBe(true);
  });
});

describe("what is not finite", () => {
  test("a line search tries a shorter step", () => {
    let outside = 0;
    const result = minimize(
      ([x], g) => {
        if (x <= 0) outside += 1;
        g[0] = 4 * x ** 3 - 1 / x;
        return x ** 4 - Math.log(x);
      },
      [30],
      { optimizer: (x) => lbfgs(x, { lr: 1000 }) },
    );
    expect(outside).toBeGreaterThan(0);
    expect(result.converged).toBe(true);
    if (!(Math.abs(result.x[0] - Math.SQRT1_2) <= 1e-4)) expect.fail(`ended at ${result.x[0]}`);
  });

  test("at x0, and after a step of a rule: the error says when and what", () => {
    expect(() => minimize(() => Number.NaN, [1], { optimizer: adam })).toThrow(
      new RangeError("minimize: the value of f at x0 expected a finite number, got NaN"),
    );
    expect(() => minimize(() => Infinity, [1])).toThrow(
      new RangeError("minimize: the value of f at x0 expected a finite number, got Infinity"),
    );
    let calls = 0;
    const breaks = (_: unknown, g: { a: Float32Array; b: Float32Array }) => {
      calls += 1;
      g.b[1] = calls === 4 ? Number.NaN : 1;
      return 1;
    };
    expect(() => minimize(breaks, { a: [1], b: [1, 2] }, { optimizer: adam })).toThrow(
      new RangeError("minimize: the gradient of b[1] after step 3 expected a finite number, got NaN"),
    );
  });
});

test("an error of f passes through", () => {
  const broken = () => {
    throw new Error("out of data");
  };
  expect(() => minimize(broken, [1])).toThrow("out of data");
  expect(() => minimize(broken, [1], { optimizer: adam })).toThrow("out of data");
});

describe("bad input: f is not called", () => {
  const f = () => expect.fail("f was called");

  const tolerances = ["gradientTolerance", "changeTolerance"];

  test.each<[string, unknown, ErrorConstructor, string]>([
    ...tolerances.flatMap((name): [string, unknown, ErrorConstructor, string][] => [
      [name, "1", TypeError, `minimize: ${name} expected a number in [0,inf), got "1"`],
      [name, -1, RangeError, `minimize: ${name} expected in [0,inf), got -1`],
      [name, Number.NaN, RangeError, `minimize: ${name} expected in [0,inf), got NaN`],
    ]),
    ...["steps", "evaluations"].flatMap((name): [string, unknown, ErrorConstructor, string][] => [
      [name, true, TypeError, `minimize: ${name} expected an integer of at least 1, got true`],
      [name, 0, RangeError, `minimize: ${name} expected an integer of at least 1, got 0`],
    ]),
    ["seconds", "1", TypeError, 'minimize: seconds expected a number in (0,inf), got "1"'],
    ["seconds", 0, RangeError, "minimize: seconds expected in (0,inf), got 0"],
    ["onStep", 3, TypeError, "minimize: onStep expected a function, got 3"],
    ["optimizer", "adam", TypeError, 'minimize: optimizer expected a function, got "adam"'],
    ["optimizer", () => 3, TypeError, "minimize: optimizer expected to return an optimizer, got 3"],
    [
      "method",
      "BFGS",
      TypeError,
      'minimize: unknown option "method"; did you mean optimizer? The options are optimizer, gradientTolerance',
    ],
  ])("%s: %s", (name, value, type, message) => {
    const call = () => minimize(f, [1], { [name]: value } as MinimizeOptions<number[]>);
    expect(call).toThrow(type);
    expect(call).toThrow(message);
  });

  test.each<[string, object, ErrorConstructor, string]>([
    ["another name", { y: [1, -0, 2] }, TypeError, ' expected to be of the parameters "a", "b", got "y"'],
    ["one left out", { a: [1, -0] }, TypeError, ' expected to be of the parameters "a", "b", got "a"'],
    ["one more", { c: [1], a: [1, -0], b: [2] }, TypeError, ' expected to be of the parameters "a", "b", got "a", "b", "c"'],
    ["another length", { a: [1, -0, 3], b: [2] }, RangeError, ': length of "a" expected that of x0, 2, got 3'],
    ["another start", { a: [1, -0], b: [2.5] }, RangeError, ": b[0] expected to start at x0, 2, got 2.5"],
    ["another 0", { a: [1, 0], b: [2] }, RangeError, ": a[1] expected to start at x0, -0, got 0"],
    ["NaN", { a: [Number.NaN, -0], b: [2] }, RangeError, ": a[0] expected to start at x0, 1, got NaN"],
  ])("an optimizer that does not start at x0: %s", (_, parameters, type, message) => {
    const own = Object.fromEntries(Object.entries(parameters).map(([name, x]) => [name, Float32Array.from(x)]));
    for (const make of [adam, lbfgs, scheduleFreeSgd]) {
      const call = () => minimize(f, { a: [1, -0], b: [2] }, { optimizer: () => make(own) });
      expect(call).toThrow(type);
      expect(call).toThrow(`minimize: optimizer${message}`);
    }
    expect(() => minimize(f, [5], { optimizer: () => adam({ x: 5 }) })).toThrow(
      'minimize: optimizer: length of "x" expected that of x0, 1, got 5',
    );
  });

  test("an optimizer of other parameters that start at x0 is accepted, in other shapes and order too", () => {
    const f = ({ a, b }: Record<string, Float32Array>, g: Record<string, Float32Array>) => {
      g.a.set([2 * a[0], 2 * a[1]]);
      g.b[0] = 2 * b[0];
      return a[0] ** 2 + a[1] ** 2 + b[0] ** 2;
    };
    const optimizer = () => sgd({ b: Float32Array.of(2), a: { shape: [1, 2], values: Float32Array.of(0.1, 3) } }, { lr: 0.25 });
    expect(minimize(f, { a: [0.1, 3], b: [2] }, { optimizer }).converged).toBe(true);
  });

  test("f, and what it and onStep return", () => {
    expect(() => minimize(3 as unknown as typeof bowl, [1])).toThrow("minimize: f expected a function, got 3");
    const nothing = (() => {}) as unknown as typeof bowl;
    for (const optimizer of [lbfgs, adam]) {
      expect(() => minimize(nothing, [1], { optimizer })).toThrow(
        new TypeError("minimize: f expected to return its value, a number, got undefined"),
      );
    }
    const onStep = (() => 1) as unknown as () => boolean;
    expect(() => minimize(bowl, [0, 0], { onStep })).toThrow("minimize: the result of onStep expected true or false, got 1");
  });
});

describe("a gradient that f does not fill", () => {
  test("is refused, with one argument and with two", () => {
    const one = (x: Float32Array) => (x[0] - 3) ** 2;
    expect(() => minimize(one, [1])).toThrow(
      "minimize: f expected to add its gradient to g, got only 0 although its value changes",
    );
    const two = (x: Float32Array, _: Float32Array) => (x[0] - 3) ** 2 + (x[1] + 3) ** 2; // slopes that cancel
    expect(() => minimize(two, [0, 0])).toThrow(
      "minimize: f expected to add its gradient to g, got only 0 although its value changes",
    );
    expect(() => minimize(two, [0, 0], { optimizer: (x) => adam(x) })).toThrow(TypeError);
  });

  test("does not depend on how f names its arguments", () => {
    const slope = ([x]: Float32Array) => 2 * (x - 3);
    const f = (x: Float32Array, g: Float32Array = new Float32Array(1)) => {
      g[0] = slope(x);
      return (x[0] - 3) ** 2;
    };
    const rest = (...[x, g]: [Float32Array, Float32Array]) => f(x, g);
    expect([f.length, rest.length]).toEqual([1, 0]);
    for (const g of [f, rest]) expect(minimize(g, [1])).toMatchObject({ x: [3], converged: true });
  });

  test("is fine where the gradient is 0: at a minimum, a saddle, on a plain", () => {
    const stationary = [
      (x: Float32Array, g: Float32Array) => {
        g.set([2 * x[0], 2 * x[1]]);
        return x[0] ** 2 + x[1] ** 2;
      },
      (x: Float32Array, g: Float32Array) => {
        g.set([2 * x[0], -2 * x[1]]);
        return x[0] ** 2 - x[1] ** 2;
      },
      (_: Float32Array, __: Float32Array) => 7,
      (x: Float32Array, g: Float32Array) => {
        g.set([3 * x[0] ** 2, 0]);
        return x[0] ** 3;
      },
      (x: Float32Array, g: Float32Array) => {
        g.set([2 * x[0] + 3e4 * x[0] ** 2, 0]);
        return x[0] ** 2 + 1e4 * x[0] ** 3;
      },
      (x: Float32Array, g: Float32Array) => {
        g[0] = 1e-50 * (x[0] - 3);
        return 1e-50 * (x[0] - 3) ** 2;
      },
    ];
    for (const f of stationary) expect(minimize(f, [0, 0])).toMatchObject({ reason: "gradient", steps: 0, x: [0, 0] });
  });
});
