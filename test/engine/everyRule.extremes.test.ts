// Numbers at the edges of f32, for every rule and what is around it. That NaN, infinities and zeros stay in their lane is tested with
// the kernels: assembly/rules.test.ts.

import { describe, expect, test } from "vitest";
import { adafactor, lamb, lars, muon, novograd } from "../../src/index.js";
import { allRules, table } from "../support/configurations.js";
import { fill, random } from "../support/random.js";

const shapes = { vector: [7], matrix: [3, 5] };

type Row = (typeof table)[number];

/** An optimizer after some steps, with gradients that are made for each element of each step. */
function after({ rule, options }: Pick<Row, "rule" | "options">, steps: number, gradient: (i: number) => number) {
  const opt = rule(shapes, options);
  const source = random(1);
  for (const array of Object.values<Float32Array>(opt.params)) fill(array, source);
  for (let t = 0; t < steps; t++) {
    for (const array of Object.values<Float32Array>(opt.grads)) for (let i = 0; i < array.length; i++) array[i] = gradient(i);
    if (rule.spec.observe) opt.observe();
    opt.step();
  }
  return opt;
}

/** The arrays that are not finite everywhere. */
const nonFinite = ({ params, state }: ReturnType<typeof after>) =>
  Object.entries({ params, ...state }).filter(([, views]) =>
    Object.values<Float32Array>(views ?? {}).some((array) => !array.every((x) => Number.isFinite(x))),
  );

const largest = 3.4028234663852886e38;

const sizes = [0, 1e-45, 1e-20, 1, 1e10, 1e15, 1e18, 1.8e19, 2e19, 1e25, 2 ** 100, 1e37, largest];

/** What is done around the rule, in which gradients of any size may be. */
const around: Record<string, Record<string, unknown>> = {
  nothing: {},
  "a norm that is clipped": { clipNorm: 1 },
  "a norm that is clipped at the largest f32": { clipNorm: largest },
  "noise and a clipped norm": { noise: { eta: 1 }, clipNorm: 3e38 },
  "large noise": { noise: { eta: largest, gamma: 0 } },
  "clipped elements, units and tensors": { clipValue: 1e30, clipAdaptive: 0.1, clipTensorNorm: 1e30 },
  "centered rows": { centralize: true },
  averages: { ema: true, lookahead: { every: 2 } },
  "a loss scale": { lossScale: { initial: 2 ** 60 } },
  sums: { accumulate: true },
  ascent: { sam: true },
  "adaptive ascent": { sam: { radius: 2, adaptive: true } },
  "coupled decay": { weightDecay: 0.1, decay: "l2" },
  "decoupled decay": { weightDecay: 0.1, decay: "decoupled" },
  "proximal decay": { weightDecay: 0.1, decay: "proximal" },
};

describe.each(table)("$title", (row) => {
  test("gradients of 1e18, whose squares are still f32, leave all finite", () => {
    expect(nonFinite(after(row, 3, (i) => (i % 2 ? 1e18 : -1e18)))).toEqual([]);
  });

  test("gradients whose squares are 0 in f32, and subnormal ones, leave all finite", () => {
    for (const size of [1e-23, 1e-40, 1e-45]) expect(nonFinite(after(row, 3, (i) => (i % 2 ? size : -size)))).toEqual([]);
  });

  test("gradients of 0 and -0 leave all finite", () => {
    expect(nonFinite(after(row, 3, (i) => (i % 2 ? 0 : -0)))).toEqual([]);
  });
});

