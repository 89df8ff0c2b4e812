// Every rule with everything that the engine does around it, against plain loops around the same rule without it.
import { describe, expect, test } from "vitest";
import { adam, findRate, lamb, NonFiniteError, nesterov, scheduleFreeSgd, sgd, sophia } from "../../src/index.js";
import { relativeError } from "../support/compare.js";
import { type AnyRule, allRules, table } from "../support/configurations.js";
import { fill, random } from "../support/random.js";

type Opt = ReturnType<AnyRule>;
type Views = Record<string, Float32Array>;

const shapes = { weight: [5, 9], bias: 7, scale: [3, 4, 5] };
const named = allRules.map((rule) => ({ name: rule.spec.name, rule }));

/** Fills the arrays of these names, the same ones whatever the optimizer. */
function feed(views: Views, seed: number, factor = 1): void {
  for (const [i, name] of Object.keys(shapes).entries()) if (views[name]) fill(views[name], random(100 * seed + i), factor);
}

function make(rule: AnyRule, options: object, of: Record<string, unknown> = shapes): Opt {
  const opt = rule(of as typeof shapes, options as never);
  feed(opt.params, 1);
  return opt;
}

function run(opt: Opt, steps = 5, after: (t: number) => void = () => {}): Opt {
  for (let t = 1; t <= steps; t++) {
    feed(opt.grads, t + 1);
    opt.step();
    after(t);
  }
  return opt;
}

const copy = (views: Views) => Object.fromEntries(Object.entries(views).map(([name, array]) => [name, array.slice()]));
const views = (of: Record<string, Views | undefined>) =>
  Object.fromEntries(Object.entries(of).flatMap(([array, views]) => (views ? [[array, copy(views)]] : [])));

/** All that a step changes. */
const everything = ({ params, state, average, slow, t, carry, groups, gradNorm, lossScale }: Opt) => ({
  ...views({ params, ...state, average, slow }),
  t,
  carry: { ...carry },
  groups: groups.map(({ steps, carry }) => ({ steps, carry: { ...carry } })),
  gradNorm,
  lossScale,
});

/** What the rule itself changes. */
const ofRule = ({ params, state, carry }: Opt) => ({ ...views({ params, ...state }), carry: { ...carry } });

const without = [
  ["clipValue", { clipValue: 1e9 }],
  ["clipAdaptive", { clipAdaptive: 1e9 }],
  ["clipTensorNorm", { clipTensorNorm: 1e9 }],
  ["clipNorm", { clipNorm: 1e9 }],
  ["clipNorm: Infinity", { clipNorm: Infinity }],
  ["noise of variance 0", { noise: { eta: 0 } }],
  ["nonFinite: skip", { nonFinite: "skip" }],
  ["nonFinite: allow", { nonFinite: "allow" }],
  ["accumulate", { accumulate: true }],
  ["ema", { ema: true }],
  ["swa", { swa: { start: 2, every: 2 } }],
  ["lookahead that is not due", { lookahead: { every: 100 } }],
  ["zeroGrad", { zeroGrad: true }],
  ["all of them", { clipValue: 1e9, clipNorm: 1e9, accumulate: true, ema: true, lookahead: { every: 100 }, zeroGrad: true }],
] as const;

