// One step: calls of kernels, both phases, nothing that V8 has to collect.

import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { type Link, Optimizer } from "../../src/engine/optimizer.js";
import { adam, foreignMemory, nesterov, sgd, sophia } from "../../src/index.js";
import type { Kernels } from "../../src/kernels/generated.js";
import { define } from "../../src/rules/define.js";
import { allKernels } from "../support/allKernels.js";
import { type AnyRule, allRules } from "../support/configurations.js";
import { collectGarbage } from "../support/garbage.js";
import { fill, random } from "../support/random.js";

// Rules that look at whole tensors need calls for each.
const flat = allRules.filter(({ spec }) => !spec.perTensor);

test.each(flat.map((rule) => ({ name: rule.spec.name, rule })))("$name: 150 tensors are as many calls as one", ({ rule }) => {
  const calls = (shapes: Record<string, number>) => {
    let count = 0;
    const link: Link = (memory, modules) => {
      const counted = Object.entries(allKernels(memory, modules)).map(([name, kernel]) => [
        name,
        (...args: number[]) => {
          count += 1;
          return (kernel as (...args: number[]) => number)(...args);
        },
      ]);
      return Object.fromEntries(counted) as Kernels;
    };
    const opt = new Optimizer(rule.spec, shapes, undefined, link);
    for (let t = 0; t < 64; t++) opt.step(); // with a flush
    return count;
  };
  const many = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`x${i}`, 16 + i]));
  expect(calls(many)).toBe(calls({ x: 16 }));
  if (rule.spec.name === "adam") expect(calls(many)).toBe(64 * 2 + 1); // the search, the rule; the flush
});

test.each(allRules.map((rule) => ({ name: rule.spec.name, rule })))("$name: leaves the gradients as they are", ({ rule }) => {
  const opt = rule({ x: 13 }, { weightDecay: 0.1 });
  const g = fill(new Float32Array(13), random(1)).fill(1e-42, 10); // subnormal ones too, while state is flushed
  opt.grads.x.set(g);
  for (let t = 0; t < 130; t++) opt.step();
  expect(opt.grads.x).toEqual(g);
});

// V8 makes a box of 16 bytes for each number that is no integer and goes into or out of a function that it did not inline.
// Rules that raise to any power are so long that it does not inline all of them.
const boxes = ["adafactor", "asgd"];

const around = [
  { clipNorm: 1, decay: "decoupled", ema: true, lookahead: true, zeroGrad: true },
  { clipValue: 1, clipTensorNorm: 1, clipAdaptive: 1, centralize: true, decay: "proximal", swa: true },
  { lossScale: { growth: 1 }, noise: { eta: 0.1 } },
].map((options) => ({ name: `adam with ${Object.keys(options).join(", ")}`, rule: adam as never as AnyRule, options }));

const alone = allRules.map((rule) => ({ name: rule.spec.name, rule, options: {} }));

const memory = new WebAssembly.Memory({ initial: 1 });

const foreign = foreignMemory({ memory, allocate: () => 8192, params: { x: 1024 }, grads: { x: 2048 } });

const elsewhere = [
  { name: "adam in memory of another program", rule: adam as never as AnyRule, options: { memory: foreign } },
  { name: "adam on the caller's arrays", rule: adam as never as AnyRule, options: {}, copies: true },
];

test.each([...alone, ...around, ...elsewhere])("$name: allocates nothing", async ({ name, rule, options, ...row }) => {
  const opt = rule({ x: 64 }, { lr: 0.01, weightDecay: 0.1, ...options });
  const [params, grads] = [{ x: new Float32Array(64) }, { x: new Float32Array(64) }];
  const step = "copies" in row ? () => opt.step(params, grads) : () => opt.step();
  const used = () => {
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 100_000; i++) step();
    return process.memoryUsage().heapUsed - before;
  };
  // One box a step is 1.6 MB. What is around a rule makes one.
  const most = boxes.includes(name) ? 2.4 * 1.6e6 : alone.some((row) => row.name === name) ? 0.8e6 : 2.4e6;
  // Until the compiler, which works beside, has caught up.
  let least = Infinity;
  for (let run = 0; run < 100 && least > most; run++) {
    least = Math.min(least, used());
    await setTimeout(10);
  }
  expect(least).toBeLessThan(most);
});

test.each(allRules.map((rule) => ({ name: rule.spec.name, rule })))(
  "$name: state that decays ends at 0, not at subnormal numbers",
  ({ rule }) => {
    const opt = rule({ x: 5 }, { ...("momentum" in rule.spec.hyper ? { momentum: 0.9 } : {}) });
    opt.grads.x.set([1e-3, 1, -1e3, 1e-15, -1e10]);
    opt.step();
    opt.zeroGrad();
    for (let t = 0; t < 200_000; t++) opt.step();
    const subnormal = (x: number) => x !== 0 && Math.abs(x) < 2 ** -126;
    for (const views of Object.values(opt.state)) expect(views?.x.some(subnormal) ?? false).toBe(false);
    if (rule.spec.name === "adam") expect([...opt.state.m!.x, ...opt.state.v!.x].every((x) => x === 0)).toBe(true);
  },
);

test("schedules count in both phases", () => {
  const opt = nesterov({ x: 1 }, { lr: (t) => 1 / 2 ** t, momentum: (t) => (t === 1 ? 0.75 : 0.25) });
  opt.grads.x[0] = 1;
  opt.step(); // b = 1, p = -1 · (1 + 0.25 · 1)
  expect(opt.params.x[0]).toBe(-1.25);
  opt.shift(); // p - 1/2 · 0.75 · b
  expect(opt.params.x[0]).toBe(-1.625);
  opt.grads.x[0] = 2;
  opt.step(); // b = 0.75 · 1 + 2, p = -1.25 - 1/2 · 2.75
  expect(opt.params.x[0]).toBe(-2.625);
  expect(opt.t).toBe(2);
});

test("a rule with only a shift steps as usual from the unshifted parameters", () => {
  const uphill = define({
    ...sgd.spec,
    twoPhase: {
      shift(k, args, { p, g }) {
        args.scalars<"sgd">("rate", -1);
        k.sgd(args.begin, args.end, p, g, args.c);
      },
    },
  });
  const opt = uphill({ x: Float32Array.of(1, 2) }, { lr: 0.5 });
  opt.grads.x.set([1, -1]);
  opt.shift();
  expect([...opt.params.x]).toEqual([2, 1]);
  opt.grads.x.set([4, 4]);
  opt.step();
  expect([...opt.params.x]).toEqual([-1, 0]);
});

test("goes by the schedules of the next step", () => {
  const opt = sophia({ x: 1 }, { beta2: (t) => (t === 0 ? 0.5 : 0.25) });
  opt.step();
  opt.grads.x[0] = 2;
  opt.observe();
  expect(opt.state.h.x[0]).toBe(3);
});
