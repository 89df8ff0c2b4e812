import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  adam,
  adamw,
  arena,
  foreignMemory,
  lbfgs,
  load,
  type Optimizer,
  reduceOnPlateau,
  save,
  saveTo,
  scheduleFreeSgd,
  sgd,
} from "../../src/index.js";
import { Pool } from "../../src/threads/pool.js";
import { allRules } from "../support/configurations.js";
import { begin, bits, evaluation, go, type Setting, settings } from "../support/resuming.js";
import { feed, make } from "../support/runs.js";

// Around 64, because a power is computed anew there.
const stops = [0, 1, 2, 5, 63, 64, 65];
const more = 20;

/**
 * Saves at every stop of one run, loads each file into a new optimizer, and goes on. `taking`: options that were set during the run come
 * from the file.
 */
function resume(fresh: () => Optimizer, setting: Setting, taking: boolean): void {
  const opt = fresh();
  const files = new Map<number, { file: Uint8Array; bits: string; evaluation: string }>();
  const passed = new Map<number, string>();
  for (let i = 0; i <= Math.max(...stops) + more; i++) {
    if (stops.includes(i)) {
      const before = bits(opt);
      const file = save(opt);
      expect(bits(opt)).toBe(before);
      files.set(i, { file, bits: before, evaluation: evaluation(opt) });
    }
    if (stops.includes(i - more)) passed.set(i, bits(opt));
    go(opt, setting, i, i + 1);
  }
  for (const stop of stops) {
    const { file, ...then } = files.get(stop) as { file: Uint8Array; bits: string; evaluation: string };
    const other = fresh();
    go(other, { ...setting, before: () => {} }, 0, 3);
    load(other, file, taking ? { differences: "take" } : {});
    expect(bits(other)).toBe(then.bits);
    expect(Buffer.compare(save(other), file)).toBe(0);
    expect(evaluation(other)).toBe(then.evaluation);
    go(other, setting, stop, stop + more);
    expect(bits(other)).toBe(passed.get(stop + more));
  }
}

describe.each(Object.entries(settings))("%s", (_, setting) => {
  const rules = allRules.filter((rule) => setting.when?.(rule) ?? true);
  test.each(rules.map((rule) => ({ name: rule.spec.name, rule })))("$name goes on with the same bits", ({ rule }) => {
    resume(() => begin(rule, setting), setting, setting.before !== undefined);
  });
});

test("the numbers of reduceOnPlateau go into extra", () => {
  const run = (from: number, to: number, resumed?: Uint8Array) => {
    const schedule = reduceOnPlateau(0.1, { patience: 1 });
    const opt = make(adamw as never, { lr: schedule });
    if (resumed) schedule.state = load(opt, resumed).extra as unknown as typeof schedule.state;
    for (let i = from; i < to; i++) {
      feed(opt.grads, i + 2);
      opt.step();
      schedule.report(1);
    }
    return { bits: bits(opt), file: save(opt, { extra: { ...schedule.state } }) };
  };
  const { file } = run(0, 7);
  expect(run(7, 20, file).bits).toBe(run(0, 20).bits);
});

describe("memories", () => {
  let pool: Pool;
  beforeAll(async () => {
    pool = new Pool(2, 1);
    await pool.started;
  });
  afterAll(() => pool.close());

  const foreign = () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 100 });
    let top = 4096;
    const allocate = (bytes: number) => {
      top = Math.ceil(top / 64) * 64;
      while (top + bytes > memory.buffer.byteLength) memory.grow(1);
      top += bytes;
      return top - bytes;
    };
    const params = { weight: 1024, bias: 1280, scale: 1344 };
    return foreignMemory({ memory, allocate, params });
  };
  const sources = {
    "foreignMemory()": () => ({ memory: foreign() }),
    "arena()": () => ({ memory: arena() }),
    threads: () => ({ threads: pool }),
  };

  test.each(Object.entries(sources))("%s: goes on with the same bits, and has the file of a memory of its own", (_, options) => {
    for (const name of ["adam", "scheduleFreeSgd", "lamb"]) {
      const rule = allRules.find(({ spec }) => spec.name === name) as (typeof allRules)[number];
      const setting = { options: () => ({ ema: true, ...options() }) };
      resume(() => begin(rule, setting), setting, false);
      const own = { options: () => ({ ema: true }) };
      const [here, there] = [begin(rule, setting), begin(rule, own)];
      go(here, setting, 0, 5);
      go(there, own, 0, 5);
      expect(Buffer.compare(save(here), save(there))).toBe(0);
      load(here, save(there));
    }
  });
});

