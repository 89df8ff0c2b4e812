// What is done to gradients before the rule sees them. Other libraries' values are in golden.test.ts.

import { describe, expect, test } from "vitest";
import { adam, adamw, NonFiniteError, nesterov, sgd, sophia } from "../../src/index.js";
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
  test("a limit above the norm changes no bit", () => {
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

  test("is over all groups that are not frozen", () => {
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

  test("a norm that is not finite, if allowed: only the elements move whose gradient is not finite", () => {
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

  test("in two phases, the norm is that of the gradient at the shifted point", () => {
    const opt = nesterov({ x: 1 }, { lr: 0.1, clipNorm: 1 });
    opt.grads.x[0] = 7;
    opt.shift();
    opt.grads.x[0] = 2;
    opt.step();
    expect(opt.gradNorm).toBe(2);
    expect(opt.params.x[0]).toBeCloseTo(-0.1, 6);
  });
});

const named = allRules.map((rule) => ({ name: rule.spec.name, rule }));

describe("clipping", () => {
  const at = (options: object, gradient: number[]) => {
    const opt = sgd({ x: [2, 2], y: 1 }, { lr: 1, ...options });
    opt.params.x.set([3, 4, 0, 0]);
    opt.grads.x.set(gradient.slice(0, 4));
    opt.grads.y.set(gradient.slice(4));
    opt.step();
    return [3 - opt.params.x[0], 4 - opt.params.x[1], -opt.params.x[2], -opt.params.x[3], -opt.params.y[0]];
  };

  test.each<[string, object, number[], number[]]>([
    ["an element", { clipValue: 2 }, [1, -3, 2, 0, 9], [1, -2, 2, 0, 2]],
    ["a row, and one whose parameters are 0", { clipAdaptive: 0.5 }, [3, 4, 3, 4, 1], [1.5, 2, 3e-4, 4e-4, 5e-4]],
    ["a tensor", { clipTensorNorm: 5 }, [6, 8, 0, 0, 4], [3, 4, 0, 0, 4]],
    ["all", { clipNorm: 5 }, [6, 0, 0, 0, 8], [3, 0, 0, 0, 4]],
    ["an element, then all", { clipValue: 3, clipNorm: 2.5 }, [30, 0, 0, 0, 4], [2.5 / Math.SQRT2, 0, 0, 0, 2.5 / Math.SQRT2]],
    ["an element of the scaled loss", { clipValue: 2, lossScale: { initial: 2 } }, [2, -8, 0, 0, 8], [1, -2, 0, 0, 2]],
    ["an element when climbing", { clipValue: 2, maximize: true }, [1, -3, 0, 0, 9], [-1, 2, 0, 0, -2]],
    ["centralized rows, not vectors", { centralize: true }, [1, 3, 5, 6, 4], [-1, 1, -0.5, 0.5, 4]],
    ["clipped, then centralized", { clipValue: 2, centralize: true }, [1, 9, 5, 6, 4], [-0.5, 0.5, 0, 0, 2]],
  ])("%s", (_, options, gradient, expected) => {
    for (const [i, x] of at(options, gradient).entries()) expect(x).toBeCloseTo(expected[i], 5);
  });

  test("clipping comes before L2, and after the mean of micro-batches", () => {
    const opt = sgd({ x: 1 }, { lr: 1, clipValue: 1, weightDecay: 0.5, accumulate: true });
    opt.params.x[0] = 8;
    for (const [g, weight] of [
      [3, 1],
      [-5, 3],
    ]) {
      opt.grads.x[0] = g;
      opt.accumulate(weight);
    }
    opt.step(); // the mean is (3 - 15)/4 = -3
    expect(opt.params.x[0]).toBe(8 - (-1 + 0.5 * 8));
  });
});

describe("gradients that are not finite", () => {
  test("are ignored in frozen groups", () => {
    const opt = sgd({ a: 1, b: 1 }, { groups: [{ match: ["b"], frozen: true }] });
    opt.grads.b[0] = Number.NaN;
    opt.step();
    opt.groups[0].frozen = false;
    expect(() => opt.step()).toThrow('sgd: step 2: the gradient of "b" is not finite');
  });

  test("more than maxSkips in a row are an error; a good step resets the count", () => {
    const opt = adam({ x: 3 }, { nonFinite: "skip", maxSkips: 2 });
    for (const good of [Number.NaN, Infinity, 1, -Infinity, Number.NaN]) {
      opt.grads.x[2] = good;
      opt.step();
    }
    expect([opt.t, opt.skipped]).toEqual([1, 4]);
    expect(() => opt.step()).toThrow('adam: step 2: the gradient of "x" is not finite, after 2 skipped in a row');
    expect([opt.t, opt.skipped]).toEqual([1, 4]);
    opt.grads.x[2] = 0;
    opt.step();
    expect(opt.t).toBe(2);
  });

  test("allowed: the step is done", () => {
    const opt = sgd({ x: 2 }, { lr: 1, nonFinite: "allow" });
    opt.grads.x.set([Number.NaN, 1]);
    opt.step();
    expect([...opt.params.x]).toEqual([Number.NaN, -1]);
  });

  test("among accumulated gradients spoil only that step", () => {
    const opt = sgd({ x: 1 }, { lr: 1, nonFinite: "skip", accumulate: true });
    opt.grads.x[0] = Infinity;
    opt.accumulate();
    opt.grads.x[0] = 1;
    opt.accumulate();
    opt.step();
    expect([opt.params.x[0], opt.skipped]).toEqual([0, 1]);
    opt.accumulate();
    opt.step();
    expect([opt.params.x[0], opt.skipped]).toEqual([-1, 1]);
  });

  test("at a shift: an error before anything moves, or the step is skipped", () => {
    const opt = sgd({ x: 1 }, { lr: 1, sam: true });
    opt.grads.x[0] = Number.NaN;
    expect(() => opt.shift()).toThrow('sgd: step 1: the gradient of "x" is not finite');
    expect([opt.shifted, opt.params.x[0]]).toEqual([false, 0]);
    const skipping = sgd({ x: 1 }, { lr: 1, sam: true, nonFinite: "skip" });
    skipping.grads.x[0] = Number.NaN;
    skipping.shift();
    expect([skipping.shifted, skipping.params.x[0]]).toEqual([true, 0]);
    skipping.grads.x[0] = 1;
    skipping.step();
    expect([skipping.shifted, skipping.params.x[0], skipping.skipped, skipping.t]).toEqual([false, 0, 1, 0]);
    skipping.step();
    expect([skipping.params.x[0], skipping.skipped, skipping.t]).toEqual([-1, 1, 1]);
  });

  test("are found in every element", () => {
    const opt = sgd({ x: 131 }, { lr: 1 });
    for (let i = 0; i < 131; i++) {
      for (const bad of [Number.NaN, Infinity, -Infinity]) {
        opt.grads.x[i] = bad;
        expect(() => opt.step()).toThrow(NonFiniteError);
      }
      opt.grads.x[i] = 3.4e38;
    }
    expect(opt.t).toBe(0);
    opt.step();
    expect(opt.t).toBe(1);
  });
});

describe("accumulate", () => {
  test("weighs gradients, is emptied by step() and discard(), and leaves grads unchanged", () => {
    const opt = sgd({ x: 1 }, { lr: 1, accumulate: true });
    const add = (g: number, weight?: number) => {
      opt.grads.x[0] = g;
      opt.accumulate(weight);
    };
    add(4, 1);
    add(8, 3);
    opt.step();
    expect([opt.params.x[0], opt.grads.x[0]]).toEqual([-7, 8]);
    add(100);
    opt.discard();
    add(1);
    opt.zeroGrad();
    add(3);
    opt.step();
    expect(opt.params.x[0]).toBe(-9);
    opt.grads.x[0] = 1;
    opt.step(); // nothing was accumulated
    expect(opt.params.x[0]).toBe(-10);
  });

  test("clears the gradients with zeroGrad", () => {
    const opt = sgd({ x: 1 }, { lr: 1, accumulate: true, zeroGrad: true });
    for (let i = 0; i < 2; i++) {
      opt.grads.x[0] += 3;
      opt.accumulate();
      expect(opt.grads.x[0]).toBe(0);
    }
    opt.step();
    expect(opt.params.x[0]).toBe(-3);
  });

  test("leaves out the gradients that Sophia observes", () => {
    const opt = sophia({ x: 1 }, { accumulate: true, beta2: 0.5 });
    opt.grads.x[0] = 100;
    opt.accumulate();
    opt.step();
    opt.grads.x[0] = 1;
    opt.accumulate();
    opt.grads.x[0] = 2;
    opt.observe();
    expect(opt.state.h.x[0]).toBe(2);
  });
});

describe("in combination", () => {
  /** One step of p = 0 with lr 1 from these gradients. */
  const step = (options: object, a: number[], b: number[]) => {
    const opt = sgd({ a: a.length, b: b.length }, { lr: 1, ...options });
    opt.grads.a.set(a);
    opt.grads.b.set(b);
    opt.step();
    return opt;
  };

  const frozen = { groups: [{ match: ["b"], frozen: true }] };

  test("an infinite norm that is allowed adds no noise; with clipNorm: Infinity it stops nothing", () => {
    const noisy = step({ nonFinite: "allow", clipNorm: 1, noise: { eta: 0.01 } }, [Number.NaN, 1], [1]);
    expect([...noisy.params.a, ...noisy.params.b]).toEqual([Number.NaN, 0, 0]);
    const measured = step({ nonFinite: "allow", clipNorm: Infinity }, [Infinity, 1], [1]);
    expect([...measured.params.a, ...measured.params.b]).toEqual([-Infinity, -1, -1]);
    expect(measured.gradNorm).toBe(Infinity);
  });

  test("frozen gradients are not clipped and get no noise; zeroGrad clears them", () => {
    expect([...step({ ...frozen, clipValue: 0.5, noise: { eta: 1 } }, [1], [1, 3]).grads.b]).toEqual([1, 3]);
    expect([...step({ ...frozen, zeroGrad: true }, [1], [1, 3]).grads.b]).toEqual([0, 0]);
    const opt = step({ ...frozen, accumulate: true }, [1], [1]);
    opt.accumulate();
    opt.step();
    opt.groups[0].frozen = false;
    opt.accumulate();
    opt.step();
    expect(opt.params.b[0]).toBe(-1);
  });

  test("units are clipped before tensors, and both without the loss scale", () => {
    const opt = sgd({ x: [2, 1] }, { lr: 1, clipAdaptive: 1, clipTensorNorm: 1 });
    opt.params.x.fill(1);
    opt.grads.x.set([10, 0.1]);
    opt.step();
    for (const [i, x] of [1 - 1 / Math.hypot(1, 0.1), 1 - 0.1 / Math.hypot(1, 0.1)].entries())
      expect(opt.params.x[i]).toBeCloseTo(x, 5);
    const scaled = sgd({ x: Float32Array.of(1) }, { lr: 1, clipAdaptive: 0.1, lossScale: { initial: 4 } });
    scaled.grads.x[0] = 0.2;
    scaled.step();
    expect(scaled.params.x[0]).toBeCloseTo(0.95, 6);
  });

  test("observe() divides by the loss scale, checks for NaN, and needs train()", () => {
    const opt = sophia({ x: 20_000 }, { lossScale: true, beta2: 0.5, ema: true });
    opt.grads.x.fill(65_536);
    opt.step();
    opt.observe();
    expect(opt.state.h.x).toEqual(new Float32Array(20_000).fill(0.5)); // also after the step's tiles
    opt.grads.x[9] = Number.NaN;
    opt.observe();
    expect([opt.state.h.x[9], opt.skipped]).toEqual([0.5, 1]);
    opt.eval();
    expect(() => opt.observe()).toThrow("sophia: observe() expected train() first");
    expect(() => opt.shift()).toThrow("sophia: shift() expected a rule with a two-phase form, or the option sam");
    const throwing = sophia({ x: 1 });
    throwing.grads.x[0] = Infinity;
    expect(() => throwing.observe()).toThrow('sophia: step 1: the gradient of "x" is not finite');
    expect(throwing.state.h.x[0]).toBe(0);
    const frozen = sophia({ a: 1, b: 1 }, { accumulate: true, groups: [{ match: ["a"], frozen: true }] });
    frozen.accumulate();
    frozen.grads.a[0] = Number.NaN;
    frozen.observe();
    frozen.grads.b[0] = Number.NaN;
    expect(() => frozen.observe()).toThrow('the gradient of "b"');
  });

  test("the error names the first parameter in the caller's order", () => {
    expect(() => step({ groups: [{ match: ["a"] }] }, [Number.NaN], [Number.NaN])).toThrow('the gradient of "a"');
  });
});

describe.each(named)("$name", ({ name, rule }) => {
  test("accumulate() is refused without its option, for a wrong weight, and between eval() and train()", () => {
    expect(() => rule({ x: 1 }).accumulate()).toThrow(`${name}: accumulate() expected the option accumulate: true`);
    const opt = rule({ x: 1 }, { accumulate: true, ema: true });
    for (const weight of [0, -1, Number.NaN, Infinity])
      expect(() => opt.accumulate(weight)).toThrow(`${name}: accumulate(weight) expected in [1e-30,1e30], got ${weight}`);
    expect(() => opt.accumulate("2" as never)).toThrow(`${name}: accumulate(weight) expected a number in [1e-30,1e30], got "2"`);
    opt.step();
    opt.eval();
    expect(() => opt.accumulate()).toThrow(`${name}: accumulate() expected train() first`);
  });
});

const largest = 3.4028234663852886e38;

test("a gradient whose square overflows is limited: the parameter recovers", () => {
  const opt = adamw({ w: 4 }, { nonFinite: "skip" });
  for (let t = 0; t < 50; t++) {
    opt.grads.w.fill(0.1);
    if (t === 10) opt.grads.w[1] = 2e19;
    opt.step();
  }
  expect(opt.skipped).toBe(0);
  expect([...opt.params.w].every((x) => x < 0 && x > -0.2)).toBe(true);
});

test("limiting writes into the gradients, and changes no smaller one", () => {
  const opt = adamw({ w: 4 });
  opt.grads.w.set([1e17, 2 ** 60, 2e19, -largest]);
  opt.step();
  expect([...opt.grads.w]).toEqual([Math.fround(1e17), 2 ** 60, 2 ** 60, -(2 ** 60)]);
});

describe("accumulate() searches its sum alone: NaN in grads is found after", () => {
  const bad = (opt: { grads: { x: Float32Array } }) => opt.grads.x.fill(Number.NaN);
  const accumulated = () => {
    const opt = sophia({ x: 3 }, { accumulate: true });
    const before = opt.snapshot();
    opt.grads.x.fill(1);
    opt.accumulate();
    return { opt, before };
  };

  test("discard()", () => {
    const { opt } = accumulated();
    opt.discard();
    bad(opt);
    expect(() => opt.step()).toThrow('sophia: step 1: the gradient of "x" is not finite');
  });

  test("accumulate(), in observe()", () => {
    const { opt } = accumulated();
    bad(opt);
    expect(() => opt.observe()).toThrow('sophia: step 1: the gradient of "x" is not finite');
    opt.step(); // from the sum
    expect(opt.params.x.every((p) => p < 0)).toBe(true);
  });

  test("a snapshot is restored", () => {
    const { opt, before } = accumulated();
    opt.restore(before);
    bad(opt);
    expect(() => opt.step()).toThrow('sophia: step 1: the gradient of "x" is not finite');
  });
});