describe.each(table)("$title, gradients up to the largest f32", ({ rule, options }) => {
  test.each(Object.keys(around))("%s", (name) => {
    const opt = rule(shapes, { ...options, ...around[name], nonFinite: "skip", maxSkips: 1000 });
    const source = random(3);
    // So large that p·g overflows; not for Prodigy, whose rate grows with the distances that p goes.
    const far = name === "adaptive ascent" && rule.spec.name !== "prodigy";
    for (const array of Object.values<Float32Array>(opt.params)) fill(array, source, far ? 1e10 : 1);
    const next = () => source.next().value;
    const fillGrads = (scale: () => number) => {
      for (const array of Object.values<Float32Array>(opt.grads)) for (let i = 0; i < array.length; i++) array[i] = scale();
    };
    const steps = [...sizes.flatMap((size) => [size, size, 0.1]), "mixed", "mixed", "mixed", 0.1, 0.1, 0.1] as const;
    for (const size of steps) {
      const gradient = () => (next() < 0 ? -1 : 1) * (typeof size === "number" ? size : sizes[Math.floor((next() + 1) * 6.5)]);
      fillGrads(gradient);
      if (rule.spec.observe) opt.observe();
      fillGrads(gradient);
      if (opt.accumulates) opt.accumulate(2);
      if (opt.sam) {
        opt.shift();
        fillGrads(gradient);
        if (opt.accumulates) opt.accumulate();
      }
      opt.step();
      const arrays = { params: opt.params, average: opt.average, slow: opt.slow, ...opt.state };
      const bad = Object.entries(arrays).filter(([, views]) =>
        Object.values<Float32Array>(views ?? {}).some((array) => array.some(Number.isNaN)),
      );
      if (bad.length > 0) expect.fail(`NaN in ${bad.map(([array]) => array)} after gradients of ${size}`);
    }
    // What was skipped was not finite itself: a sum of gradients may be.
    if (name !== "sums") expect(opt.skipped).toBe(0);
  });
});

describe.each(allRules.map((rule) => ({ name: rule.spec.name, rule })))("$name", ({ name, rule }) => {
  test("gradients of 0 do not move the parameters", () => {
    if (name === "ftrl" || name === "yogi") return; // FTRL makes them of the gradients alone; Yogi's mean starts above 0
    const options = { weightDecay: 0, ...(name === "asgd" ? { lambd: 0 } : {}) };
    const still = after({ rule, options }, 0, () => 0).params;
    expect(after({ rule, options }, 5, () => 0).params).toEqual(still);
  });

  test("a NaN stays in its tensor", () => {
    if (name === "prodigy" || name === "dog") return; // they look at all tensors at once
    const at = (poison: boolean) => {
      const opt = rule(shapes, { nonFinite: "allow" });
      fill(opt.params.vector, random(1));
      fill(opt.params.matrix, random(2));
      for (let t = 0; t < 3; t++) {
        fill(opt.grads.vector, random(3));
        fill(opt.grads.matrix, random(4));
        if (poison) opt.grads.vector[2] = Number.NaN;
        opt.step();
      }
      return opt.params;
    };
    expect(at(true).vector.some(Number.isNaN)).toBe(true);
    expect(at(true).matrix).toEqual(at(false).matrix);
  });
});

describe("a norm of 0", () => {
  const g = Float32Array.of(3, -4, 12);
  test("LARS and LAMB step as without their ratio", () => {
    const l = lars({ x: 3 }, { lr: 0.1, trust: 0.5 });
    l.grads.x.set(g);
    l.step();
    expect(l.params.x).toEqual(Float32Array.from(g, (x) => -Math.fround(Math.fround(0.1) * x)));
    const b = lamb({ x: 3 }, { lr: 0.1, eps: 0.5, beta1: 0, beta2: 0 });
    b.grads.x.set(g);
    b.step();
    for (const [i, x] of g.entries()) expect(b.params.x[i]).toBeCloseTo((-0.1 * x) / (Math.abs(x) + 0.5), 7);
  });
  test("LARS, LAMB and NovoGrad do not move along a gradient of 0", () => {
    for (const rule of [lars, lamb, novograd]) {
      const opt = rule({ x: Float32Array.of(1, 2, 3) });
      opt.step();
      expect([...opt.params.x]).toEqual([1, 2, 3]);
    }
  });
});

test("an eps that is next to nothing: gradients of 0 are still no step", () => {
  const optimizers = [
    adafactor({ x: [2, 3] }, { eps1: 1e-40 }),
    muon({ x: [2, 3] }, { normEps: 1e-40 }),
    novograd({ x: 3 }, { eps: 0 }),
  ];
  for (const opt of optimizers) {
    opt.step();
    expect(opt.params.x.every((x: number) => x === 0)).toBe(true);
  }
});
