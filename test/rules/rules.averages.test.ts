// Averages of gradients and of their squares, for every rule that keeps one: as exact as f32 allows, whatever their decay.

import { describe, expect, test } from "vitest";
import * as library from "../../src/index.js";
import type { AnyRule } from "../support/configurations.js";
import { random } from "../support/random.js";

const f = Math.fround;

interface Average {
  readonly rule: keyof typeof library.rules;
  /** The slot, and the hyper-parameter that is its decay. */
  readonly slot: string;
  readonly decay: string;
  /** What it is an average of, at step t: of the gradient and of that of the step before. */
  readonly of: (g: number, before: number, t: number) => number;
  readonly options?: Record<string, number | boolean>;
  /** Its decay at step t. */
  readonly at?: (decay: number, t: number) => number;
}

const itself = (g: number) => g;

const square = (g: number) => f(g * g);

const adams = (["adam", "adamw", "amsgrad", "nadam", "radam", "lamb", "ademamix"] as const).flatMap((rule) => [
  { rule, slot: "m", decay: "beta1", of: itself },
  { rule, slot: "v", decay: "beta2", of: square },
]);

const averages: readonly Average[] = [
  ...adams,
  { rule: "adam", slot: "v", decay: "beta2", of: square, options: { epsRoot: 1e-8 } },
  { rule: "amsgrad", slot: "v", decay: "beta2", of: square, options: { corrected: true } },
  { rule: "ademamix", slot: "n", decay: "beta3", of: itself },
  { rule: "adabelief", slot: "m", decay: "beta1", of: itself },
  { rule: "adadelta", slot: "v", decay: "rho", of: square },
  { rule: "adamax", slot: "m", decay: "beta1", of: itself },
  { rule: "adamax", slot: "m", decay: "beta1", of: itself, options: { epsInMax: false } },
  { rule: "adan", slot: "m", decay: "beta1", of: itself },
  { rule: "adan", slot: "w", decay: "beta2", of: (g, before, t) => (t === 1 ? 0 : f(g - before)) },
  { rule: "adopt", slot: "v", decay: "beta2", of: square, at: (decay, t) => (t === 1 ? 0 : decay) },
  { rule: "lion", slot: "m", decay: "beta2", of: itself },
  { rule: "muon", slot: "m", decay: "beta1", of: itself },
  { rule: "prodigy", slot: "v", decay: "beta2", of: square, options: { d0: 1, lr: 0 } },
  { rule: "qhm", slot: "b", decay: "momentum", of: itself },
  { rule: "rmsprop", slot: "v", decay: "rho", of: square },
  { rule: "rmsprop", slot: "v", decay: "rho", of: square, options: { epsInRoot: true } },
  { rule: "rmsprop", slot: "v", decay: "rho", of: square, options: { momentum: 0.5 } },
  { rule: "rmsprop", slot: "a", decay: "rho", of: itself, options: { centered: true } },
  { rule: "rmsprop", slot: "a", decay: "rho", of: itself, options: { centered: true, momentum: 0.5 } },
  { rule: "scheduleFreeAdamw", slot: "v", decay: "beta2", of: square },
  { rule: "signum", slot: "m", decay: "momentum", of: itself },
  { rule: "sophia", slot: "m", decay: "beta1", of: itself },
  { rule: "yogi", slot: "m", decay: "beta1", of: itself, options: { initialAccumulator: 0 } },
];

const decays = [0, 1e-7, 1e-3, 0.1, 0.3, 0.49, 0.5, 0.51, 0.7, 0.9, 0.99, 0.999, 0.9999, 1 - 1e-5, 1 - 1e-6, 1 - 1e-7];

/** `Tensor.lerp_` of PyTorch, in f32. */
function lerp(a: number, b: number, gain: number): number {
  if (f(gain) < 0.5) return f(a + f(f(gain) * f(b - a)));
  return f(b - f(f(b - a) * f(1 - f(gain))));
}

/** `mul_(decay).addcmul_(g, g, value)` of PyTorch, in f32. */
const scaled = (a: number, b: number, decay: number) => f(f(a * f(decay)) + f(f(1 - decay) * b));

/** Gradients of all magnitudes, constant ones, and one large one before zeros. */
function gradients(length: number, t: number): Float32Array {
  const source = random(1000 + t);
  return Float32Array.from({ length }, (_, i) => {
    const noise = source.next().value;
    if (i % 4 === 0) return noise * 10 ** (4 * source.next().value);
    if (i % 4 === 1) return 1 + i;
    return i % 4 === 2 ? (t === 1 ? 1000 : 0) : noise;
  });
}

/** The largest error of any element, relative to the average of magnitudes: terms of both signs may cancel. */
const worst = (found: ArrayLike<number>, exact: Float64Array, sizes: Float64Array) =>
  exact.reduce((most, x, i) => {
    const error = found[i] === x ? 0 : Math.abs(found[i] - x) / sizes[i];
    return error <= most ? most : error;
  }, 0);

describe.each(averages)("$rule: $slot by $decay $options", ({ rule, slot, decay: name, of, options, at = (decay) => decay }) => {
  test.each(decays)("%d: no further from f64 than PyTorch's f32", (decay) => {
    const length = 67;
    const make = library.rules[rule] as unknown as AnyRule;
    const opt = make({ x: length }, { lr: 1e-3, ...options, [name]: decay });
    const exact = new Float64Array(length);
    const sizes = new Float64Array(length);
    const torch = new Float32Array(length);
    let before: Float32Array = new Float32Array(length);
    let [ours, theirs] = [0, 0];
    for (let t = 1; t <= 40; t++) {
      const g = gradients(length, t);
      opt.grads.x.set(g);
      opt.step();
      const beta = at(decay, t);
      for (let i = 0; i < length; i++) {
        const x = of(g[i], before[i], t);
        exact[i] = beta * exact[i] + (1 - beta) * x;
        sizes[i] = beta * sizes[i] + (1 - beta) * Math.abs(x);
        torch[i] = of === square ? scaled(torch[i], x, beta) : lerp(torch[i], x, 1 - beta);
      }
      before = g;
      ours = Math.max(ours, worst(opt.state[slot]?.x ?? [], exact, sizes));
      theirs = Math.max(theirs, worst(torch, exact, sizes));
    }
    // Where both are within some roundings of a sum, chance says whose error is larger.
    expect(ours).toBeLessThanOrEqual(Math.max(theirs, 2 ** -20));
  });
});
