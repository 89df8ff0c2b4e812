// Optimizers that share memories: the same bits as in memories of their own, and no byte of another optimizer.

import { inspect } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { type Link, Optimizer } from "../../src/engine/optimizer.js";
import { type Arena, adam, arena, lbfgs, rules, sgd } from "../../src/index.js";
import { instantiate } from "../../src/kernels/wasm.js";
import { type AnyRule, allRules, table } from "../support/configurations.js";
import { bufferOf, isGone } from "../support/garbage.js";
import { watched } from "../support/pools.js";
import { random } from "../support/random.js";
import { everything, make, run } from "../support/runs.js";

const MiB = 2 ** 20;

type Opt = ReturnType<AnyRule>;

const arraysOf = ({ params, grads, state, average, slow }: Opt) =>
  [params, grads, average, slow, ...Object.values(state)].flatMap((views) => Object.values<Float32Array>(views ?? {}));

/** Fills every array with NaN, then gives the block back. */
function spoil(opt: Opt): void {
  for (const array of arraysOf(opt)) array.fill(Number.NaN);
  opt.dispose();
}

/** An arena whose first blocks are free and dirty, with an optimizer between them. */
function dirty(options: object, length: number): { memory: Arena; between: Opt } {
  const memory = arena();
  const opts = [1, 2, 3].map((i) => adam({ x: Math.ceil(length / i) }, { ...options, ema: true, memory }));
  const [first, between, last] = opts as unknown as [Opt, Opt, Opt];
  arraysOf(between).forEach((array, i) => {
    array.fill(i + 1);
  });
  spoil(first);
  spoil(last);
  return { memory, between };
}

const wordsOf = (opt: Opt) => arraysOf(opt).map((array) => Buffer.from(array.slice().buffer).toString("base64"));

const begins = (opt: Opt) => (opt.params.x as Float32Array).byteOffset - 1024;

describe("the same bits as in a memory of its own, in dirty blocks, and the neighbor's bits stay", () => {
  test.each(table)("$title", ({ rule, options }) => {
    const { memory, between } = dirty({}, 300);
    const before = wordsOf(between);
    const opts = [1, 2].map(() => make(rule, { ...options, memory }));
    for (const { params } of opts) expect(params.weight?.buffer).toBe(between.params.x?.buffer);
    const own = everything(run(make(rule, options)));
    for (const opt of opts) expect(everything(run(opt))).toEqual(own);
    expect(wordsOf(between)).toEqual(before);
  });

  const around = [
    { ema: true, lookahead: { every: 2 }, accumulate: true, clipNorm: 0.4, zeroGrad: true },
    { swa: { start: 1 }, decay: "proximal", weightDecay: 0.1, clipAdaptive: 0.3, centralize: true, noise: { eta: 0.1 } },
    { groups: [{ match: ["bias"], lr: 0.5 }], lossScale: true, clipTensorNorm: 0.9 },
  ];
  const chosen = [rules.adam, rules.muon, rules.scheduleFreeSgd, rules.lamb, rules.adafactor] as unknown as AnyRule[];
  const rows = chosen.flatMap((rule) =>
    around.map((options) => ({ rule, options, title: `${rule.name} ${JSON.stringify(options)}` })),
  );

  test.each(rows)("$title", ({ rule, options }) => {
    const train = (opt: Opt) => {
      if (opt.accumulates) opt.accumulate();
      run(opt, 5, () => opt.accumulates && opt.accumulate());
      const copy = opt.snapshot();
      run(opt, 3);
      opt.eval();
      const evaluated = everything(opt);
      opt.train();
      const trained = everything(opt);
      opt.restore(copy);
      return [evaluated, trained, everything(run(opt, 2))];
    };
    const { memory } = dirty({}, 300);
    expect(train(make(rule, { ...options, memory }))).toEqual(train(make(rule, options)));
  });
});

