import { describe, expect, test } from "vitest";
import { adam, asgd, nesterov, type Optimizer, prodigy, scheduleFreeSgd, sgd } from "../../src/index.js";
import { type SharpnessOptions, sharpness } from "../../src/training/sharpness.js";
import { problems } from "../support/problems.js";
import { fill, random } from "../support/random.js";

type Function = (x: Float32Array, g: Float32Array) => number;

/** The sharpness of a function at a point. */
const at = (f: Function, x: readonly number[], options?: SharpnessOptions) => {
  const opt = sgd({ x: Float32Array.from(x) });
  return sharpness(opt, () => f(opt.params.x, opt.grads.x), options);
};

/** Half the sum of curvatures times squares. */
const bowl =
  (...curvatures: readonly number[]): Function =>
  (x, g) => {
    for (const [i, curvature] of curvatures.entries()) g[i] += curvature * x[i];
    return curvatures.reduce((sum, curvature, i) => sum + (curvature * x[i] ** 2) / 2, 0);
  };

const near = (found: number, expected: number, tolerance = 1e-6) => {
  if (!(Math.abs(found - expected) <= tolerance * Math.abs(expected))) expect.fail(`${found}, expected ${expected}`);
};

describe("known answers", () => {
  const curvatures = [9, 5, 4, 1, 0.5, 0];
  const trace = 19.5;

  test.each([0.05, 1, 30])("at the minimum of a bowl, radius %d", (radius) => {
    const { loss, worst, average } = at(bowl(...curvatures), [0, 0, 0, 0, 0, 0], { radius });
    expect(loss).toBe(0);
    near(worst, (radius ** 2 * 9) / 2, 1e-4);
    near(average, (radius ** 2 * trace) / (2 * 6));
  });

  test("away from the minimum: the gradient's part too", () => {
    const x = [0.5, -1, 0.25, 2];
    const { loss, worst, average } = at(bowl(3, 3, 3, 3), x, { radius: 0.5 });
    const distance = Math.hypot(...x);
    expect(loss).toBe((3 * distance ** 2) / 2);
    near(worst, 3 * (distance * 0.5 + 0.5 ** 2 / 2));
    near(average, (0.5 ** 2 * 12) / (2 * 4)); // opposite directions cancel the gradient
  });

  test("of a bowl aslant: the root of the secular equation", () => {
    // Largest of bᵀe + eᵀHe/2: e = (l − H)⁻¹b with ‖e‖ = radius and l above all curvatures. x and y are turned by 3-4-5.
    const [steep, flat, b, c] = [7, 2, 0.3, -0.9];
    const slanted: Function = (x, g) => {
      const [u, v] = [(4 * x[0] + 3 * x[1]) / 5, (4 * x[1] - 3 * x[0]) / 5];
      const [gu, gv] = [steep * u + b, flat * v + c];
      g[0] += (4 * gu - 3 * gv) / 5;
      g[1] += (3 * gu + 4 * gv) / 5;
      return (steep * u * u + flat * v * v) / 2 + b * u + c * v;
    };
    const radius = 0.5;
    let [low, high] = [steep, 100];
    for (let i = 0; i < 100; i++) {
      const middle = (low + high) / 2;
      if (Math.hypot(b / (middle - steep), c / (middle - flat)) > radius) low = middle;
      else high = middle;
    }
    const [u, v] = [b / (low - steep), c / (low - flat)];
    const { worst, average } = at(slanted, [0, 0], { radius, samples: 400 });
    near(worst, (steep * u * u + flat * v * v) / 2 + b * u + c * v, 1e-4);
    near(average, (radius ** 2 * 9) / 4, 0.05);
  });

  test("a plane", () => {
    const plane: Function = (x, g) => {
      g[0] += 3;
      g[1] -= 4;
      return 3 * x[0] - 4 * x[1];
    };
    const { worst, average } = at(plane, [1, 1], { radius: 0.25 });
    near(worst, 5 * 0.25);
    expect(Math.abs(average)).toBeLessThan(1e-7);
  });

  test("a saddle, whose steepest curvature is downwards", () => {
    near(at(bowl(-50, 1, -2), [0, 0, 0], { radius: 0.1 }).worst, 0.1 ** 2 / 2, 0.02);
    near(at(bowl(-50, 1, -2), [0, 0, 0], { radius: 0.1, steps: 50 }).worst, 0.1 ** 2 / 2, 1e-4);
  });

  test("a maximum: nothing is higher", () => {
    const { worst, average } = at(bowl(-2, -2), [0, 0], { radius: 0.1 });
    expect(worst).toBe(0);
    near(average, -(0.1 ** 2));
  });

  test("a ridge nearer than the radius", () => {
    const wave: Function = ([x], g) => {
      g[0] = Math.sin(x);
      return 1 - Math.cos(x);
    };
    near(at(wave, [0], { radius: 5 }).worst, 2, 1e-3);
    near(at(wave, [0.5], { radius: 5 }).worst, 2 - (1 - Math.cos(0.5)), 1e-3);
  });

  test.each([
    ["beale", 0.2, 1],
    ["beale", 0.5, -0.5],
    ["rosenbrock10", 0.2, 0.5],
    ["rosenbrock10", 0.5, -0.3],
    ["logistic", 1, 0.1],
  ])("%s, radius %d: no random point is higher", (name, radius, offset) => {
    const { f, start } = problems[name];
    const x = start.map((x) => x + offset);
    const { worst } = at(f, x, { radius });
    const [source, unused] = [random(3), new Float32Array(x.length)];
    const base = f(Float32Array.from(x), unused);
    for (let i = 0; i < 5000; i++) {
      const move = fill(new Float64Array(x.length), source);
      const factor = radius / Math.hypot(...move);
      const higher =
        f(
          Float32Array.from(x, (x, i) => x + factor * move[i]),
          unused,
        ) - base;
      if (!(higher <= worst * 1.001)) expect.fail(`${higher} is more than ${worst}`);
    }
  });

  test("the flat and the sharp minimum of a double well", () => {
    // Curvature 2 at -1, 72 at 1; both minima are 0.
    const well: Function = ([x], g) => {
      const slope = x < 0 ? 1 : 6;
      g[0] = 2 * slope * slope * (Math.abs(x) - 1) * (x < 0 ? -1 : 1);
      return (slope * (Math.abs(x) - 1)) ** 2;
    };
    const [flat, sharp] = [at(well, [-1]), at(well, [1])];
    near(flat.worst, 0.05 ** 2, 1e-5);
    near(sharp.worst, 36 * 0.05 ** 2, 1e-5);
    near(flat.average, 0.05 ** 2, 1e-5);
    near(sharp.average, 36 * 0.05 ** 2, 1e-5);
  });
});

