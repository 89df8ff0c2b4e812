import { describe, expect, test } from "vitest";
import {
  adam,
  cosineDecay,
  findRate,
  lamb,
  momentum,
  NonFiniteError,
  type Optimizer,
  prodigy,
  rmsprop,
  rprop,
  sgd,
} from "../../src/index.js";
import type { AnyRule } from "../support/configurations.js";
import { everything, feed, make, run } from "../support/runs.js";

/** A bowl of curvatures 1 to 5; sgd diverges where its rate is above 0.4. */
const onBowl = (rule: (params: { x: Float32Array }) => Optimizer) => {
  const opt = rule({ x: Float32Array.of(1, -2, 3, -4, 5) });
  const gradient = () => {
    const { x } = opt.params;
    for (let i = 0; i < x.length; i++) opt.grads.x[i] = (i + 1) * x[i];
    return x.reduce((sum, x, i) => sum + ((i + 1) * x * x) / 2, 0);
  };
  return { opt, gradient };
};

const bits = (opt: Optimizer) =>
  JSON.stringify([opt.params, opt.state, opt.carry, opt.t, opt.groups], (_, value) =>
    value instanceof Float32Array ? [...new Uint32Array(value.slice().buffer)] : value,
  );

const gradient = () => 1;

describe.each([
  ["sgd", (x: { x: Float32Array }) => sgd(x, { lr: 0.1 })],
  ["momentum", (x: { x: Float32Array }) => momentum(x, { lr: cosineDecay(0.1, { steps: 10 }) })],
  ["adam", (x: { x: Float32Array }) => adam(x, { lr: 0.1, beta1: (t: number) => 0.9 / (1 + t) })],
  ["rmsprop", (x: { x: Float32Array }) => rmsprop(x, { lr: 0.1, centered: true, momentum: 0.5 })],
  ["prodigy", (x: { x: Float32Array }) => prodigy(x)],
] as const)("%s", (_, rule) => {
  test("restores the optimizer bit for bit", () => {
    const [one, other] = [onBowl(rule), onBowl(rule)];
    for (const { opt, gradient } of [one, other]) {
      for (let t = 0; t < 3; t++) {
        gradient();
        opt.step();
      }
    }
    const { opt, gradient } = one;
    const { lr } = opt.hyper;
    const { rates } = findRate(opt, { count: 1, gradient });
    expect(rates.length).toBeGreaterThan(50);
    expect(bits(opt)).toBe(bits(other.opt));
    expect(opt.hyper.lr).toBe(lr);
    expect(opt.current.lr).toBe(other.opt.current.lr);
    expect([...opt.grads.x]).toEqual([0, 0, 0, 0, 0]);
  });
});

test("rates, losses, smoothed losses and the end", () => {
  const { opt, gradient } = onBowl((x) => sgd(x));
  const { rates, losses, smoothed, suggestion } = findRate(opt, {
    count: 1,
    gradient,
    from: 1e-3,
    to: 100,
    steps: 51,
    smoothing: 0.5,
  });
  expect(rates[0]).toBe(1e-3);
  for (const [i, rate] of rates.entries()) expect(Math.abs(rate / (1e-3 * 1e6 ** (i / 60)) - 1)).toBeLessThanOrEqual(1e-12);
  let [sum, weight] = [0, 0];
  for (const [i, loss] of losses.entries()) {
    sum = 0.5 * sum + loss;
    weight = 0.5 * weight + 1;
    expect(Math.abs(smoothed[i] / (sum / weight) - 1)).toBeLessThanOrEqual(1e-12);
  }
  const best = (end: number) => Math.min(...smoothed.slice(0, end));
  expect(smoothed.length).toBeLessThan(61);
  expect(smoothed[smoothed.length - 1]).toBeGreaterThan(4 * best(smoothed.length));
  for (let i = 1; i < smoothed.length - 1; i++) expect(smoothed[i]).toBeLessThanOrEqual(4 * best(i + 1));
  // By far the steepest, of the points after the first six and before the lowest.
  const lowest = smoothed.indexOf(best(smoothed.length));
  const slopes = rates.map((_, i) => (i >= 6 && i < lowest ? smoothed[i + 1] - smoothed[i - 1] : 0));
  expect(suggestion).toBe(rates[slopes.indexOf(Math.min(...slopes))]);
  expect(suggestion).toBeGreaterThan(0.01);
  expect(suggestion).toBeLessThan(0.4);
});