describe("with threads", async () => {
  const { pool } = await watched(3);
  afterAll(() => pool.close());
  const shapes = { weight: [130, 127], bias: 20_003, scale: 5 };

  test.each(allRules.map((rule) => ({ name: rule.spec.name, rule })))("$name: the same bits, in shared memory", ({ rule }) => {
    const { memory } = dirty({ threads: pool }, 30_000);
    const options = { clipNorm: 0.5, ema: true };
    const opts = [1, 2].map(() => make(rule, { ...options, memory, threads: pool }, shapes));
    for (const opt of opts) expect(opt.params.weight?.buffer).toBeInstanceOf(SharedArrayBuffer);
    const own = run(make(rule, options, shapes), 2);
    for (const opt of opts) expect(wordsOf(run(opt, 2))).toEqual(wordsOf(own));
    opts[0]?.dispose();
    expect(wordsOf(run(opts[1] as Opt, 1))).toEqual(wordsOf(run(own, 1)));
  });

  test("plain and shared memories apart", () => {
    const memory = arena();
    const buffers = [adam({ x: 3 }, { memory }), adam({ x: 3 }, { memory, threads: pool }), sgd({ x: 3 }, { memory })].map(
      ({ params }) => params.x.buffer,
    );
    expect(buffers[0]).toBe(buffers[2]);
    expect(buffers[0]).toBeInstanceOf(ArrayBuffer);
    expect(buffers[1]).toBeInstanceOf(SharedArrayBuffer);
    expect(memory.bytes).toBe(2 * MiB);
  });
});

describe("blocks", () => {
  // sgd with p and g alone: 1024 bytes of scalars, two arrays, two gaps.
  const bytes = (floats: number) => 1024 + 2 * (4 * floats + 448);

  test("an arena allocates at the first optimizer, and knows what is in use", () => {
    const memory = arena();
    expect([memory.bytes, memory.used]).toEqual([0, 0]);
    const opts = [16, 32].map((x) => sgd({ x }, { memory }));
    expect([memory.bytes, memory.used]).toEqual([MiB, bytes(16) + bytes(32)]);
    opts[0]?.dispose();
    opts[0]?.dispose();
    expect([memory.bytes, memory.used]).toEqual([MiB, bytes(32)]);
    expect(String(memory)).toBe("arena of 1 memory, 1,050 kB, 2.18 kB used");
    expect(inspect(memory)).toBe(String(memory));
    expect(String(opts[1])).toBe("sgd of 1 parameter (x [32]), 32 floats, 2.18 kB, t = 0");
    expect(opts[1]?.block).toBeUndefined();
    expect(opts[1]?.summary).toContain("options: memory: true");
  });

  test("whole cache lines, one after another", () => {
    const memory = arena();
    const opts = [1, 17, 5].map((x) => sgd({ x }, { memory }));
    expect(opts.map((opt) => begins(opt as never))).toEqual([0, bytes(16), bytes(16) + bytes(32)]);
  });

  test.each([
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ])("free neighbors merge, freed in the order %d, %d, %d", (...order) => {
    const memory = arena();
    const opts = [16, 16, 16, 16].map((x) => sgd({ x }, { memory }));
    for (const i of order) opts[i]?.dispose();
    // Takes all three.
    const floats = (3 * bytes(16) - 1024 - 2 * 448) / 8;
    expect(begins(sgd({ x: floats }, { memory }) as never)).toBe(0);
    expect(begins(sgd({ x: 16 }, { memory }) as never)).toBe(4 * bytes(16));
  });

  test("memories double from 1 MiB to 64 MiB; none is added while another has room", () => {
    const memory = arena();
    const sizes: number[] = [];
    const opts = Array.from({ length: 200 }, () => {
      const opt = sgd({ x: 2 ** 17 - 2 ** 10 }, { memory }); // a bit less than 1 MiB
      if (memory.bytes !== sizes.at(-1)) sizes.push(memory.bytes);
      return opt;
    });
    expect(sizes).toEqual([1, 3, 7, 15, 31, 63, 127, 191, 255].map((size) => size * MiB));
    for (const opt of opts) opt.dispose();
    for (let i = 0; i < 200; i++) sgd({ x: 2 ** 17 - 2 ** 10 }, { memory });
    expect(memory.bytes).toBe(255 * MiB);
  });

  test("a larger optimizer gets a memory of its size", () => {
    const memory = arena();
    const large = sgd({ x: 2 ** 25 }, { memory, lr: 1 });
    large.grads.x[2 ** 25 - 1] = 1;
    large.step();
    expect(large.params.x[2 ** 25 - 1]).toBe(-1);
    expect(memory.bytes).toBe(2 ** 28 + 65_536);
    large.dispose();
    expect(begins(sgd({ x: 2 ** 24 }, { memory }) as never)).toBe(0);
    expect(memory.bytes).toBe(2 ** 28 + 65_536);
  });

  test("4,096 optimizers at once", () => {
    const memory = arena();
    const step = (opt: Opt, i: number) => {
      (opt.grads.w as Float32Array).fill(i);
      opt.step();
      return [...(opt.params.w as Float32Array), ...(opt.params.b as Float32Array)];
    };
    const opts = Array.from({ length: 4096 }, () => sgd({ w: [8, 4], b: 4 }, { memory, lr: 1 }) as unknown as Opt);
    for (const [i, opt] of opts.entries()) step(opt, i);
    for (const [i, opt] of opts.entries()) expect(step(opt, 1)).toEqual([...Array(32).fill(-i - 1), 0, 0, 0, 0]);
    expect(memory.bytes).toBeLessThan(16 * MiB);
  });

  test("the kernels are instantiated once in each memory", () => {
    const memory = arena();
    const linked = new Set<unknown>();
    const link: Link = (...args) => {
      const kernels = instantiate(...args);
      linked.add(kernels.dot);
      return kernels;
    };
    const opts = [1, 2, 2 ** 16, 2 ** 16, 3].map(
      (x) => new Optimizer<{ x: number }>(sgd.spec as never, { x }, { memory } as never, link),
    );
    expect(new Set(opts.map(({ params }) => params.x.buffer)).size).toBe(2);
    expect(linked.size).toBe(2);
  });
});