describe.each(table)("$title", ({ rule, options }) => {
  const plain = ofRule(run(make(rule, options)));

  test.each(without)("%s without effect changes no bit", (_, more) => {
    expect(ofRule(run(make(rule, { ...options, ...more })))).toEqual(plain);
  });

  test("gradients of a scaled loss are those of the loss", () => {
    const opt = make(rule, { ...options, lossScale: { initial: 1024, interval: 2 } });
    for (let t = 1; t <= 5; t++) {
      feed(opt.grads, t + 1, opt.lossScale);
      opt.step();
    }
    expect(opt.lossScale).toBe(4096);
    expect(ofRule(opt)).toEqual(plain);
  });

  test("four micro-batches that are accumulated are one step with their mean", () => {
    const opt = make(rule, { ...options, accumulate: true });
    const mean = make(rule, options);
    for (let t = 1; t <= 5; t++) {
      mean.zeroGrad();
      for (let batch = 0; batch < 4; batch++) {
        feed(opt.grads, 10 * t + batch);
        for (const [name, sum] of Object.entries<Float32Array>(mean.grads))
          for (let i = 0; i < sum.length; i++) sum[i] += opt.grads[name][i];
        opt.accumulate();
      }
      for (const sum of Object.values<Float32Array>(mean.grads)) for (let i = 0; i < sum.length; i++) sum[i] /= 4;
      feed(opt.grads, 99);
      opt.step();
      mean.step();
    }
    expect(ofRule(opt)).toEqual(ofRule(mean));
  });

  test("ema is a plain average with a decay that warms up; eval() shows it and train() goes back", () => {
    const opt = make(rule, { ...options, ema: { decay: 0.3 } });
    const average: Views = {};
    run(opt, 6, (t) => {
      const f = Math.fround;
      const decay = Math.min(0.3, t / (9 + t));
      const gain = f(1 - decay);
      for (const [name, p] of Object.entries<Float32Array>(opt.params)) {
        average[name] ??= p.slice();
        const a = average[name];
        // A gain above 1/2 has another form.
        const next = (a: number, p: number) => (gain > 0.5 ? f(gain * p) + f(f(decay) * a) : a + f(gain * f(p - a)));
        for (let i = 0; i < a.length && t > 1; i++) a[i] = next(a[i], p[i]);
      }
    });
    expect(copy(opt.average as Views)).toEqual(average);
    const params = copy(opt.params);
    opt.eval();
    expect(copy(opt.params)).toEqual(average);
    opt.train();
    expect(copy(opt.params)).toEqual(params);
  });

  test("swa is the mean of the parameters after some steps", () => {
    const seen: Views[] = [];
    const opt = make(rule, { ...options, swa: { start: 2, every: 3 } });
    run(opt, 9, (t) => {
      if (t === 3 || t === 6 || t === 9) seen.push(copy(opt.params));
    });
    for (const [name, array] of Object.entries(opt.average as Views)) {
      const mean = Array.from(array, (_, i) => (seen[0][name][i] + seen[1][name][i] + seen[2][name][i]) / 3);
      const error = relativeError(array, mean);
      if (!(error <= 1e-6)) expect.fail(`${name} is ${error} off`); // some roundings to f32
    }
  });

  test("lookahead is slow parameters that the rule starts from again", () => {
    const opt = run(make(rule, { ...options, lookahead: { every: 2, rate: 0.3 } }), 5);
    const fast = make(rule, options);
    const slow = copy(fast.params);
    run(fast, 5, (t) => {
      if (t % 2 > 0) return;
      for (const [name, p] of Object.entries<Float32Array>(fast.params)) {
        const s = slow[name];
        for (let i = 0; i < s.length; i++) s[i] += Math.fround(Math.fround(0.3) * Math.fround(p[i] - s[i]));
        p.set(s);
      }
    });
    expect(ofRule(opt)).toEqual(ofRule(fast));
    expect(copy(opt.slow as Views)).toEqual(slow);
  });

  test("sam is a step from p with the gradient at p + radius·g/‖g‖", () => {
    const opt = make(rule, { ...options, sam: { radius: 0.2 } });
    const byHand = make(rule, options);
    const gradient = ({ params, grads }: Pick<Opt, "params" | "grads">) => {
      for (const [name, p] of Object.entries<Float32Array>(params))
        for (let i = 0; i < p.length; i++) grads[name][i] = p[i] * p[i] - 0.3 + 0.01 * i;
    };
    for (let t = 0; t < 5; t++) {
      gradient(opt);
      opt.shift();
      gradient(opt);
      opt.step();

      gradient(byHand);
      const norm = Math.sqrt(
        Object.values<Float32Array>(byHand.grads).reduce((sum, g) => sum + g.reduce((sum, x) => sum + x * x, 0), 0),
      );
      const climbed = copy(byHand.params);
      const rate = Math.fround(0.2 / norm);
      for (const [name, p] of Object.entries(climbed))
        for (let i = 0; i < p.length; i++) p[i] += Math.fround(rate * byHand.grads[name][i]);
      gradient({ params: climbed, grads: byHand.grads });
      byHand.step();
    }
    for (const [name, p] of Object.entries<Float32Array>(opt.params)) {
      const error = relativeError(p, byHand.params[name]);
      if (!(error <= 1e-6)) expect.fail(`${name} is ${error} off`); // the norm is summed up in another order
    }
  });

  test("skipped: nothing changes but the count", () => {
    const opt = run(make(rule, { ...options, nonFinite: "skip", ema: true, lookahead: true, clipNorm: 1 }), 3);
    const before = { ...everything(opt), gradNorm: 0 };
    for (const [i, bad] of [Number.NaN, Infinity, -Infinity].entries()) {
      feed(opt.grads, 9);
      opt.grads.bias[6] = bad;
      opt.step();
      expect({ ...everything(opt), gradNorm: 0 }).toEqual(before);
      expect(opt.skipped).toBe(i + 1);
    }
  });

  test("thrown: nothing changes", () => {
    const opt = run(make(rule, { ...options, ema: true, clipValue: 0.1, centralize: true, noise: { eta: 1 } }), 3);
    const before = everything(opt);
    feed(opt.grads, 9);
    opt.grads.scale[59] = Number.NaN;
    const grads = copy(opt.grads);
    expect(() => opt.step()).toThrow(
      new NonFiniteError(`${rule.spec.name}: step 4: the gradient of "scale" is not finite`, 4, "scale"),
    );
    expect(everything(opt)).toEqual(before);
    expect(copy(opt.grads)).toEqual(grads);
  });
});

