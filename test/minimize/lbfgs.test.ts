import { describe, expect, expectTypeOf, test } from "vitest";
import { type LbfgsOptions, lbfgs } from "../../src/minimize/lbfgs.js";
import { collectGarbage } from "../support/garbage.js";
import { type Golden, readGolden } from "../support/golden.js";
import { problems } from "../support/problems.js";
import { fill, random } from "../support/random.js";

interface Trajectory {
  /** Before each call of step(), and at the end. */
  readonly losses: readonly number[];
  /** After each call. */
  readonly evaluations: readonly number[];
  readonly x: readonly number[];
}

interface Case {
  readonly function: string;
  readonly options: LbfgsOptions;
  readonly float64: Trajectory;
  readonly float32: Trajectory;
}

const golden = readGolden<Golden<Case> & { readonly iterations: number }>("lbfgs");

/** An optimizer of a problem, and its closure. */
function solve(name: string, options: LbfgsOptions = {}) {
  const { f, start } = problems[name];
  const opt = lbfgs({ x: Float32Array.from(start) }, options);
  return { opt, closure: () => f(opt.params.x, opt.grads.x) };
}

/** Of one parameter, from a derivative. */
function line(start: number, f: (x: number) => number, derivative: (x: number) => number, options: LbfgsOptions = {}) {
  const opt = lbfgs({ x: Float32Array.of(start) }, options);
  const seen: number[] = [];
  const closure = () => {
    const [x] = opt.params.x;
    seen.push(x);
    opt.grads.x[0] = derivative(x);
    return f(x);
  };
  return { opt, closure, seen };
}

describe("PyTorch's trajectories", () => {
  const rows = golden.cases;

  test("there are at least three configurations of five functions", () => {
    for (const name of Object.keys(problems))
      expect(rows.filter((row) => row.function === name).length).toBeGreaterThanOrEqual(3);
  });

  test.each(rows)("$function $options", ({ function: name, options, float64, float32 }) => {
    const { opt, closure } = solve(name, {
      ...options,
      iterations: golden.iterations,
      gradientTolerance: 0,
      changeTolerance: 0,
    });
    const off = (loss: number, call: number) => Math.abs(loss - float64.losses[call]) / float64.losses[call];
    // Rounding to f32 grows from call to call, in PyTorch's own float32 too. As long as that has the evaluations of float64,
    // and losses within a hundredth of it, ours are off by no more than 100 times as much: the two roundings are independent,
    // and how much of one is along the valley is luck (measured: 71 times, in the second configuration of Rosenbrock, else 30).
    let worst = 2 ** -24;
    let compared = 0;
    for (let call = 0; call < float64.losses.length - 1; call++) {
      const loss = opt.step(closure);
      worst = Math.max(worst, off(float32.losses[call], call));
      if (!(worst <= 0.01)) break;
      if (!(off(loss, call) <= 100 * worst)) expect.fail(`loss ${loss} instead of ${float64.losses[call]} at call ${call}`);
      if (float32.evaluations[call] !== float64.evaluations[call]) break;
      expect(opt.evaluations).toBe(float64.evaluations[call]);
      compared += 1;
    }
    expect(compared).toBeGreaterThanOrEqual(name === "logistic" ? 1 : 3);
  });

  // f32 ends where changes of the loss are below the rounding of the parameters, 2^-24, to the square times the curvature;
  // the quadratic with three pairs is not there after 24 calls, in any precision.
  test.each(rows.filter(({ function: name, options }) => name !== "quadratic" || options.history === 100))(
    "$function $options: ends where PyTorch ends",
    ({ function: name, options, float64 }) => {
      const { opt, closure } = solve(name, {
        ...options,
        iterations: golden.iterations,
        gradientTolerance: 0,
        changeTolerance: 0,
      });
      for (let call = 1; call < float64.losses.length; call++) opt.step(closure);
      const end = float64.losses[float64.losses.length - 1];
      // The golden values have nine digits.
      if (!(Math.abs(closure() - end) <= 1e-8)) expect.fail(`loss ${closure()} instead of ${end}`);
      // Near a minimum a loss 1e-10 too high, as that of Rosenbrock with three pairs, is a parameter off by its root.
      for (const [i, x] of opt.params.x.entries()) {
        if (!(Math.abs(x - float64.x[i]) <= 1e-4)) expect.fail(`x[${i}] is ${x} instead of ${float64.x[i]}`);
      }
    },
  );
});

