// dispose(): numbers stay, methods throw, and nothing keeps the memory.

import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { adam, findRate, fit, foreignMemory, type Optimizer, rules, sharpness } from "../../src/index.js";
import { type AnyRule, allRules } from "../support/configurations.js";
import { bufferOf, collectGarbage, isGone } from "../support/garbage.js";
import { eager } from "../support/pools.js";

const everything = {
  clipNorm: 0.5,
  clipAdaptive: 0.5,
  noise: { eta: 0.01 },
  accumulate: true,
  ema: true,
  lookahead: { every: 2 },
  zeroGrad: true,
  sam: { adaptive: true },
  nonFinite: "skip",
};

/** Calls every method that steps. */
function use(opt: Optimizer, copies = false): void {
  for (let t = 0; t < 3; t++) {
    if (opt.accumulates) opt.accumulate();
    if (opt.spec.observe) opt.observe();
    if (opt.sam || opt.spec.twoPhase) opt.shift();
    opt.step();
  }
  if (copies) opt.step({ x: new Float32Array(3000) }, { x: new Float32Array(3000) });
  opt.eval();
  opt.train();
}

const error = (rule: string, what: string) => new Error(`${rule}: ${what} expected an optimizer that is not disposed`);

function anothers() {
  const memory = new WebAssembly.Memory({ initial: 16 });
  return { memory: foreignMemory({ memory, allocate: () => 65_536, params: { x: 4096 }, grads: { x: 32_768 } }) };
}

describe.each(allRules.map((rule) => ({ name: rule.spec.name, rule })))("$name", ({ name, rule }) => {
  test.each([
    ["alone", () => ({}), true],
    ["with everything around it", () => everything, false],
    ["in memory of another program", anothers, false],
  ] as const)("%s: an optimizer that is disposed of keeps no memory", async (_, options, copies) => {
    const opt = rule({ x: 3000 }, options() as never);
    use(opt, copies);
    if (opt.sam || opt.spec.twoPhase) opt.shift();
    const buffer = bufferOf(opt.params);
    opt.dispose();
    expect(await isGone(buffer)).toBe(true);
    expect(opt.t).toBe(copies ? 4 : 3);
  });

  test("every method that needs the memory throws, and all numbers stay", () => {
    const opt = rule({ x: 3000 }, { ...everything, clipNorm: Infinity, lossScale: true } as never);
    use(opt);
    const numbers = ({
      t,
      hyper,
      current,
      spec,
      gradNorm,
      lossScale,
      skipped,
      carry,
      groups,
      accumulates,
      sam,
      block,
    }: Optimizer) => {
      return {
        t,
        hyper: { ...hyper },
        current: { ...current },
        spec,
        gradNorm,
        lossScale,
        skipped,
        carry: { ...carry },
        groups,
        accumulates,
        sam,
        block,
      };
    };
    const before = numbers(opt);
    opt.dispose();
    expect(numbers(opt)).toEqual(before);
    const methods = {
      step: () => opt.step(),
      shift: () => opt.shift(),
      accumulate: () => opt.accumulate(),
      observe: () => opt.observe(),
      eval: () => opt.eval(),
      zeroGrad: () => opt.zeroGrad(),
      relocate: () => opt.relocate({}),
      firstNonFinite: () => opt.firstNonFinite("grads"),
    };
    for (const [method, call] of Object.entries(methods)) expect(call).toThrow(error(name, `${method}()`));
    expect(() => opt.step({ x: new Float32Array(3000) }, { x: new Float32Array(3000) })).toThrow(error(name, "step()"));
    for (const field of ["params", "grads", "state", "average", "slow"] as const)
      expect(() => opt[field]).toThrow(error(name, field));
    // What there is nothing to do for does nothing, as in a `finally`.
    for (const method of ["dispose", "unshift", "train", "discard"] as const) opt[method]();
    expect([opt.shifted, opt.evaluating]).toEqual([false, false]);
    expect(numbers(opt)).toEqual(before);
  });
});

test("the caller's arrays, and the copy that a shift goes back to, are not kept", async () => {
  const opt = rules.nesterov({ x: 1e6 });
  // In a function of its own, whose variables are gone with it.
  const arrays = (() => {
    const [params, grads] = [{ x: new Float32Array(1e6) }, { x: new Float32Array(1e6) }];
    opt.step(params, grads);
    return [new WeakRef(params.x), new WeakRef(grads.x)];
  })();
  collectGarbage();
  const before = process.memoryUsage().arrayBuffers;
  opt.shift();
  opt.dispose();
  for (const array of arrays) expect(await isGone(array)).toBe(true);
  // Two arrays that were there before, and one that was not. V8 frees them beside.
  const more = () => process.memoryUsage().arrayBuffers - before;
  for (let i = 0; i < 100 && more() > -7e6; i++) {
    collectGarbage();
    await pause(5);
  }
  expect(more()).toBeLessThan(-7e6);
});