describe("adaptive", () => {
  /** Half the square error of y = b·a·x, a linear net of two layers with two hidden units, on three points. */
  const net = (scale: number, options: SharpnessOptions) => {
    const opt = sgd({ a: Float32Array.of(0.5 * scale, -1.5 * scale), b: Float32Array.of(2 / scale, 0.75 / scale) });
    const { a, b } = opt.params;
    const loss = () => {
      let sum = 0;
      for (const [x, y] of [
        [1, 0.5],
        [-2, 1],
        [0.5, 2],
      ]) {
        const error = (a[0] * b[0] + a[1] * b[1]) * x - y;
        sum += error ** 2 / 2;
        for (const i of [0, 1]) {
          opt.grads.a[i] += error * b[i] * x;
          opt.grads.b[i] += error * a[i] * x;
        }
      }
      return sum;
    };
    return sharpness(opt, loss, options);
  };

  test("is the same when weights are rescaled between layers", () => {
    const options = { radius: 0.3, adaptive: true };
    const expected = net(1, options);
    expect(net(4, options)).toEqual(expected); // powers of two round nothing
    expect(net(1 / 32, options)).toEqual(expected);
    const { worst, average } = net(3, options);
    near(worst, expected.worst, 1e-5);
    near(average, expected.average, 1e-5);
  });

  test("and is not without the option", () => {
    const expected = net(1, { radius: 0.3 }).worst;
    expect(net(4, { radius: 0.3 }).worst).toBeGreaterThan(3 * expected);
  });

  test("moves in proportion to the parameters, and those that are 0 not at all", () => {
    // With e = |p|·u: curvatures 1·4², 0, 4·3².
    const centered: Function = (x, g) => bowl(1, 1e6, 4)(Float32Array.of(x[0] - 4, x[1], x[2] + 3), g);
    const { worst, average } = at(centered, [4, 0, -3], { radius: 0.1, adaptive: true });
    near(worst, (0.1 ** 2 * 36) / 2, 1e-4);
    near(average, (0.1 ** 2 * (16 + 36)) / (2 * 2), 1e-5);
  });

  test("all 0: nothing moves", () => {
    expect(at(bowl(1, 1), [0, 0], { adaptive: true })).toEqual({ loss: 0, worst: 0, average: 0 });
  });
});