test("batches are those of fit, epoch after epoch", () => {
  const { opt, gradient } = onBowl((x) => sgd(x));
  const seen: number[] = [];
  findRate(opt, { count: 5, batch: 2, steps: 6, to: 1e-6, gradient: (indices) => seen.push(...indices) && gradient() });
  expect(seen.length).toBe(10);
  expect([...seen.slice(0, 5)].sort()).toEqual([0, 1, 2, 3, 4]);
  expect([...seen.slice(5)].sort()).toEqual([0, 1, 2, 3, 4]);
});

test("a loss that is not finite ends the curve; a curve that never falls gives no suggestion", () => {
  const { opt } = onBowl((x) => sgd(x));
  let calls = 0;
  const curve = findRate(opt, { count: 1, gradient: () => (++calls < 20 ? calls : Number.NaN) });
  expect(curve.losses).toEqual([1, 2, 3, 4, 5, 6, 7, 8].slice(0, curve.losses.length));
  expect(curve.suggestion).toBeUndefined();
  calls = 0;
  expect(findRate(opt, { count: 1, gradient: () => (++calls < 20 ? 1 : Number.NaN) }).losses).toEqual(Array(19).fill(1));
});

test("an exception passes through, and the optimizer is restored", () => {
  const { opt, gradient } = onBowl((x) => momentum(x, { lr: 0.1 }));
  const before = bits(opt);
  let calls = 0;
  const failing = () => {
    if (++calls > 5) throw new Error("no data");
    return gradient();
  };
  expect(() => findRate(opt, { count: 1, gradient: failing })).toThrow("no data");
  expect(bits(opt)).toBe(before);
  expect(opt.hyper.lr).toBe(0.1);
});

test.each<[string, object | undefined, ErrorConstructor, string]>([
  ["no options", undefined, TypeError, "findRate: options expected an object, got undefined"],
  ["no gradient", { count: 1 }, TypeError, "findRate: gradient expected a function, got undefined"],
  ["no count", { gradient }, TypeError, "findRate: count expected an integer of at least 1, got undefined"],
  ["misspelt", { count: 1, gradient, form: 1 }, TypeError, 'findRate: unknown option "form"'],
  [
    "batch",
    { count: 1, gradient, batch: 0 },
    RangeError,
    'findRate: batch, if not "all", expected an integer of at least 1, got 0',
  ],
  ["from", { count: 1, gradient, from: 0 }, RangeError, "findRate: from expected in (0,inf), got 0"],
  ["to", { count: 1, gradient, from: 1, to: 1 }, RangeError, "findRate: to expected more than from, 1, got 1"],
  ["steps", { count: 1, gradient, steps: 1 }, RangeError, "findRate: steps expected an integer of at least 2, got 1"],
  ["smoothing", { count: 1, gradient, smoothing: 1 }, RangeError, "findRate: smoothing expected in [0,1), got 1"],
  [
    "a loss that is no number",
    { count: 1, gradient: () => "1" },
    TypeError,
    'findRate: gradient expected to return the loss, a number, got "1"',
  ],
  [
    "a first loss of NaN",
    { count: 1, gradient: () => Number.NaN },
    RangeError,
    "findRate: the first loss expected a finite number, got NaN",
  ],
])("bad input: %s", (_, options, type, message) => {
  const { opt } = onBowl((x) => sgd(x));
  const call = () => findRate(opt, options as never);
  expect(call).toThrow(type);
  expect(call).toThrow(message);
  expect(opt.hyper.lr).toBe(1e-3);
});

test("bad input: no optimizer", () => {
  expect(() => findRate({ step() {} } as never, { count: 1, gradient })).toThrow(TypeError);
});