describe.each(named)("$name", ({ rule }) => {
  const apart = {
    clipValue: 0.5,
    clipAdaptive: 0.5,
    clipTensorNorm: 1,
    centralize: true,
    ema: true,
    lookahead: { every: 2 },
    accumulate: true,
    zeroGrad: true,
  };

  test("two groups with all that looks at tensors alone are two optimizers, bit for bit", () => {
    const both = run(make(rule, { ...apart, groups: [{ match: ["bias"], weightDecay: 0.3 }] }));
    const { bias, ...rest } = shapes;
    const first = run(make(rule, apart, rest));
    const second = run(make(rule, { ...apart, weightDecay: 0.3 }, { bias }));
    for (const array of ["params", "average", "slow", "grads"] as const) {
      const of = (opt: Opt) => opt[array] as Views;
      expect(copy(of(both))).toEqual({ ...copy(of(first)), ...copy(of(second)) });
    }
  });

  test("frozen: not a byte changes, whatever is around the rule", () => {
    const sam = { ...apart, clipNorm: 0.5, noise: { eta: 1 }, decay: "proximal", weightDecay: 0.1, sam: { adaptive: true } };
    const opt = make(rule, { ...sam, groups: [{ match: ["bias"], frozen: true }] });
    const start = opt.params.bias.slice();
    for (let t = 0; t < 4; t++) {
      feed(opt.grads, t + 2);
      opt.grads.bias[0] = Number.NaN;
      opt.shift();
      expect(opt.params.bias).toEqual(start);
      feed(opt.grads, t + 7);
      opt.accumulate();
      opt.step();
    }
    expect(opt.params.bias).toEqual(start);
    for (const state of Object.values(opt.state)) if (state) expect(new Set(state.bias).size).toBeLessThanOrEqual(1);
    expect([...(opt.average as Views).bias, ...(opt.slow as Views).bias]).toEqual(new Array(14).fill(0));
    opt.eval();
    expect(opt.params.bias).toEqual(start);
  });

  test("tiles that what follows is done in change no bit", () => {
    const large = { matrix: [70, 73], vector: 9001 };
    const at = (options: object) => {
      const opt = rule(large, options as never);
      fill(opt.params.matrix, random(1));
      fill(opt.params.vector, random(2));
      for (let t = 0; t < 3; t++) {
        fill(opt.grads.matrix, random(3 + t));
        fill(opt.grads.vector, random(6 + t));
        opt.step();
      }
      return opt;
    };
    const proximal = { weightDecay: 0.1, decay: "proximal" };
    const tiled = at({ ...proximal, swa: true, zeroGrad: true });
    expect(ofRule(tiled)).toEqual(ofRule(at({ ...proximal })));
    for (const g of Object.values(tiled.grads as Views)) expect(g.every((x) => x === 0)).toBe(true);
    tiled.eval();
    const { vector } = (tiled.average as Views) ?? {};
    expect(copy(tiled.params).vector).toEqual(vector);
    expect(vector.every((x) => x !== 0)).toBe(true);
  });
});

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

  test("comes before L2, and after the mean of micro-batches", () => {
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

describe("noise", () => {
  const noisy = (options: object, n = 1e5) => {
    const opt = sgd({ a: n, b: 4 }, { lr: 1, groups: [{ match: ["b"] }], ...options });
    return [0, 1].map(() => {
      opt.params.a.fill(0);
      opt.params.b.fill(0);
      opt.zeroGrad();
      opt.step();
      return copy(opt.params);
    });
  };
  const variance = (array: Float32Array) => array.reduce((sum, x) => sum + x * x, 0) / array.length;

  test("has variance eta/(1 + t)^gamma, also of the gradient that scaling and clipping leave", () => {
    const rows: [object, number, number][] = [
      [{ noise: { eta: 0.04 } }, 0.04, 0.04 / 2 ** 0.55],
      [{ noise: { eta: 0.04, gamma: 0 } }, 0.04, 0.04],
      [{ noise: { eta: 0.04, gamma: 2 }, lossScale: true, maximize: true, accumulate: true }, 0.04, 0.01],
    ];
    for (const [options, first, second] of rows) {
      const steps = noisy(options);
      // Five standard deviations of a variance of 1e5 numbers, √(2/1e5).
      for (const [t, expected] of [first, second].entries())
        expect(Math.abs(variance(steps[t].a) / expected - 1)).toBeLessThan(0.0224);
    }
  });

  test("differs from step to step, from group to group and from seed to seed, and is the same every time", () => {
    const steps = noisy({ noise: { eta: 1 } });
    expect(steps).toEqual(noisy({ noise: { eta: 1 } }));
    const other = noisy({ noise: { eta: 1, seed: 1 } });
    const seen = [...steps, ...other].flatMap(({ a, b }) => [a.slice(0, 4).join(), b.join()]);
    expect(new Set(seen).size).toBe(8);
  });
});

describe("gradients that are not finite", () => {
  test("in frozen groups do not count", () => {
    const opt = sgd({ a: 1, b: 1 }, { groups: [{ match: ["b"], frozen: true }] });
    opt.grads.b[0] = Number.NaN;
    opt.step();
    opt.groups[0].frozen = false;
    expect(() => opt.step()).toThrow('sgd: step 2: the gradient of "b" is not finite');
  });

  test("too often in a row are an error, which a good step begins anew", () => {
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

  test("allowed: they go on", () => {
    const opt = sgd({ x: 2 }, { lr: 1, nonFinite: "allow" });
    opt.grads.x.set([Number.NaN, 1]);
    opt.step();
    expect([...opt.params.x]).toEqual([Number.NaN, -1]);
  });

  test("among those that were accumulated spoil that step alone", () => {
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

  test("at a shift: thrown with nothing moved, or nothing is shifted and the step is skipped", () => {
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

  test("are found wherever they are", () => {
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

describe("loss scaling", () => {
  test("grows after so many good steps and shrinks when gradients overflow, within limits", () => {
    const opt = sgd({ x: 1 }, { lossScale: { initial: 8, growth: 4, backoff: 0.25, interval: 2 }, maxSkips: 1000 });
    const scales = [1, 1, 1, Infinity, 1, 1, Number.NaN, Infinity, 1, 1].map((g) => {
      opt.grads.x[0] = g;
      opt.step();
      return opt.lossScale;
    });
    expect(scales).toEqual([8, 32, 32, 8, 8, 32, 8, 2, 2, 8]);
    for (let t = 0; t < 200; t++) opt.step();
    expect(opt.lossScale).toBe(2 ** 100);
    opt.grads.x[0] = Infinity;
    for (let t = 0; t < 200; t++) opt.step();
    expect(opt.lossScale).toBe(1);
    expect(sgd({ x: 1 }).lossScale).toBe(1);
    expect(sgd({ x: 1 }, { lossScale: true }).lossScale).toBe(65_536);
  });
});

describe("accumulate", () => {
  test("weighs, empties with the step and with discard(), and leaves grads as they are", () => {
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

  test("with zeroGrad takes the gradients away", () => {
    const opt = sgd({ x: 1 }, { lr: 1, accumulate: true, zeroGrad: true });
    for (let i = 0; i < 2; i++) {
      opt.grads.x[0] += 3;
      opt.accumulate();
      expect(opt.grads.x[0]).toBe(0);
    }
    opt.step();
    expect(opt.params.x[0]).toBe(-3);
  });

  test("does not take in what Sophia observes", () => {
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

describe("what is shown and put back", () => {
  test("an average goes before slow parameters, and these before the rule's own", () => {
    const at = (options: object) => {
      const opt = scheduleFreeSgd({ x: 2 }, { lr: 0.1, ...options });
      for (let t = 0; t < 3; t++) {
        opt.grads.x.set([1, t]);
        opt.step();
      }
      opt.eval();
      return opt;
    };
    const both = at({ lookahead: { every: 2 }, swa: true });
    expect(both.params.x).toEqual(both.average?.x);
    const slow = at({ lookahead: { every: 2 } });
    expect(slow.params.x).toEqual(slow.slow?.x);
    const early = at({ swa: { start: 3 } });
    expect(early.params.x).toEqual(at({}).params.x);
    expect(early.average?.x).toEqual(new Float32Array(2));
  });

  test("a group that was never in the average is shown as it is", () => {
    const opt = sgd({ a: 1, b: Float32Array.of(5) }, { ema: true, groups: [{ match: ["b"], frozen: true }] });
    opt.step();
    opt.eval();
    expect(opt.params.b[0]).toBe(5);
  });

  test("findRate puts back averages, slow parameters, skips, loss scale and what is accumulated", () => {
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

  test("sam, restored bit for bit, also when the shift is taken back", () => {
    const opt = nesterov({ x: Float32Array.of(1e-30, 1, 1e30) }, { sam: { radius: 1 } });
    const start = opt.params.x.slice();
    opt.grads.x.fill(1);
    opt.shift();
    expect(opt.params.x).not.toEqual(start);
    opt.unshift();
    expect(opt.params.x).toEqual(start);
    opt.grads.x.fill(0);
    opt.shift();
    expect(opt.params.x).toEqual(start);
    opt.step();
    expect(opt.params.x).toEqual(start);
  });

  test("adaptive sam climbs by radius·p²·g/‖p·g‖, and the sign of maximize counts", () => {
    for (const [options, sign] of [
      [{}, 1],
      [{ maximize: true }, -1],
    ] as const) {
      const opt = sgd({ x: Float32Array.of(1, -2, 0) }, { sam: { radius: 0.5, adaptive: true }, ...options });
      opt.grads.x.set([3, 2, 7]);
      opt.shift();
      for (const [i, x] of [1 + (sign * 0.5 * 3) / 5, -2 + (sign * 0.5 * 4 * 2) / 5, 0].entries())
        expect(opt.params.x[i]).toBeCloseTo(x, 6);
    }
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

  test("an infinite norm that is allowed adds no noise; one that is only measured stops nothing", () => {
    const noisy = step({ nonFinite: "allow", clipNorm: 1, noise: { eta: 0.01 } }, [Number.NaN, 1], [1]);
    expect([...noisy.params.a, ...noisy.params.b]).toEqual([Number.NaN, 0, 0]);
    const measured = step({ nonFinite: "allow", clipNorm: Infinity }, [Infinity, 1], [1]);
    expect([...measured.params.a, ...measured.params.b]).toEqual([-Infinity, -1, -1]);
    expect(measured.gradNorm).toBe(Infinity);
  });

  test("frozen gradients are neither clipped nor noisy, but zeroed with zeroGrad", () => {
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

  test("units before tensors, and both of unscaled gradients", () => {
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

  test("zeroGrad also where a step is skipped, a shift takes gradients in, or they are observed", () => {
    expect(step({ zeroGrad: true, nonFinite: "skip" }, [Number.NaN], [1]).grads.a[0]).toBe(0);
    const opt = sgd({ x: 1 }, { zeroGrad: true, sam: true });
    opt.grads.x[0] = 1;
    opt.shift();
    expect(opt.grads.x[0]).toBe(0);
    const observing = sophia({ x: 1 }, { zeroGrad: true });
    observing.grads.x[0] = 1;
    observing.observe();
    expect(observing.grads.x[0]).toBe(0);
  });

  test("what is observed is unscaled, finite, and in training", () => {
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

  test("sam clips units by the parameters that move, and counts for the loss scale", () => {
    const opt = sgd({ x: Float32Array.of(1e-6) }, { lr: 1, clipAdaptive: 0.1, sam: { radius: 10 } });
    for (const method of ["shift", "step"] as const) {
      opt.grads.x[0] = 1;
      opt[method]();
    }
    expect(opt.params.x[0]).toBeCloseTo(1e-6 - 1e-4, 9);
    const scaled = sgd({ x: 1 }, { lossScale: { initial: 2, interval: 1 }, sam: true });
    scaled.shift();
    scaled.step();
    expect(scaled.lossScale).toBe(4);
    scaled.grads.x[0] = 1;
    const allowed = sgd({ x: Float32Array.of(1, 2) }, { nonFinite: "allow", sam: true });
    allowed.grads.x.set([Number.NaN, 1]);
    allowed.shift();
    expect(allowed.params.x[1]).toBe(2);
    const shown = sgd({ x: 1 }, { sam: true, ema: true });
    shown.eval(); // nothing to show yet
    shown.step();
    shown.eval();
    expect(() => shown.shift()).toThrow("sgd: shift() expected train() first");
  });

  test("the first average is a copy of all tiles; flushing leaves averages and slow parameters alone", () => {
    const opt = sgd({ x: 10_000 }, { lr: 1, ema: true });
    opt.grads.x.fill(1);
    opt.step();
    expect(opt.average?.x).toEqual(new Float32Array(10_000).fill(-1));
    const tiny = Math.fround(1e-39);
    const small = adam({ x: Float32Array.of(tiny) }, { ema: true, lookahead: true });
    for (let t = 0; t < 64; t++) small.step();
    expect([small.average?.x[0], small.slow?.x[0]]).toEqual([tiny, tiny]);
  });

  test("proximal decay goes by the rule's own rate, and only once where the rule absorbs it", () => {
    const after = (rule: AnyRule, options: object) => {
      const opt = rule({ x: Float32Array.of(1) }, { weightDecay: 1, decay: "proximal", lr: 0.1, ...options });
      opt.step();
      return opt.params.x[0];
    };
    const named = (name: string) => allRules.find(({ spec }) => spec.name === name) as AnyRule;
    for (const name of ["scheduleFreeSgd", "scheduleFreeAdamw"]) expect(after(named(name), {})).toBeCloseTo(1 / 1.1, 6);
    expect(after(named("muon"), { adamScale: 0.5 })).toBeCloseTo(1 / 1.05, 6);
  });

  test("noise does not depend on where gradients are summed up", () => {
    const [plain, summed] = [false, true].map((accumulate) => {
      const opt = sgd({ a: 5, b: 5 }, { lr: 1, noise: { eta: 1 }, groups: [{ match: ["b"] }], accumulate: true });
      if (accumulate) opt.accumulate();
      opt.step();
      return copy(opt.params);
    });
    expect(plain).toEqual(summed);
  });

  test("findRate neither uses what was accumulated before, nor forgets it, nor skips in a row", () => {
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

  test("an error of the gradient itself passes through findRate, whatever its kind", () => {
    const opt = sgd({ x: 1 });
    const error = new NonFiniteError("of another", 1, "z");
    const gradient = () => {
      throw error;
    };
    expect(() => findRate(opt, { count: 1, gradient })).toThrow(error);
  });

  test("the first parameter that is not finite is named in the caller's order", () => {
    expect(() => step({ groups: [{ match: ["a"] }] }, [Number.NaN], [Number.NaN])).toThrow('the gradient of "a"');
  });
});

describe.each(named)("$name", ({ name, rule }) => {
  test.each<[object, string]>([
    [{ clipValue: 0 }, "clipValue expected in (0,inf), got 0"],
    [{ clipAdaptive: -1 }, "clipAdaptive expected in (0,inf), got -1"],
    [{ clipTensorNorm: Number.NaN }, "clipTensorNorm expected in (0,inf), got NaN"],
    [{ clipNorm: -Infinity }, "clipNorm expected in (0,inf), got -Infinity"],
    [{ centralize: 1 }, "centralize expected true or false, got 1"],
    [{ noise: true }, "noise: eta expected a number in [0,inf), got undefined"],
    [{ noise: { eta: 1, seed: 0.5 } }, "noise: seed expected an integer of at least 0, got 0.5"],
    [{ noise: { eta: 1, seed: 2 ** 32 } }, "noise: seed expected at most 2^32 - 1, got 4294967296"],
    [{ noise: { eta: 1, sigma: 2 } }, 'noise: unknown option "sigma"; the options are eta, gamma, seed'],
    [{ accumulate: 4 }, "accumulate expected true or false, got 4"],
    [{ lossScale: 1024 }, "lossScale expected true, false or an object of options, got 1024"],
    [{ lossScale: { initial: 0 } }, "lossScale: initial expected in [1,1e30], got 0"],
    [{ lossScale: { growth: 0.5 } }, "lossScale: growth expected in [1,inf), got 0.5"],
    [{ lossScale: { backoff: 2 } }, "lossScale: backoff expected in (0,1], got 2"],
    [{ lossScale: { interval: 0 } }, "lossScale: interval expected an integer of at least 1, got 0"],
    [{ lossScale: true, nonFinite: "throw" }, 'nonFinite expected "skip" with lossScale, got "throw"'],
    [{ nonFinite: "ignore" }, 'nonFinite expected one of throw, skip, allow, got "ignore"'],
    [{ maxSkips: 0 }, "maxSkips expected an integer of at least 1, got 0"],
    [{ ema: 0.99 }, "ema expected true, false or an object of options, got 0.99"],
    [{ ema: { decay: 1 } }, "ema: decay expected in [0,1), got 1"],
    [{ ema: null }, "ema expected true, false or an object of options, got null"],
    [{ swa: { every: 0 } }, "swa: every expected an integer of at least 1, got 0"],
    [{ swa: { start: -1 } }, "swa: start expected an integer of at least 0, got -1"],
    [{ ema: true, swa: true }, "ema and swa expected one of them, got both"],
    [{ lookahead: { rate: 0 } }, "lookahead: rate expected in (0,1], got 0"],
    [{ lookahead: { k: 5 } }, 'lookahead: unknown option "k"; did you mean every? The options are every, rate'],
    [{ zeroGrad: 0 }, "zeroGrad expected true or false, got 0"],
    [{ sam: 0.05 }, "sam expected true, false or an object of options, got 0.05"],
    [{ sam: { radius: 0 } }, "sam: radius expected in (0,inf), got 0"],
    [{ sam: { adaptive: "yes" } }, 'sam: adaptive expected true or false, got "yes"'],
  ])("%o is refused", (options, message) => {
    expect(() => rule({ x: 1 }, options as never)).toThrow(`${name}: ${message}`);
  });

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
