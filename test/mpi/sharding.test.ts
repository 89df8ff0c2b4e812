// State in slices on several ranks: the bits of an optimizer that has the whole state.
import { describe, expect, test } from "vitest";
import type { ShardRanks } from "../../src/engine/shard.js";
import { adam, adamw, CheckpointError, foreignMemory, load, type Optimizer, save, sophia } from "../../src/index.js";
import { sliceBegins } from "../../src/mpi/sharding.js";
import { type AnyRule, allRules, elementwise } from "../support/configurations.js";
import { begin, evaluation, go, type Setting, settings } from "../support/resuming.js";
import { make } from "../support/runs.js";
import { makeRanks } from "../support/shardedRanks.js";

const sharding = allRules.filter(({ spec }) => elementwise(spec));
const calls = 12;

const base64 = (array: Float32Array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("base64");
const bitsOf = (arrays: Record<string, Float32Array> | undefined) => Object.values(arrays ?? {}).map(base64);

/** The same training on ranks. Returns their optimizers, and runs a call on all of them. */
function onRanks(rule: AnyRule, setting: Setting, count: number) {
  const { ranks, settle } = makeRanks(count);
  const options = (rank: (typeof ranks)[number]) => (rule: AnyRule) => ({ ...setting.options(rule), shard: rank });
  const all = ranks.map((rank) => begin(rule, { ...setting, options: options(rank) }));
  const each = (call: (opt: Optimizer, rank: number) => void) => {
    for (const [rank, opt] of all.entries()) call(opt, rank);
    settle();
  };
  const train = (from: number, to: number) => {
    for (let i = from; i < to; i++) each((opt) => go(opt, setting, i, i + 1));
  };
  const consolidate = () => each((opt) => opt.parts.sharded?.consolidate());
  return { all, each, train, consolidate };
}

describe.each(Object.entries(settings))("%s", (_, setting) => {
  const rules = sharding.filter((rule) => setting.when?.(rule) ?? true);
  test.each(rules.flatMap((rule) => [2, 3, 8].map((ranks) => ({ rule, name: rule.spec.name, ranks }))))(
    "$name on $ranks ranks: the bits of one",
    ({ rule, ranks }) => {
      const alone = begin(rule, setting);
      const { all, each, train, consolidate } = onRanks(rule, setting, ranks);
      go(alone, setting, 0, calls);
      train(0, calls);
      for (const opt of all) {
        expect(bitsOf(opt.params)).toEqual(bitsOf(alone.params));
        expect(bitsOf(opt.grads)).toEqual(bitsOf(alone.grads));
        expect(opt.progress).toEqual(alone.progress);
      }
      const wanted = evaluation(alone);
      each((opt) => opt.eval());
      for (const opt of all) expect(bitsOf(opt.params).join()).toBe(wanted);
      for (const opt of all) opt.train();
      consolidate();
      expect(Buffer.from(save(all[0] as Optimizer)).equals(save(alone))).toBe(true);
    },
  );
});

test.each([
  ["with gradients set to 0", { zeroGrad: true }],
  ["with zeroed sums", { accumulate: true, zeroGrad: true }],
  ["with clipped elements", { clipValue: 0.1, clipTensorNorm: 0.3, centralize: true }],
  ["with proximal decay", { decay: "proximal", weightDecay: 0.1, ema: true }],
  ["with three things at once", { ema: true, lookahead: true, clipNorm: 0.1 }],
])("adam %s", (_, options) => {
  const accumulates = "accumulate" in options;
  const setting: Setting = { options: () => options, ...(accumulates ? { call: settings.accumulate?.call } : {}) } as Setting;
  const rule = adam as unknown as AnyRule;
  const alone = begin(rule, setting);
  go(alone, setting, 0, calls);
  const { all, train } = onRanks(rule, setting, 4);
  train(0, calls);
  for (const opt of all) {
    expect(bitsOf(opt.params)).toEqual(bitsOf(alone.params));
    expect(bitsOf(opt.grads)).toEqual(bitsOf(alone.grads));
  }
});

const twoPhase = sharding.filter(({ spec }) => spec.twoPhase);

test.each(twoPhase.map((rule) => ({ name: rule.spec.name, rule })))(
  "$name: shift() moves all parameters on all ranks",
  ({ rule }) => {
    const setting: Setting = { options: () => ({}) };
    const alone = begin(rule, setting);
    const { all, each, train } = onRanks(rule, setting, 4);
    go(alone, setting, 0, 3);
    train(0, 3);
    const before = bitsOf(alone.params);
    alone.shift();
    each((opt) => opt.shift());
    expect(bitsOf(alone.params)).not.toEqual(before);
    for (const opt of all) expect(bitsOf(opt.params)).toEqual(bitsOf(alone.params));
    for (const opt of all) opt.unshift();
    for (const opt of all) expect(bitsOf(opt.params)).toEqual(before);
  },
);

describe("checkpoints", () => {
  const rule = adamw as unknown as AnyRule;
  const setting: Setting = { options: () => ({ ema: true, groups: [{ match: ["bias"], lr: 0.1 }] }) };
  const trained = () => {
    const alone = begin(rule, setting);
    go(alone, setting, 0, 5);
    return alone;
  };

  test.each([1, 2, 4])("a file of one process goes on, on %i ranks", (count) => {
    const alone = trained();
    const file = save(alone);
    const { all, train, consolidate } = onRanks(rule, setting, count);
    for (const opt of all) load(opt, file);
    go(alone, setting, 5, 10);
    train(5, 10);
    consolidate();
    for (const opt of all) expect(bitsOf(opt.params)).toEqual(bitsOf(alone.params));
    expect(Buffer.from(save(all[0] as Optimizer)).equals(save(alone))).toBe(true);
  });

  test("a file that was loaded can be saved again, until the next step", () => {
    const file = save(trained());
    const { all, train } = onRanks(rule, setting, 2);
    for (const opt of all) load(opt, file);
    expect(Buffer.from(save(all[1] as Optimizer)).equals(file)).toBe(true);
    train(5, 6);
    expect(() => save(all[0] as Optimizer)).toThrow(
      "save: adamw expected consolidate() of the distributed optimizer first, on all ranks: each has a slice of the state",
    );
  });

  test("what changes the state makes a consolidated one old", () => {
    const { ranks } = makeRanks(2);
    const opt = sophia({ x: 40 }, { shard: ranks[0] as ShardRanks });
    const snapshot = opt.snapshot();
    for (const change of [() => opt.restore(snapshot), () => opt.observe(), () => opt.step()]) {
      opt.parts.sharded?.consolidate();
      save(opt);
      change();
      expect(() => save(opt)).toThrow("save: sophia expected consolidate()");
    }
  });

  test("without consolidate(), only the parameters can be saved", () => {
    const { all, train, consolidate } = onRanks(rule, setting, 4);
    train(0, 2);
    expect(() => save(all[3] as Optimizer)).toThrow("got rank 3");
    expect(save(all[3] as Optimizer, { only: "params" })).toEqual(save(all[0] as Optimizer, { only: "params" }));
    consolidate();
    expect(() => save(all[3] as Optimizer)).toThrow("save: adamw expected to be saved on rank 0");
    save(all[0] as Optimizer);
  });

  test("a load that fails leaves the state, and nothing to save", () => {
    const { all, train } = onRanks(rule, setting, 2);
    train(0, 3);
    const [first] = all as [Optimizer];
    const before = bitsOf(first.state.m);
    expect(() => load(first, save(adamw({ weight: [5, 9] })))).toThrow(CheckpointError);
    expect(() => save(first)).toThrow("save: adamw expected consolidate()");
    load(first, save(first, { only: "params" }), { only: "params" });
    expect(bitsOf(first.state.m)).toEqual(before);
    expect(() => save(first)).toThrow("save: adamw expected consolidate()");
  });

  test("a part of a file needs consolidate(), too", () => {
    const alone = trained();
    const { all, train, consolidate } = onRanks(rule, setting, 2);
    train(0, 3);
    const [first] = all as [Optimizer];
    const before = bitsOf(first.state.m);
    const rename = (name: string) => (name === "bias" ? undefined : name);
    const part = () => load(first, save(alone), { rename, unused: "ignore" });
    expect(part).toThrow("without an array for every one of the optimizer, adamw expected consolidate()");
    expect(bitsOf(first.state.m)).toEqual(before);
    consolidate();
    part();
    const whole = begin(rule, setting);
    go(whole, setting, 0, 3);
    load(whole, save(alone), { rename, unused: "ignore" });
    expect(Buffer.from(save(first)).equals(save(whole))).toBe(true);
  });
});

test("each rank has a slice of the state", () => {
  const { ranks } = makeRanks(4);
  const optimizers = ranks.map((shard) => adam({ weight: [100, 10], bias: 10 }, { shard, ema: true }));
  const lengths = optimizers.map(({ state, average }) => [state.m.weight.length, state.m.bias.length, average?.weight.length]);
  expect(lengths).toEqual([
    [256, 0, 256],
    [256, 0, 256],
    [256, 0, 256],
    [232, 10, 232],
  ]);
  const bytes = (opt: Optimizer) => Number(/([\d.]+) kB/.exec(`${opt}`)?.[1]);
  const large = (options: object) => bytes(adam({ x: 50_000 }, options));
  expect(large({ shard: ranks[0] })).toBeLessThan(0.7 * large({}));
  expect(optimizers[0]?.summary).toContain("shard: 4");
});

test.each([
  [1, 4],
  [16, 4],
  [17, 2],
  [1000, 8],
  [4097, 3],
])("slices of %i elements on %i ranks", (length, ranks) => {
  const begins = [...sliceBegins(length, ranks)];
  expect(begins).toHaveLength(ranks + 1);
  expect([begins[0], begins.at(-1)]).toEqual([0, length]);
  const lines = begins.slice(1).map((end, i) => Math.ceil((end - (begins[i] as number)) / 16));
  expect(Math.max(...lines) - Math.min(...lines)).toBeLessThan(2);
  for (const at of begins.slice(0, -1)) expect(at === length || at % 16 === 0).toBe(true);
});

describe("refused", () => {
  const [world] = makeRanks(2).ranks;

  test.each(allRules.filter(({ spec }) => !elementwise(spec)).map((rule) => [rule.spec.name, rule] as const))(
    "%s",
    (name, rule) => {
      const message = `${name}: shard expected a rule that works element by element; ${name} works on whole tensors`;
      expect(() => make(rule, { shard: world })).toThrow(new TypeError(message));
    },
  );

  test("anything but the result of mpi()", () => {
    for (const shard of [1, null, {}, { rank: 0, ranks: 2, gather() {} }])
      expect(() => adam({ x: 1 }, { shard } as never)).toThrow("adam: shard expected the result of mpi(), got");
  });

  test("foreign memory", () => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const foreign = foreignMemory({ memory, allocate: () => 32_768, params: { x: 1024 } });
    expect(() => adam({ x: 1 }, { shard: world, memory: foreign })).toThrow(
      "adam: shard expected memory of the optimizer's own or an arena, got foreignMemory()",
    );
  });
});
