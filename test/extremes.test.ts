// Numbers at the edges of f32. That NaN, infinities and zeros stay in their lane is tested with the kernels.
import { describe, expect, test } from "vitest";
import { adafactor, lamb, lars, muon, novograd } from "../src/index.js";
import { allRules, table } from "./configurations.js";
import { fill, random } from "./random.js";

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

test("the norm of a tensor cannot overflow: squares are summed up in f64", () => {
  const start = new Float32Array(128).fill(1e19);
  const opt = lars({ x: start }, { lr: 1, trust: 0.5 });
  opt.grads.x.fill(1e19);
  opt.step();
  expect([...opt.params.x]).toEqual([...new Float32Array(128).fill(0.5e19)]);
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

test("NovoGrad goes on after a gradient whose squared norm is no f32", () => {
  const opt = novograd({ x: Float32Array.of(1, 2) }, { lr: 0.1, beta2: 0.25 });
  opt.grads.x.set([1e30, -1e30]);
  opt.step();
  expect(opt.state.v.x[0]).toBe(3.4028234663852886e38);
  opt.grads.x.set([1, 1]);
  for (let t = 0; t < 100; t++) opt.step();
  expect(opt.state.v.x[0]).toBeCloseTo(2, 5);
  expect(opt.nonFinite("params")).toBeUndefined();
});