describe("minima", () => {
  test.each(Object.keys(problems))("%s: the known one, in one step()", (name) => {
    const { opt, closure } = solve(name, { iterations: 300, gradientTolerance: 0, changeTolerance: 0 });
    const initial = opt.step(closure);
    expect(initial).toBe(problems[name].f(Float32Array.from(problems[name].start), new Float32Array(20)));
    expect(opt.loss).toBeLessThan(initial);
    expect(["gradient", "precision"]).toContain(opt.reason);
    // Two roundings of f32 at most, of numbers up to 4; SciPy's logistic minimum is known to 1e-7.
    for (const [i, x] of problems[name].minimum.entries()) {
      if (!(Math.abs(opt.params.x[i] - x) <= 1e-6)) expect.fail(`x[${i}] is ${opt.params.x[i]} instead of ${x}`);
    }
  });

  test("one parameter", () => {
    const { opt, closure } = line(
      10,
      (x) => (x - 3) ** 2,
      (x) => 2 * (x - 3),
    );
    opt.step(closure);
    expect([opt.params.x[0], opt.reason, opt.gradientNorm]).toEqual([3, "gradient", 0]);
  });

  test("5,000 parameters in several tensors, across the blocks of the sums", () => {
    const opt = lbfgs({ a: [30, 100], b: 1990, c: fill(new Float32Array(10), random(1)) }, { iterations: 200, history: 5 });
    const source = random(7);
    const targets = Object.values<Float32Array>(opt.params).map((array) => fill(new Float64Array(array.length), source));
    const closure = () => {
      let loss = 0;
      for (const [i, [name, array]] of Object.entries<Float32Array>(opt.params).entries()) {
        const g = opt.grads[name as "a"];
        for (let j = 0; j < array.length; j++) {
          const error = array[j] - targets[i][j];
          loss += ((1 + (j % 7)) * error ** 2) / 2;
          g[j] = (1 + (j % 7)) * error;
        }
      }
      return loss;
    };
    opt.step(closure);
    expect(opt.params.a.length + opt.params.b.length + opt.params.c.length).toBe(5000);
    for (const [i, array] of Object.values<Float32Array>(opt.params).entries()) {
      for (const [j, x] of array.entries()) {
        if (!(Math.abs(x - targets[i][j]) <= 1e-5)) expect.fail(`${x} instead of ${targets[i][j]}`);
      }
    }
  });

  test("the step that is tried first may be shorter than the distance of the numbers of f32", () => {
    const { opt, closure } = line(
      2 ** 33,
      (x) => (x - 2 ** 20) ** 2 * 1e-12,
      (x) => (x - 2 ** 20) * 2e-12,
      { changeTolerance: 0, gradientTolerance: 1e-9 },
    );
    opt.step(closure);
    if (!(Math.abs(opt.params.x[0] - 2 ** 20) <= 1e3)) expect.fail(`ended at ${opt.params.x[0]}: ${opt.reason}`);
  });

  test("the same bits on a second run", () => {
    const run = () => {
      const { opt, closure } = solve("rosenbrock10", { history: 4, iterations: 40 });
      opt.step(closure);
      return [...opt.params.x, opt.loss, opt.evaluations];
    };
    expect(run()).toEqual(run());
  });

  test("more history than there are iterations changes nothing", () => {
    const run = (history: number) => {
      const { opt, closure } = solve("rosenbrock2", { history, iterations: 30 });
      opt.step(closure);
      return [...opt.params.x, opt.loss, opt.evaluations];
    };
    expect(run(30)).toEqual(run(1000));
    expect(run(30)).not.toEqual(run(2));
  });

  test.each(Object.keys(problems))("%s: parameters, gradient, loss and gradientNorm are of one point", (name) => {
    for (const evaluations of [2, 3, 20]) {
      const { opt } = solve(name, { iterations: 1, evaluations });
      const g = new Float32Array(opt.params.x.length);
      for (let i = 0; i < 15; i++) {
        opt.step(() => problems[name].f(opt.params.x, opt.grads.x));
        expect(opt.loss).toBe(problems[name].f(opt.params.x, g));
        expect(opt.grads.x).toEqual(g);
        expect(opt.gradientNorm).toBe(Math.max(...g.map(Math.abs)));
      }
    }
  });

  test("iterations in one step() or in several are the same, except an evaluation at the start of each", () => {
    const one = solve("rosenbrock10", { iterations: 12, evaluations: 1000 });
    one.opt.step(one.closure);
    const many = solve("rosenbrock10", { iterations: 1, evaluations: 1000 });
    for (let i = 0; i < 12; i++) many.opt.step(many.closure);
    expect([...many.opt.params.x]).toEqual([...one.opt.params.x]);
    expect([one.opt.t, many.opt.t, many.opt.evaluations]).toEqual([12, 12, one.opt.evaluations + 11]);
  });
});

