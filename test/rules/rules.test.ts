import { describe, expect, test } from "vitest";
import type { Spec } from "../../src/engine/spec.js";
import {
  adafactor,
  adam,
  adamw,
  ademamix,
  lion,
  momentum,
  muon,
  nesterov,
  qhm,
  rmsprop,
  rprop,
  rules,
  sgd,
  signum,
} from "../../src/index.js";
import { allocate } from "../../src/memory/wasmMemory.js";
import { allKernels } from "../support/allKernels.js";
import { Bare } from "../support/bare.js";
import { relativeError } from "../support/compare.js";
import { type AnyRule, allRules, otherValue, table } from "../support/configurations.js";
import { fill, random } from "../support/random.js";
import { type Floats, references } from "../support/reference.js";

const n = 37;

const ulp = 2 ** -23;

/**
 * Steps a rule and its f64 reference side by side over the same gradients, to which the latter adds l2 · p; returns the
 * arrays of both by name.
 */
function sideBySide(
  { rule, options }: Pick<(typeof table)[number], "rule"> & { options: Record<string, unknown> },
  steps: number,
  shape: number[],
  l2 = 0,
) {
  const opt = rule({ x: shape }, options);
  const p = Float64Array.from(fill(opt.params.x, random(7)));
  const state: Record<string, Floats> = {};
  for (const [slot, views] of Object.entries(opt.state))
    if (views) state[slot] = Float64Array.from((views as { x: Float32Array }).x);
  const source = random(8);
  const reference = references[rule.spec.name as keyof typeof references] as (...args: unknown[]) => void;
  const carried: number[] = [];
  for (let t = 1; t <= steps; t++) {
    const g = fill(opt.grads.x, source);
    if (rule.spec.observe && t === 1) {
      opt.observe();
      state.h = Float64Array.from(opt.state.h?.x as Float32Array);
    }
    const x = Float64Array.from(g, (gi, i) => gi + l2 * p[i]);
    reference(p, x, state, l2 ? { ...opt.current, weightDecay: 0 } : opt.current, t, carried, shape);
    opt.step();
  }
  const pairs = Object.entries(state).map(([slot, expected]) => ({
    name: slot,
    actual: opt.state[slot]?.x as Float32Array,
    expected,
  }));
  return [{ name: "p", actual: opt.params.x, expected: p }, ...pairs];
}

/** The shapes that matter to a rule. */
const shapes = ({ perTensor }: Spec) => (perTensor ? [[n], [5, 9], [9, 5], [3, 4, 5], [3, 70]] : [[n]]);

/** A vector and a matrix after some steps over the same gradients, which may be scaled, and what `eval()` shows then. */
function trajectory(make: (start: { x: Float32Array; y: number[] }) => ReturnType<AnyRule>, scale = 1): number[] {
  const opt = make({ x: fill(new Float32Array(n), random(1)), y: [5, 9] });
  fill(opt.params.y, random(3));
  const source = random(2);
  for (let t = 0; t < 9; t++) {
    fill(opt.grads.x, source, scale);
    fill(opt.grads.y, source, scale);
    if (opt.spec.observe) opt.observe();
    opt.step();
  }
  const trained = [...opt.params.x, ...opt.params.y];
  opt.eval();
  return [...trained, ...opt.params.x, ...opt.params.y];
}

test("every rule has a reference", () => {
  expect(Object.keys(references).sort()).toEqual(Object.keys(rules).sort());
});