test("restores hyper-parameters and norm, and later steps are the same", () => {
  const make = () => {
    const groups = [{ match: ["b"] as const, lr: (t: number) => 1 / (1 + t) }];
    const opt = adam({ a: 2, b: 2 }, { lr: (t) => (t === 0 ? 1e-3 : 1e-50), clipNorm: 1, groups });
    opt.grads.a.fill(3);
    for (let t = 0; t < 3; t++) opt.step();
    return opt;
  };
  const [opt, other] = [make(), make()];
  const setting = opt.hyper.lr;
  findRate(opt, { count: 8, steps: 10, gradient: () => opt.grads.a.fill(1).length });
  expect(opt.hyper.lr).toBe(setting);
  for (const one of [opt, other]) one.grads.a.fill(2);
  expect([opt.gradNorm, opt.current, opt.groups[0].current]).toEqual([other.gradNorm, other.current, other.groups[0].current]);
  opt.step();
  other.step();
  expect([opt.params, opt.state, opt.groups[0].steps]).toEqual([other.params, other.state, other.groups[0].steps]);
});

test("a rule whose rate cannot be set is refused", () => {
  expect(() => findRate(rprop({ x: 1 }), { count: 1, gradient: () => 1 })).toThrow(
    'findRate: optimizer expected one whose lr can be set later, got "rprop"',
  );
});

test("a gradient that is not finite ends the search, and the optimizer is restored", () => {
  const opt = sgd({ x: 1 });
  let calls = 0;
  const curve = findRate(opt, {
    count: 1,
    gradient: () => {
      calls += 1;
      opt.grads.x[0] = calls === 4 ? Number.NaN : 1;
      return 1;
    },
  });
  expect([curve.losses.length, calls, opt.t, opt.params.x[0]]).toEqual([4, 4, 0, 0]);
});

test("with sam, each step asks for two gradients, the second at the shifted point", () => {
  const opt = sgd({ x: 1 }, { sam: { radius: 0.5 } });
  const seen: number[] = [];
  findRate(opt, {
    count: 1,
    from: 1e-3,
    to: 1e-2,
    steps: 2,
    gradient: () => {
      seen.push(opt.params.x[0]);
      opt.grads.x[0] += 2;
      return 1;
    },
  });
  const step = Math.fround(-2e-3);
  expect(seen).toEqual([0, 0.5, step, Math.fround(step + 0.5)]);
  expect([opt.shifted, opt.params.x[0]]).toEqual([false, 0]);
});

test("restores averages, slow parameters, skips, loss scale and accumulated gradients", () => {
  const options = { ema: true, lookahead: true, lossScale: { interval: 1 }, accumulate: true, clipNorm: 1 } as const;
  const [opt, same] = [0, 1].map(() => run(make(lamb as unknown as AnyRule, options), 3));
  const gradient = () => {
    feed(opt.grads, 5);
    return 1;
  };
  const before = { ...everything(opt), skipped: opt.skipped };
  findRate(opt, { count: 10, gradient, steps: 5 });
  expect({ ...everything(opt), skipped: opt.skipped }).toEqual(before);
  expect(everything(run(opt, 3))).toEqual(everything(run(same, 3)));
});

test("keeps accumulated gradients, does not use them, and keeps the count of skips in a row", () => {
  const opt = sgd({ x: 1 }, { lr: 1, accumulate: true, nonFinite: "skip", maxSkips: 2 });
  opt.grads.x[0] = Number.NaN;
  opt.step();
  opt.grads.x[0] = 3;
  opt.accumulate(2);
  const seen: number[] = [];
  const gradient = () => {
    seen.push(opt.params.x[0]);
    opt.grads.x[0] = 1;
    return 1;
  };
  findRate(opt, { count: 1, from: 1, to: 2, steps: 2, gradient });
  expect(seen).toEqual([0, -1]);
  const bad = () => {
    opt.grads.x[0] = Number.NaN;
    opt.accumulate();
    opt.step();
  };
  opt.grads.x[0] = 1;
  bad();
  expect(() => bad()).toThrow("after 2 skipped in a row");
  expect(opt.skipped).toBe(2);
  opt.discard();
  opt.grads.x[0] = 3;
  opt.accumulate(2);
  findRate(opt, { count: 1, from: 1, to: 2, steps: 2, gradient });
  opt.step();
  expect(opt.params.x[0]).toBe(-3);
});

test("an error of the gradient function passes through, of any kind", () => {
  const opt = sgd({ x: 1 });
  const error = new NonFiniteError("of another", 1, "z");
  const gradient = () => {
    throw error;
  };
  expect(() => findRate(opt, { count: 1, gradient })).toThrow(error);
});
