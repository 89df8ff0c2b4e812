import { describe, expect, test } from "vitest";
import type { Addresses } from "../src/define.js";
import { HyperParameters } from "../src/hyper.js";
import { adagrad, adam, momentum, nesterov, rmsprop, rules, sgd } from "../src/index.js";
import { Sweep } from "../src/sweep.js";
import { allocate, instantiate } from "../src/wasm.js";
import { relativeError } from "./compare.js";
import { allRules, otherValue, table } from "./configurations.js";
import { fill, random } from "./random.js";
import { type Floats, references } from "./reference.js";

const n = 37;
const ulp = 2 ** -23;

/** Steps a rule and its f64 reference side by side over the same gradients; returns the arrays of both by name. */
function sideBySide({ rule, options }: (typeof table)[number], steps: number) {
  const start = fill(new Float32Array(n), random(7));
  const opt = rule({ x: start }, options);
  const p = Float64Array.from(start);
  const state: Record<string, Floats> = {};
  for (const [slot, views] of Object.entries(opt.state))
    if (views) state[slot] = Float64Array.from((views as { x: Float32Array }).x);
  const source = random(8);
  const reference = references[rule.spec.name as keyof typeof references] as (...args: unknown[]) => void;
  const carried: number[] = [];
  for (let t = 1; t <= steps; t++) {
    const g = fill(opt.grads.x, source);
    reference(p, Float64Array.from(g), state, opt.current, t, carried);
    opt.step();
  }
  const pairs = Object.entries(state).map(([slot, expected]) => ({
    name: slot,
    actual: opt.state[slot]?.x as Float32Array,
    expected,
  }));
  return [{ name: "p", actual: opt.params.x, expected: p }, ...pairs];
}

test("every rule has a reference", () => {
  expect(Object.keys(references).sort()).toEqual(Object.keys(rules).sort());
});

describe.each(table)("$title", (row) => {
  test("one step is within 4 ulp of the f64 reference", () => {
    for (const { name, actual, expected } of sideBySide(row, 1)) {
      // Relative to the largest value in play: p is rounded at its own size, however small the step.
      const error = relativeError(actual, expected);
      if (!(error <= 4 * ulp)) expect.fail(`${name} is ${error / ulp} ulp off`);
    }
  });

  test("100 steps stay within 2e-6 of the f64 reference", () => {
    // Random rounding of half an ulp a step, 100 times, is 10 half ulps or 6e-7. Decoupled decay multiplies p by
    // 1 - lr·weightDecay, whose rounding, up to 2^-25, is the same at every step.
    const tolerance = 2e-6 + (row.rule.spec.decay === "decoupled" ? 100 * 2 ** -25 : 0);
    for (const { name, actual, expected } of sideBySide(row, 100)) {
      const error = relativeError(actual, expected);
      if (!(error <= tolerance)) expect.fail(`${name} is ${error} off`);
    }
  });

  test("the trunk: x = scale·g + l2·p and keep·p, whatever the rule", () => {
    const [scale, l2, keep] = [0.5, 0.2, 0.9];
    const { values, slots } = new HyperParameters(row.rule.spec, { ...row.options, weightDecay: 0 });
    const memory = allocate(1024 + 64 * 4 * (2 + slots.length));
    const at = Object.fromEntries(["p", "g", ...slots].map((array, i) => [array, 1024 + 64 * 4 * i]));
    const view = (array: string) => new Float32Array(memory.buffer, at[array], n);
    const start = fill(view("p"), random(7)).slice();
    const g = fill(view("g"), random(8));
    const state: Record<string, Floats> = {};
    for (const slot of slots) {
      const layout = row.rule.spec.state[slot];
      const first = typeof layout === "object" && layout.start ? (values[layout.start] as number) : 0;
      state[slot] = Float64Array.from(view(slot).fill(first));
    }
    const sweep = new Sweep(memory.buffer, 64, 0, n);
    sweep.trunk(scale, l2, keep);
    const p = Float64Array.from(start);
    const reference = references[row.rule.spec.name as keyof typeof references] as (...args: unknown[]) => void;
    const kernels = instantiate(memory);
    const carry = Float64Array.from(row.rule.spec.carry ?? []);
    const carried: number[] = [];
    for (const t of [1, 2]) {
      row.rule.spec.step(kernels, sweep, at as Addresses<unknown>, values, t, carry);
      // The same by the reference: its step over x, and what keep takes away.
      const before = p.slice();
      const x = Float64Array.from(g, (gi, i) => scale * gi + l2 * p[i]);
      reference(p, x, state, values, t, carried);
      for (let i = 0; i < n; i++) p[i] -= (1 - keep) * before[i];
    }
    const error = relativeError(view("p"), p);
    if (!(error <= 8 * ulp)) expect.fail(`p is ${error / ulp} ulp off after two steps`);
  });

  test("descends on a bowl", () => {
    const opt = row.rule({ x: Float32Array.of(1, -2, 3) }, { ...row.options, weightDecay: 0 });
    const loss = () => opt.params.x.reduce((sum: number, x: number) => sum + x * x, 0);
    const before = loss();
    for (let t = 0; t < 30; t++) {
      for (let i = 0; i < 3; i++) opt.grads.x[i] = 2 * opt.params.x[i];
      opt.step();
    }
    expect(loss()).toBeLessThan(before);
  });

  test("splitting parameters into tensors changes no bit", () => {
    const one = row.rule({ all: fill(new Float32Array(n), random(3)) }, row.options);
    const start = fill(new Float32Array(n), random(3));
    const three = row.rule({ a: start.slice(0, 5), b: start.slice(5, 6), c: start.slice(6) }, row.options);
    const source = random(4);
    for (let t = 0; t < 7; t++) {
      const g = fill(one.grads.all, source);
      three.grads.a.set(g.subarray(0, 5));
      three.grads.b.set(g.subarray(5, 6));
      three.grads.c.set(g.subarray(6));
      one.step();
      three.step();
    }
    expect([...three.params.a, ...three.params.b, ...three.params.c]).toEqual([...one.params.all]);
  });
});