describe.each(table)("$title", (row) => {
  test("one step is within 4 ulp of the f64 reference", () => {
    for (const shape of shapes(row.rule.spec)) {
      for (const { name, actual, expected } of sideBySide(row, 1, shape)) {
        // Relative to the largest value in play: p is rounded at its own size, however small the step.
        const error = relativeError(actual, expected);
        if (!(error <= 4 * ulp)) expect.fail(`${name} of [${shape}] is ${error / ulp} ulp off`);
      }
    }
  });

  test("100 steps stay within 2e-6 of the f64 reference", () => {
    // Random rounding of half an ulp a step, 100 times, is 10 half ulps or 6e-7. Decoupled decay multiplies p by
    // 1 - lr·weightDecay, whose rounding, up to 2^-25, is the same at every step.
    const tolerance = 2e-6 + (row.rule.spec.decay === "decoupled" ? 100 * 2 ** -25 : 0);
    for (const shape of shapes(row.rule.spec)) {
      for (const { name, actual, expected } of sideBySide(row, 100, shape)) {
        const error = relativeError(actual, expected);
        if (!(error <= tolerance)) expect.fail(`${name} of [${shape}] is ${error} off`);
      }
    }
  });

  test("100 steps with an L2 penalty are those of the reference along g + λ·p", () => {
    const { name, decay } = row.rule.spec;
    if (decay === undefined) return; // the test before is about this one
    const options = { ...row.options, weightDecay: 0.05, decay: "l2" };
    for (const shape of shapes(row.rule.spec)) {
      for (const { name: array, actual, expected } of sideBySide({ ...row, options }, 100, shape, 0.05)) {
        const error = relativeError(actual, expected);
        if (!(error <= 2e-6 + 100 * 2 ** -25)) expect.fail(`${name}: ${array} of [${shape}] is ${error} off`);
      }
    }
  });

  test("the prologue: x = scale·g + l2·p and p − decay·p", () => {
    const [scale, l2, decay] = [0.5, 0.2, 0.1];
    for (const shape of shapes(row.rule.spec)) {
      const bare = new Bare(row.rule.spec, { ...row.options, weightDecay: 0 }, shape);
      const memory = allocate(65_536);
      const places = [...bare.lengths].map(([array, length], i) => ({ array, length, address: 1024 + 4096 * i }));
      const arrays = Object.fromEntries(
        places.map(({ array, length, address }) => [array, new Float32Array(memory.buffer, address, length)]),
      );
      const step = bare.on(
        allKernels(memory),
        memory.buffer,
        Object.fromEntries(places.map(({ array, address }) => [array, address])),
      );
      const p = Float64Array.from(fill(arrays.p, random(7)));
      fill(arrays.g, random(8));
      const state = Object.fromEntries(bare.hyper.slots.map((slot) => [slot, Float64Array.from(arrays[slot])]));
      const { name } = row.rule.spec;
      const reference = references[name as keyof typeof references] as (...args: unknown[]) => void;
      const carried: number[] = [];
      for (const t of [1, 2]) {
        step(t, [scale, l2, decay]);
        // The same by the reference: its step over x, and what decay takes away. FTRL makes p anew, so it decays before;
        // LARS has norms of g and l2·p apart; Schedule-Free makes decay a part of the direction.
        const before = p.slice();
        const free = name.startsWith("scheduleFree");
        const own = name === "lars" ? l2 : free ? decay / (bare.hyper.values.lr as number) : 0;
        const x = Float64Array.from(arrays.g, (gi, i) => scale * gi + (name === "lars" ? 0 : l2 * p[i]));
        if (name === "ftrl") for (let i = 0; i < p.length; i++) p[i] *= 1 - decay;
        reference(p, x, state, { ...bare.hyper.values, weightDecay: own }, t, carried, shape);
        if (name !== "ftrl" && !free) for (let i = 0; i < p.length; i++) p[i] -= decay * before[i];
      }
      const error = relativeError(arrays.p, p);
      if (!(error <= 8 * ulp)) expect.fail(`p of [${shape}] is ${error / ulp} ulp off after two steps`);
    }
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

  test("splitting parameters into tensors changes no bit, unless the rule looks at tensors", () => {
    if (row.rule.spec.perTensor) return;
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

describe("every hyper-parameter has an effect", () => {
  // What lets a hyper-parameter show in nine steps and in f32, where the defaults do not.
  const revealing: Record<string, Record<string, number>> = {
    adafactor: { eps1: 0.5, eps2: 1 },
    asgd: { t0: 3 },
    dog: { reps: 0.1, eps: 1 },
    muon: { normEps: 5, eps: 0.1 },
    prodigy: { eps: 0.1, d0: 0.05, dCoef: 10 },
    rmsprop: { eps: 0.1, momentum: 0.5 },
    rprop: { stepMin: 4e-3, stepMax: 12e-3 },
    scheduleFreeAdamw: { eps: 0.1, warmup: 5 },
    scheduleFreeSgd: { warmup: 5 },
  };
  const cases = allRules.flatMap((rule) =>
    Object.keys(rule.spec.hyper).map((name) => ({ title: `${rule.spec.name}: ${name}`, rule, name })),
  );
  test.each(cases)("$title", ({ rule, name }) => {
    const { hyper } = rule.spec;
    const base = revealing[rule.spec.name] ?? ("eps" in hyper ? { eps: 0.1 } : {});
    const value = name === "growth" ? 1.01 : (base[name] ?? hyper[name][0]);
    const changed =
      typeof value === "number" && value > 0 ? value * (1 + (name === "growth" ? 0.1 : -0.1)) : otherValue(hyper[name]);
    expect(trajectory((start) => rule(start, { ...base, [name]: changed }))).not.toEqual(
      trajectory((start) => rule(start, { ...base, [name]: value })),
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
    const still = trajectory((start) => sgd(start, { lr: 0 }));
    for (const rule of allRules) {
      if (rule.spec.hyper.lr[1].startsWith("[0")) expect(trajectory((start) => rule(start, { lr: 0 }))).toEqual(still);
    }
  });
  const any = (rule: unknown) => rule as AnyRule;

  test.each([
    { title: "AdamW without decay is Adam", one: any(adamw), options: { weightDecay: 0 }, other: any(adam), others: {} },
    {
      title: "Adam with decoupled decay is AdamW",
      one: any(adam),
      options: { decay: "decoupled", weightDecay: 0.01 },
      other: any(adamw),
      others: {},
    },
    {
      title: "AdEMAMix with alpha 0 is AdamW",
      one: any(ademamix),
      options: { alpha: 0, weightDecay: 0.1 },
      other: any(adamw),
      others: { weightDecay: 0.1 },
    },
    { title: "QHM with nu 0 is gradient descent", one: any(qhm), options: { nu: 0 }, other: any(sgd), others: {} },
    {
      title: "Signum without momentum is Lion without any",
      one: any(signum),
      options: { momentum: 0, lr: 0.1 },
      other: any(lion),
      others: { beta1: 0, lr: 0.1 },
    },
  ])("$title", ({ one, options, other, others }) => {
    expect(trajectory((start) => one(start, options))).toEqual(trajectory((start) => other(start, others)));
  });

  test.each([lion, signum, rprop, muon, adafactor].map((rule) => ({ name: rule.spec.name, rule: any(rule) })))(
    "$name is blind to the scale of the gradient",
    ({ name, rule }) => {
      const options = name === "muon" ? { eps: 0, normEps: 1e-30 } : {};
      expect(trajectory((start) => rule(start, options), 2 ** 20)).toEqual(trajectory((start) => rule(start, options)));
    },
  );
});
