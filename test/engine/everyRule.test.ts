// Every rule with everything that the engine does around it, against plain loops around the same rule without it.

import { describe, expect, test } from "vitest";
import { NonFiniteError } from "../../src/index.js";
import { relativeError } from "../support/compare.js";
import { type AnyRule, allRules, table } from "../support/configurations.js";
import { fill, random } from "../support/random.js";
import { copy, everything, feed, make, ofRule, run, shapes } from "../support/runs.js";

type Opt = ReturnType<AnyRule>;

type Views = Record<string, Float32Array>;

const named = allRules.map((rule) => ({ name: rule.spec.name, rule }));

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

  test.each(without)("%s, without effect, changes no bit", (_, more) => {
    expect(ofRule(run(make(rule, { ...options, ...more })))).toEqual(plain);
  });

  test("a scaled loss gives the same steps", () => {
    const opt = make(rule, { ...options, lossScale: { initial: 1024, interval: 2 } });
    for (let t = 1; t <= 5; t++) {
      feed(opt.grads, t + 1, opt.lossScale);
      opt.step();
    }
    expect(opt.lossScale).toBe(4096);
    expect(ofRule(opt)).toEqual(plain);
  });

  test("four accumulated micro-batches are one step with their mean", () => {
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

  test("ema is an average with a decay that warms up; eval() shows it, train() switches back", () => {
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

  test("lookahead moves slow parameters, and the rule starts from them again", () => {
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

  test("a skipped step changes only the count of skips", () => {
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

  test("a step that throws changes nothing", () => {
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

  test("two groups are two optimizers bit for bit, with every option that treats tensors separately", () => {
    const both = run(make(rule, { ...apart, groups: [{ match: ["bias"], weightDecay: 0.3 }] }));
    const { bias, ...rest } = shapes;
    const first = run(make(rule, apart, rest));
    const second = run(make(rule, { ...apart, weightDecay: 0.3 }, { bias }));
    for (const array of ["params", "average", "slow", "grads"] as const) {
      const of = (opt: Opt) => opt[array] as Views;
      expect(copy(of(both))).toEqual({ ...copy(of(first)), ...copy(of(second)) });
    }
  });

  test("frozen: no byte changes, with every option of the engine", () => {
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

  test("the tiles of the epilogue change no bit", () => {
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