test("infinite where the loss is not finite nearby", () => {
  const logarithm: Function = ([x], g) => {
    g[0] = -1 / x;
    return -Math.log(x); // NaN below 0
  };
  expect(at(logarithm, [0.5], { radius: 0.6 })).toMatchObject({ worst: Infinity, average: Infinity });
  expect(at(logarithm, [0.5], { radius: 0.4 }).worst).toBeLessThan(Infinity);
});

test("steps, samples and seed", () => {
  const count = (options: SharpnessOptions) => {
    let calls = 0;
    const result = at(
      (x, g) => {
        calls += 1;
        expect([...g]).toEqual([0, 0, 0, 0]);
        const mixed = x[0] * x[1] + 2 * x[2] * x[3];
        g.set([x[1] * 1.5, x[0] * 1.5, 3 * x[3], 3 * x[2]]);
        return mixed * 1.5;
      },
      [1, 2, -1, 0.5],
      options,
    );
    return { calls, result };
  };
  const { calls, result } = count({});
  expect(calls).toBe(2 + 2 * 10 + 2 * 20);
  expect(count({ steps: 3, samples: 4 }).calls).toBe(2 + 2 * 4 + 2 * 3);
  expect(count({})).toEqual({ calls, result });
  expect(count({ seed: 1 }).result.average).not.toBe(result.average);
  // The same on every engine.
  expect(result).toEqual({ loss: 1.5, worst: 0.23649041816494787, average: -0.0001873653084043525 });
});

const bits = (opt: Optimizer) =>
  JSON.stringify([opt.params, opt.state, opt.carry, opt.t, opt.gradNorm, opt.hyper, opt.evaluating], (_, value) =>
    value instanceof Float32Array ? [...new Uint32Array(value.slice().buffer)] : value,
  );

describe("the optimizer is as it was, bit for bit", () => {
  const rules: [string, (x: { x: Float32Array; y: number[] }) => Optimizer][] = [
    ["sgd", (x) => sgd(x)],
    ["adam", (x) => adam(x, { clipNorm: 1 })],
    ["prodigy", (x) => prodigy(x)],
    ["scheduleFreeSgd", (x) => scheduleFreeSgd(x, { lr: 0.1 })],
  ];
  const make = (rule: (typeof rules)[number][1]) => {
    const opt = rule({ x: Float32Array.of(1, -2, -0, 1e-42, 5), y: [2, 2] });
    const loss = () => {
      let sum = 0;
      for (const name of ["x", "y"]) {
        for (const [i, p] of opt.params[name].entries()) {
          sum += p ** 2;
          opt.grads[name][i] += 2 * p;
        }
      }
      return sum;
    };
    return { opt, loss };
  };

  test.each(rules)("%s", (_, rule) => {
    const { opt, loss } = make(rule);
    const fresh = bits(opt);
    sharpness(opt, loss);
    expect(bits(opt)).toBe(fresh);
    for (let t = 0; t < 3; t++) {
      opt.zeroGrad();
      loss();
      opt.step();
    }
    const before = bits(opt);
    for (const adaptive of [false, true]) {
      expect(sharpness(opt, loss, { adaptive }).worst).toBeGreaterThan(0);
      expect(bits(opt)).toBe(before);
      expect([...opt.grads.x, ...opt.grads.y]).toEqual(Array(9).fill(0));
    }
  });

  test.each([1, 2, 3, 15, 30, 60])("when call %d throws", (call) => {
    const { opt, loss } = make(rules[1][1]);
    const before = bits(opt);
    let calls = 0;
    const failing = () => {
      if (++calls === call) throw new Error("no data");
      return loss();
    };
    expect(() => sharpness(opt, failing)).toThrow("no data");
    expect(bits(opt)).toBe(before);
    expect([...opt.grads.x, ...opt.grads.y]).toEqual(Array(9).fill(0));
  });

  test.each([
    ["asgd", (x: { x: number }) => asgd(x, { lr: 0.1, t0: 0 })],
    ["scheduleFreeSgd", (x: { x: number }) => scheduleFreeSgd(x, { lr: 0.1 })],
  ] as const)("%s between eval() and train(): the parameters shown are measured, and stay", (_, rule) => {
    const opt: Optimizer = rule({ x: 2 });
    const { x } = opt.params;
    const loss = () => {
      opt.grads.x.set([x[0] - 1, 4 * (x[1] + 2)]);
      return (x[0] - 1) ** 2 / 2 + 2 * (x[1] + 2) ** 2;
    };
    for (let t = 0; t < 5; t++) {
      loss();
      opt.step();
    }
    const [trained, there] = [bits(opt), sharpness(opt, loss)];
    opt.eval();
    const [evaluated, here] = [bits(opt), sharpness(opt, loss)];
    expect(bits(opt)).toBe(evaluated);
    expect(here.loss).toBe(loss());
    expect(here.loss).not.toBe(there.loss);
    opt.train();
    expect(bits(opt)).toBe(trained);
  });
});