/** Parameters after some steps over the same gradients. */
function trajectory(make: (start: { x: Float32Array }) => ReturnType<(typeof allRules)[number]>): number[] {
  const opt = make({ x: fill(new Float32Array(n), random(1)) });
  const source = random(2);
  for (let t = 0; t < 9; t++) {
    fill(opt.grads.x, source);
    opt.step();
  }
  return [...opt.params.x];
}

describe("every hyper-parameter is alive", () => {
  const cases = allRules.flatMap((rule) =>
    Object.keys(rule.spec.hyper).map((name) => ({ title: `${rule.spec.name}: ${name}`, rule, name })),
  );
  test.each(cases)("$title", ({ rule, name }) => {
    const { hyper } = rule.spec;
    // eps shows in f32 where it is not lost beside the root.
    const base = "eps" in hyper ? { eps: 0.1 } : {};
    const value = (base as Record<string, unknown>)[name] ?? hyper[name][0];
    const changed = typeof value === "number" && value > 0 ? value * 0.9 : otherValue(hyper[name]);
    expect(trajectory((start) => rule(start, { ...base, [name]: changed }))).not.toEqual(
      trajectory((start) => rule(start, base)),
    );
  });
});

describe("identities, bit for bit", () => {
  const plain = trajectory((start) => sgd(start, { lr: 0.1, weightDecay: 0.01 }));
  test("momentum 0 is gradient descent", () => {
    expect(trajectory((start) => momentum(start, { lr: 0.1, momentum: 0, weightDecay: 0.01 }))).toEqual(plain);
  });
  test("Nesterov with momentum 0 is gradient descent", () => {
    expect(trajectory((start) => nesterov(start, { lr: 0.1, momentum: 0, weightDecay: 0.01 }))).toEqual(plain);
  });
  test("RMSProp with its momentum as a schedule of 0 is RMSProp up to the last bit of the division", () => {
    const buffered = trajectory((start) => rmsprop(start, { momentum: () => 0 }));
    expect(
      relativeError(
        buffered,
        trajectory((start) => rmsprop(start)),
      ),
    ).toBeLessThanOrEqual(ulp);
  });
  test("a rate of 0 moves nothing", () => {
    const start = [...fill(new Float32Array(n), random(1))];
    for (const rule of allRules) expect(trajectory((x) => rule(x, { lr: 0 }))).toEqual(start);
  });
  test("AdaGrad without decay and history is the sign of the gradient in its first step", () => {
    const opt = adagrad({ x: 3 }, { lr: 0.5, eps: 0 });
    opt.grads.x.set([2, -3e-5, 700]);
    opt.step();
    expect([...opt.params.x]).toEqual([-0.5, 0.5, -0.5]);
  });
  test("beta1 = 0 keeps the gradient as it is", () => {
    const opt = adam({ x: 2 }, { beta1: 0 });
    opt.grads.x.set([1e8, -1e8]);
    opt.step();
    opt.grads.x.set([0.3, 1]);
    opt.step();
    expect(opt.state.m.x).toEqual(Float32Array.of(0.3, 1));
  });
});

test("centered RMSProp stays finite under a constant gradient, where rounding makes v - a² negative", () => {
  for (const options of [{ centered: true }, { centered: true, momentum: 0.5 }]) {
    const opt = rmsprop({ x: 37 }, { ...options, eps: 1e-3 });
    const g = fill(new Float32Array(37), random(6));
    let negative = 0;
    for (let t = 0; t < 3000; t++) {
      opt.grads.x.set(g);
      opt.step();
      const { v, a } = opt.state;
      negative += v.x.filter((x, i) => x < Math.fround((a as typeof v).x[i] ** 2)).length;
    }
    expect(negative).toBeGreaterThan(0);
    expect(opt.nonFinite("params")).toBeUndefined();
  }
});

test("averages do not drift: with the decay and the gain rounded apart, Adam's v would be 1.3e-5 too large", () => {
  const opt = adam({ x: 64 });
  const exact = new Float64Array(64);
  const source = random(5);
  for (let t = 0; t < 10_000; t++) {
    const g = fill(opt.grads.x, source);
    for (let i = 0; i < 64; i++) exact[i] = 0.999 * exact[i] + 0.001 * g[i] ** 2;
    opt.step();
  }
  const drift = exact.reduce((sum, v, i) => sum + opt.state.v.x[i] / v - 1, 0) / 64;
  expect(Math.abs(drift)).toBeLessThanOrEqual(2e-6);
});