describe("bytes", () => {
  test("saveTo gives the bytes of save in order, and their number", () => {
    const opt = make(adam as never, { ema: true });
    const pieces: Uint8Array[] = [];
    const file = save(opt, { extra: [1] });
    expect(saveTo(opt, (piece) => pieces.push(piece.slice()), { extra: [1] })).toBe(file.length);
    expect(Buffer.compare(Buffer.concat(pieces), file)).toBe(0);
    expect(pieces.length).toBeGreaterThan(3);
  });

  test("are equal in whatever order options were given and set", () => {
    const match = ["bias"];
    const one = make(adam as never, { ema: true, clipNorm: 1, groups: [{ match, lr: 0.5, eps: 1e-4 }] });
    const other = make(adam as never, { groups: [{ eps: 1e-4, match }], clipNorm: 1, ema: true });
    Object.assign(other.groups[0]?.hyper as object, { lr: 0.5 });
    for (const opt of [one, other]) {
      const schedules = { lr: () => 0.01, eps: () => 1e-3 };
      for (const name of opt === one ? ["lr", "eps"] : ["eps", "lr"]) opt.hyper[name] = schedules[name as "lr"];
    }
    expect(Buffer.compare(save(one), save(other))).toBe(0);
  });

  test("the parameters alone have their own names, and no metadata of ours", () => {
    const opt = make(adam as never, {});
    const text = new TextDecoder().decode(save(opt, { only: "params" }));
    expect(text).toContain('{"__metadata__":{"format":"pt"},"bias":{');
    expect(text).not.toContain("simdescent");
  });
});

describe("refuses", () => {
  const cases: Record<string, [change: (opt: Optimizer) => void, message: string]> = {
    "a shifted optimizer": [(opt) => opt.shift(), "save: adam expected step() or unshift() first: the parameters are shifted"],
    "an evaluating optimizer": [(opt) => opt.eval(), "save: adam expected train() first: the parameters are those of eval()"],
    "accumulated gradients": [
      (opt) => opt.accumulate(),
      "save: adam expected step() or discard() first: gradients were accumulated",
    ],
    "a disposed optimizer": [(opt) => opt.dispose(), "adam: params expected an optimizer that is not disposed"],
  };
  test.each(Object.entries(cases))("%s", (_, [change, message]) => {
    const opt = make(adam as never, { accumulate: true, sam: true, ema: true }) as Optimizer;
    feed(opt.grads, 2);
    opt.step();
    change(opt);
    const disposed = message.includes("dispose");
    const before = disposed ? "" : bits(opt);
    expect(() => save(opt)).toThrow(message);
    const pieces: Uint8Array[] = [];
    expect(() => saveTo(opt, (piece) => pieces.push(piece))).toThrow(message.replace("save:", "saveTo:"));
    expect(pieces).toEqual([]);
    if (!disposed) expect(bits(opt)).toBe(before);
  });

  test("to save or load inside a schedule", () => {
    const file = save(adam({ x: 2 }, { lr: () => 0.1 }));
    let call: () => unknown = () => 0;
    const opt = adam({ x: 2 }, { lr: () => Number(call()) || 0.1 });
    call = () => save(opt);
    expect(() => opt.step()).toThrow("adam: save() expected to be called between steps, not from a schedule");
    call = () => load(opt, file);
    expect(() => opt.step()).toThrow("adam: load() expected to be called between steps, not from a schedule");
    expect(opt.t).toBe(0);
  });

  test("values that JSON does not hold, with their place", () => {
    const opt = sgd({ x: 1 });
    const cyclic: unknown[] = [];
    cyclic.push(cyclic);
    const cases: [unknown, string][] = [
      [{ a: [1, Number.NaN] }, "save: extra.a[1] expected a value of JSON"],
      [{ a: -0 }, "save: extra.a expected a value of JSON"],
      [[Infinity], "save: extra[0] expected a value of JSON"],
      [{ a: undefined }, "save: extra.a expected a value of JSON"],
      [new Array(1), "save: extra[0] expected a value of JSON"],
      [1n, "save: extra expected a value of JSON"],
      [() => 1, "save: extra expected a value of JSON"],
      [Symbol("a"), "save: extra expected a value of JSON"],
      [new Date(0), "save: extra expected a value of JSON"],
      [{ a: new Map() }, "save: extra.a expected a value of JSON"],
      [Float32Array.of(1), "save: extra expected a value of JSON"],
      [{ toJSON: () => 1 }, "save: extra.toJSON expected a value of JSON"],
      [cyclic, "expected a value of at most 100 levels"],
    ];
    for (const [extra, message] of cases) {
      expect(() => save(opt, { extra: extra as never })).toThrow(TypeError);
      expect(() => save(opt, { extra: extra as never })).toThrow(message);
    }
    const good = { a: [1, "\ud800", null, true, { ["__proto__"]: 2 }], "": 5e-324 };
    expect(load(opt, save(opt, { extra: good })).extra).toEqual(good);
  });

  test("wrong options, and what is no optimizer", () => {
    const opt = sgd({ x: 1 });
    expect(() => save(opt, { only: "all" as never })).toThrow('save: only expected one of params, got "all"');
    expect(() => save(opt, { only: "params", extra: 1 })).toThrow("save: extra expected everything to be saved");
    expect(() => save(opt, { extras: 1 } as never)).toThrow('save: unknown option "extras"');
    expect(() => saveTo(opt, 5 as never)).toThrow("saveTo: write expected a function, got 5");
    for (const wrong of [undefined, null, {}, sgd, 5])
      expect(() => save(wrong as never)).toThrow("save: optimizer expected an optimizer of a rule, or lbfgs");
  });
});

test("names that UTF-8 does not represent are refused before the first piece", () => {
  for (const opt of [sgd({ "\ud800": 1 }), lbfgs({ "\ud800": 1 }), scheduleFreeSgd({ "\ud800": 1 })]) {
    const pieces: Uint8Array[] = [];
    expect(() => saveTo(opt, (piece) => pieces.push(piece))).toThrow("whole characters");
    expect(pieces).toEqual([]);
  }
});