describe("why it ends", () => {
  test("not asked yet", () => {
    const { opt } = solve("beale");
    expect([opt.reason, opt.loss, opt.gradientNorm, opt.t, opt.evaluations]).toEqual([undefined, Number.NaN, Number.NaN, 0, 0]);
  });

  test("gradient: at the start already, after one evaluation", () => {
    const { opt, closure } = line(
      3,
      (x) => (x - 3) ** 2,
      (x) => 2 * (x - 3),
    );
    expect(opt.step(closure)).toBe(0);
    expect([opt.reason, opt.t, opt.evaluations, opt.params.x[0]]).toEqual(["gradient", 0, 1, 3]);
  });

  test("gradient: a flat function", () => {
    const { opt, closure } = line(
      3,
      () => 7,
      () => 0,
    );
    expect([opt.step(closure), opt.reason, opt.params.x[0]]).toEqual([7, "gradient", 3]);
  });

  test("change", () => {
    const { opt, closure } = solve("rosenbrock10", { iterations: 500, gradientTolerance: 0, changeTolerance: 1e-4 });
    opt.step(closure);
    expect(opt.reason).toBe("change");
    expect(opt.loss).toBeLessThan(10);
    expect(opt.gradientNorm).toBeGreaterThan(0);
  });

  test("iterations, and evaluations", () => {
    const { opt, closure } = solve("rosenbrock10", { iterations: 3, evaluations: 100 });
    opt.step(closure);
    expect([opt.reason, opt.t]).toEqual(["iterations", 3]);
    const other = solve("rosenbrock10", { iterations: 50, evaluations: 7 });
    other.opt.step(other.closure);
    expect([other.opt.reason, other.opt.evaluations]).toEqual(["evaluations", 7]);
  });

  test("by default 20 iterations and 25 evaluations, which a line search may exceed by one", () => {
    const { opt, closure } = solve("rosenbrock10", { history: 3 });
    opt.step(closure);
    expect(opt.t <= 20 && opt.evaluations <= 26 && (opt.t === 20 || opt.evaluations >= 25)).toBe(true);
  });

  test("precision: a minimum that f32 does not have, found to the last bit", () => {
    const third = 1 / 3;
    const { opt, closure } = line(
      10,
      (x) => (x - third) ** 2,
      (x) => 2 * (x - third),
      { gradientTolerance: 0, changeTolerance: 0, iterations: 100 },
    );
    opt.step(closure);
    expect([opt.reason, opt.params.x[0]]).toEqual(["precision", Math.fround(third)]);
    expect(opt.evaluations).toBeLessThan(30);
  });

  test("precision: a gradient of the wrong sign, at once and without a step", () => {
    const { opt, closure } = line(
      5,
      (x) => x ** 2,
      (x) => -2 * x,
      { iterations: 100 },
    );
    opt.step(closure);
    expect([opt.reason, opt.t, opt.params.x[0], opt.loss]).toEqual(["precision", 0, 5, 25]);
  });

  test.each([
    ["-x²", (x: number) => -(x ** 2), (x: number) => -2 * x],
    ["-x⁴, whose gradient overflows first", (x: number) => -(x ** 4), (x: number) => -4 * x ** 3],
    ["-x", (x: number) => -x, () => -1],
  ])("unbounded: %s", (_, f, derivative) => {
    const { opt, closure, seen } = line(1, f, derivative, { iterations: 100 });
    opt.step(closure);
    expect(opt.reason).toBe("unbounded");
    expect(opt.loss).toBe(f(opt.params.x[0]));
    expect(Number.isFinite(opt.loss) && Number.isFinite(opt.gradientNorm)).toBe(true);
    expect(opt.loss).toBeLessThan(-1e20);
    expect(seen.every(Number.isFinite)).toBe(true);
  });
});

