import { expect, test } from "vitest";
import type { Spec } from "../src/define.js";
import { inverseTimeDecay } from "../src/index.js";
import { relativeError } from "./compare.js";
import { allRules } from "./configurations.js";
import optax from "./golden/optax.json" with { type: "json" };
import torch from "./golden/torch.json" with { type: "json" };
import { fill, random } from "./random.js";

type Arrays = Record<string, readonly number[]>;

// PyTorch rounds beta2 and 1 - beta2 to f32 apart, which alone moves its squares by 1.3e-6 in 100 steps at 0.999. Decay that
// multiplies p rounds its factor, 1 - lr·weightDecay or the like, by up to 2^-25, the same at every step.
const tolerance = (spec: Spec) => 2e-6 + (spec.decay ? 100 * 2 ** -25 : 0);

interface Golden {
  readonly steps: number;
  readonly seed: number;
  readonly shapes: Record<string, number[]>;
  readonly cases: { rule: string; options: Record<string, unknown>; params: Arrays; state: Record<string, Arrays> }[];
}

const rows = Object.entries<Golden>({ PyTorch: torch as unknown as Golden, optax: optax as unknown as Golden }).flatMap(
  ([from, golden]) => golden.cases.map((row) => ({ ...row, from, golden })),
);

test("there are at least three configurations of every rule", () => {
  for (const { spec } of allRules) expect(rows.filter(({ rule }) => rule === spec.name).length).toBeGreaterThanOrEqual(3);
});

test.each(rows)(
  "$rule $options: parameters and state as $from has them after 100 steps",
  ({ rule, options, params, state, golden }) => {
    const make = allRules.find(({ spec }) => spec.name === rule);
    if (!make) throw new Error(`no rule ${rule}`);
    const { lr } = options;
    const opt = make(golden.shapes, Array.isArray(lr) ? { ...options, lr: inverseTimeDecay(lr[0], { rate: lr[1] }) } : options);

    const source = random(golden.seed);
    for (const array of Object.values<Float32Array>(opt.params)) fill(array, source);
    for (let t = 0; t < golden.steps; t++) {
      for (const array of Object.values<Float32Array>(opt.grads)) fill(array, source);
      opt.step();
    }

    const worst = (actual: Record<string, Float32Array>, expected: Arrays) =>
      Object.fromEntries(Object.keys(golden.shapes).map((name) => [name, relativeError(actual[name], expected[name])]));
    const errors: Record<string, Record<string, number>> = { params: worst(opt.params, params) };
    for (const [slot, layout] of Object.entries(make.spec.state)) {
      const expected = state[typeof layout === "object" ? layout.torch : layout];
      expect(opt.state[slot] === undefined).toBe(expected === undefined);
      if (expected) errors[slot] = worst(opt.state[slot] as Record<string, Float32Array>, expected);
    }
    for (const [array, byName] of Object.entries(errors)) {
      for (const [name, error] of Object.entries(byName))
        if (!(error <= tolerance(make.spec))) expect.fail(`${array}.${name} is ${error} off`);
    }
    expect(opt.t).toBe(golden.steps);
  },
);
