// The short way of a step gives the bits of the long way, and is left when a step needs more.

import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { ShortStep } from "../../src/engine/shortStep.js";
import { adam, arena, foreignMemory, nesterov, scheduleFreeSgd, threads } from "../../src/index.js";
import { type AnyRule, table } from "../support/configurations.js";
import { fill, random } from "../support/random.js";

const shapes = { x: [5, 7] };

/** Counts the steps that went the short way while `run` runs. */
function shortSteps(run: () => unknown): number {
  const spy = vi.spyOn(ShortStep.prototype, "run");
  run();
  return spy.mock.results.filter(({ value }) => value === true).length;
}

afterEach(() => vi.restoreAllMocks());

type Opt = ReturnType<AnyRule>;

/** All bits of an optimizer, and its numbers. */
function stateOf(opt: Opt) {
  const arrays = [opt.params, ...Object.values(opt.state)].flatMap((views) => (views ? Object.values(views as object) : []));
  const { t, skipped, carry } = opt;
  return {
    bits: arrays.map((array: Float32Array) => [...new Uint32Array(array.slice().buffer)]),
    t,
    skipped,
    carry: { ...carry },
  };
}

/** Fills parameters and makes steps; `before` runs before each. */
function train(opt: Opt, steps: number, before: (opt: Opt, t: number) => void = () => {}): Opt {
  const source = random(1);
  fill(opt.params.x, source);
  for (let t = 0; t < steps; t++) {
    fill(opt.grads.x, source);
    before(opt, t);
    opt.step();
  }
  return opt;
}

/** A schedule makes every step go the long way. */
const long = (rule: AnyRule, options: Record<string, unknown>) => {
  const lr = options.lr ?? rule.spec.hyper.lr[0];
  return rule(shapes, { ...options, lr: () => lr });
};

const decays = ["l2", "decoupled", "independent"].map((decay) => ({ decay, weightDecay: 0.1 }));
const around = [{}, { maximize: true }, { nonFinite: "allow" }, { nonFinite: "skip" }, ...decays];

describe.each(table)("$title", ({ rule, options }) => {
  test.each(around.map((more) => [JSON.stringify(more), more] as const))("with %s", (_, more) => {
    const both: Options = { ...options, ...more };
    const expected = stateOf(train(long(rule, both), 70));
    const opt = rule(shapes, both);
    const { decay: kind, absorbsDecay } = rule.spec;
    const proximal = !absorbsDecay && (both.decay ?? kind) === "proximal" && opt.hyper.weightDecay !== 0;
    expect(shortSteps(() => train(opt, 70))).toBe(proximal ? 0 : 70);
    expect(stateOf(opt)).toEqual(expected);
  });
});

type Options = Record<string, unknown>;
type Before = (opt: Opt, t: number) => void;

/** Sets hyper-parameters before step t. */
const setting =
  (values: (t: number) => Options): Before =>
  (opt, t) =>
    void Object.assign(opt.hyper, values(t));

/** Sets an element of the gradient before the sixth step. */
const poisoning =
  (value: number): Before =>
  (opt, t) =>
    void opt.grads.x.fill(value, 3, t === 5 ? 4 : 3);

const [adamRule, nesterovRule, scheduleFree] = [adam, nesterov, scheduleFreeSgd] as unknown as AnyRule[];

const changes: [what: string, rule: AnyRule, options: Options, before: Before, short: number][] = [
  ["a hyper-parameter is set", adamRule, {}, setting((t) => ({ lr: 0.01 * (1 + t) })), 20],
  ["a schedule is set, and taken back", adamRule, {}, setting((t) => ({ beta1: t === 7 ? () => 0.5 : 0.9 })), 19],
  ["a gradient is too large for its square", adamRule, {}, poisoning(2 ** 70), 19],
  ["a gradient is NaN", adamRule, { nonFinite: "skip" }, poisoning(Number.NaN), 19],
  ["gradients are all 0", adamRule, {}, (opt) => opt.zeroGrad(), 20],
  ["the rule shifts", nesterovRule, {}, (opt, t) => void (t % 2 === 1 && opt.shift()), 10],
  [
    "evaluation comes between",
    scheduleFree,
    {},
    (opt) => {
      opt.eval();
      opt.train();
    },
    20,
  ],
];

test.each(changes)("%s", (_, rule, options, before, short) => {
  // This way is long: an average follows every step, and changes nothing else.
  const expected = stateOf(train(rule(shapes, { ...options, ema: true }), 20, (opt, t) => before(opt, t)));
  const opt = rule(shapes, options);
  expect(shortSteps(() => train(opt, 20, before))).toBe(short);
  expect(stateOf(opt)).toEqual(expected);
});

describe("the long way is taken", async () => {
  const pool = await threads(2);
  afterAll(() => pool.close());
  const memory = new WebAssembly.Memory({ initial: 2 });
  const foreign = foreignMemory({ memory, allocate: () => 65_536, params: { x: 1024 }, grads: { x: 4096 } });

  test.each<[string, Record<string, unknown>]>([
    ["clipNorm", { clipNorm: Number.POSITIVE_INFINITY }],
    ["clipValue", { clipValue: 1 }],
    ["clipAdaptive", { clipAdaptive: 1 }],
    ["clipTensorNorm", { clipTensorNorm: 1 }],
    ["centralize", { centralize: true }],
    ["noise", { noise: { eta: 0 } }],
    ["lossScale", { lossScale: true }],
    ["accumulate", { accumulate: true }],
    ["ema", { ema: true }],
    ["swa", { swa: true }],
    ["lookahead", { lookahead: true }],
    ["zeroGrad", { zeroGrad: true }],
    ["proximal decay", { decay: "proximal", weightDecay: 0.1 }],
    ["foreign memory", { memory: foreign }],
    ["a schedule", { lr: () => 0.1 }],
    ["groups", { groups: [{ match: ["x"] }] }],
  ])("with %s", (_, options) => {
    expect(shortSteps(() => train(adamRule(shapes, options), 3))).toBe(0);
  });

  test("and the short one with threads, which share no step of this length", () => {
    const expected = stateOf(train(adamRule(shapes, {}), 3));
    const opt = adamRule(shapes, { threads: pool });
    expect(shortSteps(() => train(opt, 3))).toBe(3);
    expect(stateOf(opt)).toEqual(expected);
  });

  test("and the short one in an arena", () => {
    expect(shortSteps(() => train(adamRule(shapes, { memory: arena() }), 3))).toBe(3);
  });
});

test("errors come as on the long way", () => {
  const opt = adam({ x: 3 });
  opt.grads.x[1] = Number.NaN;
  expect(() => opt.step()).toThrow('adam: step 1: the gradient of "x" is not finite');
  expect(opt.t).toBe(0);
  opt.zeroGrad();
  opt.step();
  opt.hyper.lr = () => {
    opt.step();
    return 0.1;
  };
  expect(() => opt.step()).toThrow("between steps, not from a schedule");
  opt.hyper.lr = 0.1;
  opt.dispose();
  expect(() => opt.step()).toThrow("adam: step() expected an optimizer that is not disposed");
});