describe("refused, and nothing stays in use", () => {
  const memory = arena();
  const kept = sgd({ x: 16 }, { memory });
  const { used } = memory;

  test.each<[string, () => unknown]>([
    ["an option", () => adam({ x: 3 }, { memory, lr: -1 })],
    ["a group", () => adam({ x: 3 }, { memory, groups: [{ match: ["y"] }] as never })],
    ["more than 4 GiB", () => adam({ x: 2 ** 30 }, { memory })],
    ["history", () => lbfgs({ x: 2 ** 20 }, { memory, history: 2000 })],
  ])("%s", (_, attempt) => {
    expect(attempt).toThrow();
    expect(memory.used).toBe(used);
  });

  test("kernels that do not link", () => {
    const link = () => {
      throw new Error("no kernels");
    };
    const spec = adam.spec as never;
    expect(() => new Optimizer<{ x: number }>(spec, { x: 3 }, { memory } as never, link)).toThrow("no kernels");
    expect(memory.used).toBe(used);
    expect(begins(sgd({ x: 3 }, { memory }) as never)).toBe(used);
    kept.dispose();
  });

  test.each([
    [{}, "[object Object]"],
    [{ memory: new WebAssembly.Memory({ initial: 1 }), allocate: () => 2048, params: { x: 1024 } }, "[object Object]"],
    [arena, "a function"],
    [new WebAssembly.Memory({ initial: 1 }), "[object WebAssembly.Memory]"],
    [null, "null"],
    [true, "true"],
    [new Proxy(arena(), {}), "[object Arena]"],
  ])("what is no arena: %#", (memory, shown) => {
    const what = "adam: memory expected arena() or foreignMemory({ memory, allocate, params })";
    expect(() => adam({ x: 1 }, { memory: memory as never })).toThrow(new TypeError(`${what}, got ${shown}`));
    expect(() => lbfgs({ x: 1 }, { memory: memory as never })).toThrow(
      new TypeError(`lbfgs: memory expected arena(), got ${shown}`),
    );
  });
});

