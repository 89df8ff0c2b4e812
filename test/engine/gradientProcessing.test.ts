import { describe, expect, test } from "vitest";
import { adam, nesterov, sgd, sophia } from "../../src/index.js";
import { relativeError } from "../support/compare.js";
import { type AnyRule, allRules, elementwise, table } from "../support/configurations.js";
import { fill, random } from "../support/random.js";

const shapes = { weight: [5, 9], bias: 7 };

/** Steps over the same gradients, times `scale(norm)`. */
function run(rule: AnyRule, options: object, scale: (norm: number) => number = () => 1, steps = 5) {
  const opt = rule(shapes, options as never);
  const arrays = [opt.grads.weight, opt.grads.bias];
  fill(opt.params.weight, random(1));
  fill(opt.params.bias, random(2));
  const source = random(3);
  for (let t = 0; t < steps; t++) {
    for (const array of arrays) fill(array, source);
    const norm = Math.sqrt(arrays.flatMap((array) => [...array]).reduce((sum, x) => sum + x * x, 0));
    const factor = Math.fround(scale(norm));
    for (const array of arrays) for (let i = 0; i < array.length; i++) array[i] *= factor;
    opt.step();
  }
  return opt;
}

const arrays = (opt: ReturnType<typeof run>) =>
  Object.entries({ params: opt.params, ...opt.state }).flatMap(([slot, views]) =>
    Object.entries<Float32Array>(views ?? {}).map(([name, array]) => ({ name: `${slot}.${name}`, array })),
  );

describe.each(table)("$title", ({ rule, options }) => {
  test("a limit that no norm reaches changes no bit", () => {
    expect(arrays(run(rule, { ...options, clipNorm: 1e9 }))).toEqual(arrays(run(rule, options)));
  });

  test("clipped gradients are gradients times max/(norm + 1e-6)", () => {
    const clipped = arrays(run(rule, { ...options, clipNorm: 0.5 }));
    const scaled = arrays(run(rule, options, (norm) => 0.5 / (norm + 1e-6)));
    if (elementwise(rule.spec) && !("lrInMomentum" in options)) return expect(clipped).toEqual(scaled);
    // Norms of scaled gradients are not those of gradients, scaled, to the last bit; nor is a product of two factors.
    for (const [i, { name, array }] of clipped.entries()) {
      const error = relativeError(array, scaled[i].array);
      if (!(error <= 2e-6)) expect.fail(`${name} is ${error} off`);
    }
  });

  test("maximize climbs as the negative gradient descends, bit for bit", () => {
    expect(arrays(run(rule, { ...options, maximize: true }))).toEqual(arrays(run(rule, options, () => -1)));
  });
});

describe("gradNorm", () => {
  test("is the norm of all gradients before clipping; NaN without clipNorm", () => {
    const opt = sgd({ a: 2, b: 1 }, { lr: 1, clipNorm: 1.5 });
    expect(opt.gradNorm).toBeNaN();
    opt.grads.a.set([1, 2]);
    opt.grads.b.set([2]);
    opt.step();
    expect(opt.gradNorm).toBe(3);
    expect([...opt.grads.a, ...opt.grads.b]).toEqual([1, 2, 2]);
    for (const [i, x] of [...opt.params.a, ...opt.params.b].entries()) expect(x).toBeCloseTo([-0.5, -1, -1][i], 5);
    const without = sgd({ a: 2 });
    without.step();
    expect(without.gradNorm).toBeNaN();
  });

  test("does not overflow where squares in f32 would", () => {
    const opt = sgd({ x: 128 }, { lr: 1, clipNorm: 1 });
    opt.grads.x.fill(1e19);
    opt.step();
    expect(opt.gradNorm / Math.sqrt(128) / Math.fround(1e19)).toBeCloseTo(1, 12);
    expect(opt.params.x[0]).toBeCloseTo(-1 / Math.sqrt(128), 6);
  });

  test("leaves frozen groups out, and takes in all others", () => {
    const opt = adam(
      { a: 1, b: 1, c: 1 },
      {
        clipNorm: 1,
        groups: [
          { match: ["b"], frozen: true },
          { match: ["c"], lr: 0.1 },
        ],
      },
    );
    opt.grads.a[0] = 3;
    opt.grads.b[0] = 100;
    opt.grads.c[0] = 4;
    opt.step();
    expect(opt.gradNorm).toBe(5);
    opt.groups[0].frozen = false;
    opt.step();
    expect(opt.gradNorm).toBeCloseTo(Math.hypot(5, 100), 10);
  });

  test("that is not finite, if allowed: nothing moves but where the gradient is not finite", () => {
    for (const bad of [Number.NaN, Infinity]) {
      const opt = sgd({ x: Float32Array.of(1, 2, 3) }, { lr: 1, clipNorm: 1, nonFinite: "allow" });
      opt.grads.x.set([1, bad, 1]);
      opt.step();
      expect([...opt.params.x]).toEqual([1, Number.NaN, 3]);
    }
  });

  test("does not scale the curvature that Sophia observes", () => {
    const opt = sophia({ x: 1 }, { clipNorm: 1, beta2: 0.5 });
    opt.grads.x[0] = 100;
    opt.step();
    opt.observe();
    expect(opt.state.h.x[0]).toBe(5000);
  });

  test("in two phases it is that of the gradient at the shifted point", () => {
    const opt = nesterov({ x: 1 }, { lr: 0.1, clipNorm: 1 });
    opt.grads.x[0] = 7;
    opt.shift();
    opt.grads.x[0] = 2;
    opt.step();
    expect(opt.gradNorm).toBe(2);
    expect(opt.params.x[0]).toBeCloseTo(-0.1, 6);
  });
});

describe.each(allRules.map((rule) => ({ name: rule.spec.name, rule })))("$name", ({ name, rule }) => {
  test.each<[string, object, string]>([
    ["a limit of 0", { clipNorm: 0 }, `${name}: clipNorm expected in (0,inf), got 0`],
    ["null", { clipNorm: null }, `${name}: clipNorm expected a number in (0,inf), got null`],
    ["NaN", { clipNorm: Number.NaN }, `${name}: clipNorm expected in (0,inf), got NaN`],
    ["text", { clipNorm: "1" }, `${name}: clipNorm expected a number in (0,inf), got "1"`],
    ["a schedule", { clipNorm: () => 1 }, `${name}: clipNorm expected a number in (0,inf), got a function`],
    ["maximize as a number", { maximize: 1 }, `${name}: maximize expected true or false, got 1`],
    ["null", { maximize: null }, `${name}: maximize expected true or false, got null`],
  ])("%s is refused", (_, options, message) => {
    expect(() => rule({ x: 1 }, options as never)).toThrow(message);
  });
});