test("frozen groups do not move", () => {
  const groups = [{ match: ["b"] as const, frozen: true }];
  const opt = sgd({ a: 2, b: 2 }, { groups });
  const { a, b } = opt.params;
  const loss = () => {
    opt.grads.a.set([a[0], 2 * a[1]]);
    opt.grads.b.set([10 * b[0], 10 * b[1]]);
    return a[0] ** 2 / 2 + a[1] ** 2 + 5 * (b[0] ** 2 + b[1] ** 2);
  };
  const frozen = sharpness(opt, loss, { radius: 1 });
  near(frozen.worst, 1, 1e-4);
  near(frozen.average, 3 / 4);
  opt.groups[0].frozen = false;
  const all = sharpness(opt, loss, { radius: 1 });
  near(all.worst, 5, 1e-4);
  near(all.average, 23 / 8);
});

const options = "radius, adaptive, steps, samples, seed";
test.each<[string, unknown, ErrorConstructor, string]>([
  ["options", 3, TypeError, "sharpness: options expected a plain object, got 3"],
  ["misspelt", { rho: 1 }, TypeError, `sharpness: unknown option "rho"; did you mean radius? The options are ${options}`],
  ["radius", { radius: 0 }, RangeError, "sharpness: radius expected in (0,inf), got 0"],
  ["adaptive", { adaptive: 1 }, TypeError, "sharpness: adaptive expected true or false, got 1"],
  ["steps", { steps: 0 }, RangeError, "sharpness: steps expected an integer of at least 1, got 0"],
  ["samples", { samples: 0.5 }, RangeError, "sharpness: samples expected an integer of at least 1, got 0.5"],
  ["seed", { seed: -1 }, RangeError, "sharpness: seed expected an integer of at least 0, got -1"],
  ["a large seed", { seed: 2 ** 32 }, RangeError, "sharpness: seed expected at most 2^32 - 1, got 4294967296"],
])("bad input: %s", (_, options, type, message) => {
  let calls = 0;
  const call = () => sharpness(sgd({ x: 1 }), () => ++calls, options as never);
  expect(call).toThrow(type);
  expect(call).toThrow(message);
  expect(calls).toBe(0);
});

test.each<[string, (x: Float32Array, g: Float32Array, call: number) => unknown, ErrorConstructor, string]>([
  ["no number", () => "1", TypeError, 'sharpness: loss expected to return the loss, a number, got "1"'],
  ["NaN", () => Number.NaN, RangeError, "sharpness: the loss at the parameters expected a finite number, got NaN"],
  [
    "a gradient of infinity",
    (_, g) => {
      g[0] = Infinity;
      return 1;
    },
    RangeError,
    "sharpness: the norm of the gradient expected a finite number, got Infinity",
  ],
  [
    "another loss at the same parameters",
    (_, __, call) => call,
    RangeError,
    "sharpness: loss, called again at the same parameters, expected 1 again, got 2",
  ],
])("bad loss: %s", (_, loss, type, message) => {
  const opt = sgd({ x: Float32Array.of(3) });
  let calls = 0;
  const call = () => sharpness(opt, () => loss(opt.params.x, opt.grads.x, ++calls) as number);
  expect(call).toThrow(type);
  calls = 0;
  expect(call).toThrow(message);
  expect(opt.params.x[0]).toBe(3);
  expect(opt.grads.x[0]).toBe(0);
});

test("bad input: no optimizer, no loss, a shifted one", () => {
  expect(() => sharpness({ step() {} } as never, () => 1)).toThrow("sharpness: optimizer expected an optimizer made by a rule");
  expect(() => sharpness(sgd({ x: 1 }), undefined as never)).toThrow("sharpness: loss expected a function, got undefined");
  const shifted = nesterov({ x: 1 });
  shifted.shift();
  const message = "sharpness: the optimizer is shifted; expected step() or unshift() first";
  expect(() => sharpness(shifted, () => 1)).toThrow(message);
});