describe("what is not finite", () => {
  test.each([Number.NaN, Infinity, -Infinity])("a loss of %d at the start: an error, and the next call goes on", (value) => {
    const { opt, closure } = solve("beale", { iterations: 5 });
    opt.step(closure);
    const before = [...opt.params.x, opt.t, opt.loss, opt.gradientNorm];
    expect(() => opt.step(() => value)).toThrow(
      new RangeError(`lbfgs: the loss at the start expected a finite number, got ${value}`),
    );
    expect([...opt.params.x, opt.t, opt.loss, opt.gradientNorm]).toEqual(before);
    opt.step(closure);
    expect(opt.loss).toBeLessThan(before[3]);
  });

  test("a gradient at the start: the error names the element", () => {
    const opt = lbfgs({ a: 2, b: Float32Array.of(1, 2, 3) });
    const closure = () => {
      opt.grads.b[2] = Number.NaN;
      return 1;
    };
    expect(() => opt.step(closure)).toThrow(
      new RangeError("lbfgs: the gradient of b[2] at the start expected a finite number, got NaN"),
    );
    expect([...opt.params.b]).toEqual([1, 2, 3]);
  });

  test("in the line search it is a step too far: first steps that leave the domain of log", () => {
    const { opt, closure, seen } = line(
      0.001,
      (x) => Math.log(x) ** 2,
      (x) => (2 * Math.log(x)) / x,
      { lr: 100, iterations: 100 },
    );
    const far = line(
      30,
      (x) => x ** 4 - Math.log(x),
      (x) => 4 * x ** 3 - 1 / x,
      { lr: 1000, iterations: 100 },
    );
    opt.step(closure);
    far.opt.step(far.closure);
    expect(far.seen.some((x) => x < 0)).toBe(true);
    if (!(Math.abs(opt.params.x[0] - 1) <= 1e-5)) expect.fail(`ended at ${opt.params.x[0]}`);
    if (!(Math.abs(far.opt.params.x[0] - Math.SQRT1_2) <= 1e-5)) expect.fail(`ended at ${far.opt.params.x[0]}`);
    expect(seen.length).toBe(opt.evaluations);
  });

  test("in the line search, a loss that is NaN though its gradient is finite", () => {
    const { opt, closure } = line(
      30,
      (x) => (x < 0 ? Number.NaN : (x - 3) ** 2),
      (x) => 2 * (x - 3),
      { lr: 1000, iterations: 100 },
    );
    opt.step(closure);
    if (!(Math.abs(opt.params.x[0] - 3) <= 1e-3)) expect.fail(`ended at ${opt.params.x[0]}`);
  });

  test("a move without line search: an error, and the point before comes back", () => {
    const { opt, closure, seen } = line(
      0.5,
      (x) => Math.log(x),
      (x) => 1 / x,
      { lineSearch: "none" },
    );
    expect(() => opt.step(closure)).toThrow(
      new RangeError("lbfgs: the loss after iteration 1 expected a finite number, got NaN"),
    );
    expect([opt.params.x[0], opt.t]).toEqual([0.5, 0]);
    expect(seen.length).toBe(2);
  });
});

describe("a closure that throws", () => {
  test.each([1, 2, 5, 9])("at call %d: the parameters are those of the last iteration completed", (when) => {
    const points = new Set<string>();
    const { opt, closure } = solve("rosenbrock10", { iterations: 1, evaluations: 100 });
    points.add(String(opt.params.x));
    let calls = 0;
    const failing = () => {
      calls += 1;
      if (calls === when) throw new Error("out of data");
      return closure();
    };
    expect(() => {
      for (;;) {
        opt.step(failing);
        points.add(String(opt.params.x));
      }
    }).toThrow("out of data");
    const [last] = [...points].slice(-1);
    expect(String(opt.params.x)).toBe(last);
    const { loss } = opt;
    const again = opt.step(closure);
    if (when > 1) expect(again).toBe(loss);
    expect(opt.loss).toBeLessThan(again);
  });
});