test("views that the caller keeps are unchanged", () => {
  const opt = adam({ x: Float32Array.of(1, 2, 3) });
  const { params, state } = opt;
  opt.grads.x.fill(1);
  opt.step();
  const [x, m] = [params.x.slice(), state.m.x.slice()];
  opt.dispose();
  collectGarbage();
  expect(params.x).toEqual(x);
  expect(state.m.x).toEqual(m);
});

test("opt.block stays, so that the other program can free it", () => {
  const opt = adam({ x: 100 }, anothers());
  const { block } = opt;
  expect(block?.address).toBe(65_536);
  opt.dispose();
  expect(opt.block).toBe(block);
});

describe("while something else runs", () => {
  const start = () => adam({ x: Float32Array.of(1, 2) }, { sam: true, ema: true });

  test("between shift() and step()", () => {
    const opt = start();
    opt.shift();
    opt.dispose();
    expect(opt.shifted).toBe(false);
    expect(() => opt.step()).toThrow(error("adam", "step()"));
  });

  test("between eval() and train()", () => {
    const opt = start();
    opt.shift();
    opt.step();
    opt.eval();
    expect(opt.evaluating).toBe(true);
    opt.dispose();
    expect(opt.evaluating).toBe(false);
    opt.train();
    expect(() => opt.step()).toThrow(error("adam", "step()"));
  });

  test("in a schedule", () => {
    const calls = {
      step: () => opt.step(),
      shift: () => opt.shift(),
      observe: () => opt.observe(),
    };
    let opt: Optimizer = start();
    for (const [method, call] of Object.entries(calls)) {
      const rule = (method === "observe" ? rules.sophia : rules.nesterov) as never as AnyRule;
      const lr = () => {
        opt.dispose();
        return 0.1;
      };
      opt = rule({ x: 3 }, { lr });
      expect(call, method).toThrow(`${opt.spec.name}: dispose() expected to be called between steps, not from a schedule`);
      expect(opt.t).toBe(0);
      expect(opt.params.x.length).toBe(3);
    }
  });

  const options = (opt: Optimizer) => ({ count: 4, epochs: 3, gradient: () => opt.grads.x.length });

  test.each(["throw", "allow"] as const)("in a gradient of fit, where nonFinite is %s", async (nonFinite) => {
    const opt = adam({ x: 2 }, { nonFinite });
    const gradient = () => {
      if (opt.t === 1) opt.dispose();
      return 1;
    };
    await expect(fit(opt, { ...options(opt), gradient })).rejects.toThrow(error("adam", "step()"));
    expect(opt.t).toBe(1);
    await expect(fit(opt, options(opt))).rejects.toThrow(/expected an optimizer that is not disposed/);
  });

  test("in a gradient of fit that throws: its error comes through", async () => {
    const opt = adam({ x: 2 });
    const own = new Error("out of data");
    const gradient = () => {
      opt.dispose();
      throw own;
    };
    await expect(fit(opt, { ...options(opt), gradient })).rejects.toBe(own);
  });

  test("in a gradient of fit that is aborted: it ends", async () => {
    const opt = adam({ x: 2 });
    const controller = new AbortController();
    const gradient = async () => {
      await pause(1);
      controller.abort();
      opt.dispose();
      return 1;
    };
    const { ended } = await fit(opt, { ...options(opt), gradient, signal: controller.signal });
    expect(ended).toBe("signal");
  });

  test("in the validation of fit", async () => {
    const opt = adam({ x: 2 }, { ema: true });
    const validation = () => {
      opt.dispose();
      return 1;
    };
    await expect(fit(opt, { ...options(opt), validation })).rejects.toThrow(
      "fit: validation expected not to move the parameters",
    );
    expect(opt.t).toBe(1);
  });
});

test("findRate and sharpness refuse it", () => {
  const opt = adam({ x: 2 });
  opt.dispose();
  const data = { count: 4, gradient: () => 1 };
  expect(() => findRate(opt, data)).toThrow(/^adam: .* expected an optimizer that is not disposed$/);
  expect(() => sharpness(opt, () => 1)).toThrow(/^adam: .* expected an optimizer that is not disposed$/);
});

test("with a pool: nothing keeps the memory, and the others step on", async () => {
  const pool = await eager(3);
  const [opt, other] = [adam({ x: 100_000 }, { threads: pool }), adam({ x: 100_000 }, { threads: pool })];
  for (const { grads } of [opt, other]) grads.x.fill(1);
  for (let t = 0; t < 5; t++) for (const one of [opt, other]) one.step();
  const buffer = bufferOf(opt.params);
  opt.dispose();
  expect(() => opt.step()).toThrow(error("adam", "step()"));
  expect(await isGone(buffer)).toBe(true);
  other.step();
  expect(other.t).toBe(6);
  pool.close();
});
