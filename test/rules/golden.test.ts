import { expect, test } from "vitest";
import type { Spec } from "../../src/engine/spec.js";
import { inverseTimeDecay } from "../../src/index.js";
import keras from "../golden/keras.json" with { type: "json" };
import optax from "../golden/optax.json" with { type: "json" };
import tfjs from "../golden/tfjs.json" with { type: "json" };
import tinygrad from "../golden/tinygrad.json" with { type: "json" };
import torch from "../golden/torch.json" with { type: "json" };
import torch2 from "../golden/torch2.json" with { type: "json" };
import { relativeError } from "../support/compare.js";
import { allRules } from "../support/configurations.js";
import { fill, random } from "../support/random.js";

type Arrays = Record<string, readonly number[]>;

// PyTorch rounds beta2 and 1 - beta2 to f32 apart, which alone moves its squares by 1.3e-6 in 100 steps at 0.999. Decay that
// multiplies p rounds its factor, 1 - lr·weightDecay or the like, by up to 2^-25, the same at every step; so does asgd.
const tolerance = ({ name, decay = "l2" }: Spec, options: Record<string, unknown>) =>
  2e-6 + ((options.decay ?? decay) !== "l2" || name === "asgd" ? 100 * 2 ** -25 : 0);

interface Golden {
  readonly steps: number;
  readonly seed: number;
  readonly shapes: Record<string, number[]>;
  readonly cases: {
    readonly rule: string;
    readonly options: Record<string, unknown>;
    /** The other framework's call whose training these options reproduce; of these only the parameters are compared. */
    readonly as?: string;
    /** The tensors that are compared, where not all. */
    readonly only?: string[];
    /** Every so many steps, the first one included, the gradient is also observed, before the step. */
    readonly observe?: number;
    readonly params: Arrays;
    /** Of the tensors that have it. */
    readonly state?: Record<string, Arrays>;
    readonly carry?: Record<string, number>;
    /** What `eval()` shows. */
    readonly evaluation?: Arrays;
  }[];
}

const rows = Object.entries({
  Keras: keras,
  optax,
  "TensorFlow.js": tfjs,
  tinygrad,
  PyTorch: torch,
  "PyTorch 2": torch2,
}).flatMap(([from, file]) => {
  const golden = file as unknown as Golden;
  return golden.cases.map((row) => ({ ...row, from, golden }));
});

test("there are at least three configurations of every rule", () => {
  for (const { spec } of allRules) expect(rows.filter(({ rule }) => rule === spec.name).length).toBeGreaterThanOrEqual(3);
});

test.each(rows)(
  "$rule $options: parameters and state as $from has them after 100 steps",
  ({ rule, options, observe, params, state, carry, evaluation, as, golden, only = Object.keys(golden.shapes) }) => {
    const make = allRules.find(({ spec }) => spec.name === rule);
    if (!make) throw new Error(`no rule ${rule}`);
    const { lr } = options;
    const opt = make(golden.shapes, Array.isArray(lr) ? { ...options, lr: inverseTimeDecay(lr[0], { rate: lr[1] }) } : options);

    const source = random(golden.seed);
    for (const array of Object.values<Float32Array>(opt.params)) fill(array, source);
    for (let t = 0; t < golden.steps; t++) {
      for (const array of Object.values<Float32Array>(opt.grads)) fill(array, source);
      if (observe && t % observe === 0) opt.observe();
      opt.step();
    }

    const compare = (what: string, actual: Record<string, Float32Array>, expected: Arrays) => {
      for (const name of only) {
        const error = relativeError(actual[name], expected[name] ?? []);
        if (!(error <= tolerance(make.spec, options))) expect.fail(`${what}.${name} is ${error} off`);
      }
    };
    compare("params", opt.params, params);
    for (const [slot, layout] of as === undefined ? Object.entries(make.spec.state) : []) {
      const expected = state?.[typeof layout === "object" ? layout.torch : layout];
      expect(opt.state[slot] === undefined).toBe(expected === undefined);
      if (expected) compare(slot, opt.state[slot] as Record<string, Float32Array>, expected);
    }
    for (const [name, expected] of Object.entries(carry ?? {})) {
      if (!(Math.abs(opt.carry[name] / expected - 1) <= tolerance(make.spec, options)))
        expect.fail(`${name} is ${opt.carry[name]}`);
    }
    expect(opt.t).toBe(golden.steps);
    if (evaluation) {
      opt.eval();
      compare("evaluation", opt.params, evaluation);
      opt.train();
      compare("params", opt.params, params);
    }
  },
);
