// Every rule against other libraries: parameters and state after 100 steps.
import { expect, test } from "vitest";
import type { Spec } from "../../src/engine/spec.js";
import { inverseTimeDecay } from "../../src/index.js";
import { checkClose } from "../support/compare.js";
import { allRules, ruleNamed } from "../support/configurations.js";
import { type Arrays, type RuleRun, readRuns } from "../support/golden.js";
import { fill, random } from "../support/random.js";

// PyTorch rounds beta2 and 1 - beta2 to f32 apart, which alone moves its squares by 1.3e-6 in 100 steps at 0.999. Decay that
// multiplies p rounds its factor, 1 - lr·weightDecay or the like, by up to 2^-25, the same at every step; so does asgd.
const toleranceOf = ({ name, decay = "l2" }: Spec, options: RuleRun["options"]) =>
  2e-6 + ((options.decay ?? decay) !== "l2" || name === "asgd" ? 100 * 2 ** -25 : 0);

const rows = readRuns<RuleRun>({
  Keras: "keras",
  optax: "optax",
  "TensorFlow.js": "tfjs",
  tinygrad: "tinygrad",
  PyTorch: "torch",
  "PyTorch 2": "torch2",
});

test("there are at least three configurations of every rule", () => {
  for (const { spec } of allRules)
    expect(rows.filter(({ rule }) => rule === spec.name).length, spec.name).toBeGreaterThanOrEqual(3);
});

test.each(rows)(
  "$rule $options: parameters and state as $from has them after 100 steps",
  ({ rule, options, observe, params, state, carry, evaluation, as, golden, only = Object.keys(golden.shapes) }) => {
    const make = ruleNamed(rule);
    const { lr } = options;
    const opt = make(golden.shapes, Array.isArray(lr) ? { ...options, lr: inverseTimeDecay(lr[0], { rate: lr[1] }) } : options);
    const tolerance = toleranceOf(make.spec, options);

    const source = random(golden.seed);
    for (const array of Object.values<Float32Array>(opt.params)) fill(array, source);
    for (let t = 0; t < golden.steps; t++) {
      for (const array of Object.values<Float32Array>(opt.grads)) fill(array, source);
      if (observe && t % observe === 0) opt.observe();
      opt.step();
    }

    const compare = (what: string, actual: Record<string, Float32Array>, expected: Arrays) => {
      for (const name of only) checkClose(`${what}.${name}`, actual[name], expected[name] ?? [], tolerance);
    };
    compare("params", opt.params, params);
    for (const [slot, layout] of as === undefined ? Object.entries(make.spec.state) : []) {
      const expected = state?.[typeof layout === "object" ? layout.torch : layout];
      expect(opt.state[slot] === undefined).toBe(expected === undefined);
      if (expected) compare(slot, opt.state[slot] as Record<string, Float32Array>, expected);
    }
    for (const [name, expected] of Object.entries(carry ?? {})) checkClose(name, [opt.carry[name]], [expected], tolerance);
    expect(opt.t).toBe(golden.steps);
    if (evaluation) {
      opt.eval();
      compare("evaluation", opt.params, evaluation);
      opt.train();
      compare("params", opt.params, params);
    }
  },
);
