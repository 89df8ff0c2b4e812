// Training of any rule with any option, in calls that can be stopped and resumed.
import type { Optimizer } from "../../src/index.js";
import type { AnyRule } from "./configurations.js";
import { feed, make } from "./runs.js";

/** A setting of an optimizer, and how each of its steps goes. */
export interface Setting {
  readonly options: (rule: AnyRule) => Record<string, unknown>;
  /** The rules that have it; by default all. */
  readonly when?: (rule: AnyRule) => boolean;
  /** What the caller sets before call i. */
  readonly before?: (opt: Optimizer, i: number) => void;
  /** Call i, in place of one step. */
  readonly call?: (opt: Optimizer, i: number) => void;
}

function step(opt: Optimizer, i: number): void {
  feed(opt.grads, i + 2);
  opt.step();
}

/** Two phases: the gradient of the point of the parameters, and that of the shifted point. */
function shiftAndStep(opt: Optimizer, i: number): void {
  feed(opt.grads, i + 200);
  opt.shift();
  step(opt, i);
}

const lrOf = ({ spec }: AnyRule) => spec.hyper.lr[0];

export const settings: Readonly<Record<string, Setting>> = {
  plain: { options: () => ({}) },
  groups: {
    options: (rule) => ({
      groups: [
        { match: ["weight"], lr: lrOf(rule) / 2, weightDecay: 0.01 },
        { match: ["bias"], frozen: true },
      ],
    }),
    before: (opt, i) => {
      const [, group] = opt.groups;
      if (i === 4 && group) group.frozen = false;
    },
  },
  ema: { options: () => ({ ema: { decay: 0.9, warmup: true } }) },
  swa: { options: () => ({ swa: { start: 1, every: 2 } }) },
  lookahead: { options: () => ({ lookahead: { every: 3, rate: 0.4 } }) },
  noise: { options: () => ({ noise: { eta: 0.01, seed: 3 }, clipNorm: 0.5 }) },
  lossScale: {
    options: () => ({ lossScale: { initial: 8, interval: 4 } }),
    call: (opt, i) => {
      feed(opt.grads, i + 2, opt.lossScale);
      if (i % 7 === 1) opt.grads.bias[3] = Number.NaN;
      opt.step();
    },
  },
  schedules: {
    options: (rule) => ({
      lr: (t: number) => lrOf(rule) / (1 + t / 10),
      ...("momentum" in rule.spec.hyper ? { momentum: (t: number) => 0.9 - 0.3 / (1 + t / 20) } : {}),
    }),
  },
  accumulate: {
    options: () => ({ accumulate: true }),
    call: (opt, i) => {
      for (const weight of [1, 3]) {
        feed(opt.grads, i + 2 + 100 * weight);
        opt.accumulate(weight);
      }
      opt.step();
    },
  },
  "set later": {
    options: () => ({ groups: [{ match: ["bias"] }] }),
    before: (opt, i) => {
      if (i > 1) return;
      const factor = i === 0 ? 0.5 : 0.25;
      const { lr } = opt.spec.hyper;
      if (!lr[2]) opt.hyper.lr = lr[0] * factor;
      Object.assign(opt.groups[0]?.hyper ?? {}, { weightDecay: 0.01 * factor });
    },
  },
  sam: { options: () => ({ sam: true }), call: shiftAndStep },
  "two phases": { options: () => ({}), when: ({ spec }) => spec.twoPhase !== undefined, call: shiftAndStep },
};

/** An optimizer with a setting. */
export const begin = (rule: AnyRule, { options }: Setting): Optimizer => make(rule, options(rule)) as Optimizer;

/** The calls from `from` to `to`, that one excluded. */
export function go(opt: Optimizer, { before, call = step }: Setting, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    before?.(opt, i);
    if (opt.spec.observe && i % 5 === 0) {
      feed(opt.grads, i + 300);
      opt.observe();
    }
    call(opt, i);
  }
}

const exact = (_: string, value: unknown) =>
  typeof value === "number" ? (Object.is(value, -0) ? "-0" : String(value)) : typeof value === "function" ? "schedule" : value;

const base64 = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  Buffer.from(buffer, byteOffset, byteLength).toString("base64");

/** All that steps change and all that can be set, to the bit. The accumulated gradients are left out: the next sum overwrites them. */
export function bits(opt: Optimizer): string {
  const { params, state, average, slow, progress, hyper, current, groups, gradNorm, skipped, lossScale } = opt;
  const arrays = [params, ...Object.values(state), average, slow].map((views) => Object.values(views ?? {}).map(base64 as never));
  const set = groups.map(({ frozen, hyper, current, steps, carry }) => [
    frozen,
    { ...hyper },
    { ...current },
    steps,
    { ...carry },
  ]);
  return JSON.stringify([arrays, progress, { ...hyper }, { ...current }, set, gradNorm, skipped, lossScale], exact);
}

/** The evaluation weights, to the bit. */
export function evaluation(opt: Optimizer): string {
  opt.eval();
  const text = Object.values(opt.params as Record<string, Float32Array>)
    .map(base64)
    .join();
  opt.train();
  return text;
}