test("views of a disposed optimizer: they may not be the caller's arrays where a later one has its own", () => {
  const memory = arena();
  const old = adam({ x: 300 }, { memory });
  const { params, state } = old;
  old.dispose();
  const opt = adam({ y: 200, z: 100 }, { memory });
  expect(opt.params.y.buffer).toBe(params.x.buffer);
  const arrays = (x: Float32Array) => ({ y: x.subarray(10, 210), z: new Float32Array(100) });
  for (const view of [params.x, state.m.x, state.v.x]) {
    const copy = view.slice();
    expect(() => opt.step(arrays(view), arrays(new Float32Array(210)))).toThrow(/share memory; expected separate arrays$/);
    expect(view).toEqual(copy);
  }
  const scalars = new Float32Array(params.x.buffer, 0, 210);
  expect(() => opt.step(arrays(scalars), arrays(new Float32Array(210)))).toThrow("opt.state");
  const other = adam({ x: 210 }, { memory });
  opt.step(arrays(other.params.x), arrays(other.grads.x)); // another optimizer's arrays are as good as any
});

test("initial values may be views of a block that is free", () => {
  const memory = arena();
  for (const make of [sgd, lbfgs] as const) {
    const old = make({ x: Float32Array.of(1, 2, 3) }, { memory });
    const { x } = old.params;
    old.dispose();
    expect([...make({ a: 5, x }, { memory }).params.x]).toEqual([1, 2, 3]);
  }
});

test("lbfgs: the same bits, and a block to give back", () => {
  const { memory } = dirty({}, 3000);
  const { used } = memory;
  const minimum = (options: object) => {
    const opt = lbfgs({ x: Float32Array.of(-1.2, 1) }, { iterations: 100, history: 5, ...options });
    const loss = opt.step(() => {
      const [a, b] = opt.params.x as unknown as [number, number];
      opt.grads.x.set([-400 * a * (b - a * a) - 2 * (1 - a), 200 * (b - a * a)]);
      return 100 * (b - a * a) ** 2 + (1 - a) ** 2;
    });
    const result = [loss, opt.loss, opt.t, opt.evaluations, ...opt.params.x];
    expect(memory.used > used).toBe("memory" in options);
    opt.dispose();
    opt.dispose();
    return result;
  };
  expect(minimum({ memory })).toEqual(minimum({}));
  expect(memory.used).toBe(used);
});

test("an arena that is dropped is collected, with optimizers that were not disposed", async () => {
  const buffer = (() => {
    const memory = arena();
    const opts = [1, 2, 3].map((x) => adam({ x }, { memory }));
    for (const opt of opts) opt.step();
    return bufferOf((opts[0] as (typeof opts)[number]).params);
  })();
  expect(await isGone(buffer)).toBe(true);
});

test.each([1, 2, 3, 4])("random sequences of making, stepping and disposing, seed %d: as in memories of their own", (seed) => {
  const source = random(seed);
  const below = (n: number) => Math.floor(((source.next().value + 1) / 2) * n);
  const memory = arena();
  const pairs: (readonly [Opt, Opt])[] = [];
  for (let i = 0; i < 300; i++) {
    const act = below(5);
    const index = below(pairs.length);
    const pair = pairs[index];
    if (act < 2 || !pair) {
      const rule = allRules[below(allRules.length)] as AnyRule;
      const parameters = { weight: [1 + below(40), 1 + below(40)], bias: 1 + below(2 ** below(15)) };
      const options = below(3) ? {} : { ema: true, accumulate: true };
      pairs.push([make(rule, { ...options, memory }, parameters), make(rule, options, parameters)]);
    } else if (act < 4) {
      const [shared, own] = pair.map((opt) => wordsOf(run(opt, 2)));
      expect(shared).toEqual(own);
    } else {
      pairs.splice(index, 1);
      spoil(pair[0]);
    }
    // No two blocks overlap.
    const buffer = pairs[0]?.[0].params.weight?.buffer;
    const spans = pairs
      .flatMap(([opt]) => arraysOf(opt))
      .filter((array) => array.buffer === buffer)
      .map(({ byteOffset, byteLength }) => [byteOffset, byteOffset + byteLength] as const)
      .sort(([a], [b]) => a - b);
    for (const [j, [begin]] of spans.entries()) if (j > 0) expect(begin).toBeGreaterThanOrEqual(spans[j - 1]?.[1] as number);
  }
  for (const pair of pairs) {
    const [shared, own] = pair.map((opt) => wordsOf(run(opt, 1)));
    expect(shared).toEqual(own);
    pair[0].dispose();
  }
  expect(memory.used).toBe(0);
});