describe("memory", () => {
  test("parameters and gradients are views of one memory that keep their names", () => {
    const opt = lbfgs({ ["__proto__"]: 2, weight: [2, 3] }, { history: 3 });
    expect(Object.keys(opt.params)).toEqual(["__proto__", "weight"]);
    expect(opt.params.weight.buffer).toBe(opt.grads.weight.buffer);
    expectTypeOf(opt.params.weight).toEqualTypeOf<Float32Array<ArrayBuffer>>();
    // @ts-expect-error
    expect(opt.params.wieght).toBeUndefined();
  });

  test("a history that exceeds it: the error says how long it may be", () => {
    expect(() => lbfgs({ x: 10_000_000 })).toThrow(
      "lbfgs: 10000000 parameters with a history of 100 exceed one WebAssembly memory; expected a history of at most 50",
    );
    expect(() => lbfgs({ x: 2 ** 31 })).toThrow("expected fewer parameters");
  });

  test("gradients are 0 when the closure is called", () => {
    const { opt, closure } = solve("beale", { iterations: 3 });
    let calls = 0;
    opt.step(() => {
      expect([...opt.grads.x]).toEqual([0, 0]);
      calls += 1;
      return closure();
    });
    expect(calls).toBe(opt.evaluations);
  });

  test("an iteration leaves nothing behind", () => {
    const opt = lbfgs({ x: fill(new Float32Array(64), random(3)) }, { history: 5, changeTolerance: 0, gradientTolerance: 0 });
    const closure = () => {
      opt.grads.x.set(opt.params.x);
      opt.grads.x[0] += 1e-3; // turns, so that it never ends
      return opt.params.x[0] * 1e-3 + opt.params.x.reduce((sum, x) => sum + x * x, 0) / 2;
    };
    const run = () => {
      for (let i = 0; i < 2000; i++) {
        opt.params.x[i % 64] += 1;
        opt.step(closure);
      }
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const first = run();
    const bytes = run() - first;
    expect(bytes).toBeLessThan(500_000); // 2,000 numbers a call kept would be 16 kB each
  });
});

describe("bad input: nothing is done", () => {
  const intervals = { lr: "(0,inf)", gradientTolerance: "[0,inf)", changeTolerance: "[0,inf)" };
  const integers = ["iterations", "evaluations", "history"];
  test.each<[string, unknown, ErrorConstructor, string]>([
    ...Object.entries(intervals).flatMap(([name, interval]): [string, unknown, ErrorConstructor, string][] => [
      [name, "1", TypeError, `lbfgs: ${name} expected a number in ${interval}, got "1"`],
      [name, () => 1, TypeError, `lbfgs: ${name} expected a number in ${interval}, got a function`],
      [name, -1, RangeError, `lbfgs: ${name} expected in ${interval}, got -1`],
      [name, Number.NaN, RangeError, `lbfgs: ${name} expected in ${interval}, got NaN`],
      [name, Infinity, RangeError, `lbfgs: ${name} expected in ${interval}, got Infinity`],
    ]),
    ["lr", 0, RangeError, "lbfgs: lr expected in (0,inf), got 0"],
    ...integers.flatMap((name): [string, unknown, ErrorConstructor, string][] => [
      [name, null, TypeError, `lbfgs: ${name} expected an integer of at least 1, got null`],
      [name, 0, RangeError, `lbfgs: ${name} expected an integer of at least 1, got 0`],
      [name, 2.5, RangeError, `lbfgs: ${name} expected an integer of at least 1, got 2.5`],
      [name, Infinity, RangeError, `lbfgs: ${name} expected an integer of at least 1, got Infinity`],
    ]),
    ["lineSearch", "strong_wolfe", RangeError, 'lbfgs: lineSearch expected one of strongWolfe, none, got "strong_wolfe"'],
    ["lineSearch", null, TypeError, "lbfgs: lineSearch expected one of strongWolfe, none, got null"],
    [
      "historySize",
      3,
      TypeError,
      'lbfgs: unknown option "historySize"; did you mean history? The options are lr, iterations, evaluations',
    ],
  ])("%s: %s", (name, value, type, message) => {
    const call = () => lbfgs({ x: 1 }, { [name]: value });
    expect(call).toThrow(type);
    expect(call).toThrow(message);
  });

  test("parameters", () => {
    expect(() => lbfgs({})).toThrow(new RangeError("lbfgs: parameters expected at least one parameter, got none"));
    expect(() => lbfgs({ x: 0 })).toThrow(RangeError);
    // @ts-expect-error
    expect(() => lbfgs({ x: "1" })).toThrow(TypeError);
    expect(() => lbfgs(3)).toThrow(TypeError);
    // @ts-expect-error
    expect(() => lbfgs({ x: 1 }, 3)).toThrow(TypeError);
  });

  test.each<[unknown, string]>([
    [undefined, "lbfgs: closure expected a function, got undefined"],
    [3, "lbfgs: closure expected a function, got 3"],
    [() => {}, "lbfgs: closure expected to return the loss, a number, got undefined"],
    [() => "1", 'lbfgs: closure expected to return the loss, a number, got "1"'],
    [async () => 1, "lbfgs: closure expected to return the loss, a number, got [object Promise]"],
  ])("closure %s", (closure, message) => {
    const { opt } = solve("beale");
    const call = () => opt.step(closure as () => number);
    expect(call).toThrow(TypeError);
    expect(call).toThrow(message);
    expect([...opt.params.x, opt.t, opt.reason]).toEqual([1, 1, 0, undefined]);
  });
});
