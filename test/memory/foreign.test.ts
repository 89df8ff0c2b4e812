// The memory of another program: the same bits as in memory of the optimizer's own, and no other byte.

import { describe, expect, test } from "vitest";
import { adam, findRate, fit, foreignMemory, type Optimizer, rules, sharpness, threads } from "../../src/index.js";
import { relativeError } from "../support/compare.js";
import { type AnyRule, allRules, elementwise, table } from "../support/configurations.js";
import { fill, random } from "../support/random.js";

const shapes = { matrix: [9, 7], vector: [5], cube: [3, 4, 5], scalar: [1] } as const;

type Name = keyof typeof shapes;

const names = Object.keys(shapes) as Name[];

const lengthOf = (name: Name) => shapes[name].reduce((product: number, size) => product * size, 1);

const page = 65_536;

/** The byte that the other program keeps everywhere else. */
const pattern = (address: number) => (address * 31 + 7) & 255;

/** Another program, without a program: a memory, and a bump allocator at addresses that no alignment asks for. */
class Owner {
  readonly memory: WebAssembly.Memory;
  /** Bytes that were given away. */
  readonly taken: { readonly address: number; readonly bytes: number }[] = [];
  #next: number;

  constructor(shared = false) {
    this.memory = new WebAssembly.Memory({ initial: 1, maximum: 64, shared });
    this.#next = 1024 + 4;
    this.#paint(0);
  }

  allocate(bytes: number): number {
    const address = this.#next;
    this.#next += Math.ceil(bytes / 4) * 4 + 12; // room that is nobody's
    while (this.#next > this.memory.buffer.byteLength) this.grow();
    this.taken.push({ address, bytes });
    return address;
  }

  /** An array of each tensor, in the order that is given. */
  arrays(order: readonly Name[]): Record<Name, number> {
    return Object.fromEntries(order.map((name) => [name, this.allocate(lengthOf(name) * 4)])) as Record<Name, number>;
  }

  grow(): void {
    this.#paint(this.memory.grow(1) * page);
  }

  #paint(from: number): void {
    const bytes = new Uint8Array(this.memory.buffer);
    for (let address = from; address < bytes.length; address++) bytes[address] = pattern(address);
  }

  /** The first byte that somebody has written where nothing was given away. */
  spoilt(): number | undefined {
    const bytes = new Uint8Array(this.memory.buffer).slice();
    for (const { address, bytes: length } of this.taken) for (let i = address; i < address + length; i++) bytes[i] = pattern(i);
    const found = bytes.findIndex((byte, address) => byte !== pattern(address));
    return found < 0 ? undefined : found;
  }
}

type Options = Record<string, unknown>;

const ownOptimizer = (rule: AnyRule, options: Options, names: readonly Name[]) =>
  rule(Object.fromEntries(names.map((name) => [name, shapes[name]])), options);

function foreignOptimizer(rule: AnyRule, options: Options, names: readonly Name[], owner: Owner, grads: boolean): Optimizer {
  const params = owner.arrays([...names].reverse());
  const memory = foreignMemory({
    memory: owner.memory,
    allocate: (bytes: number) => owner.allocate(bytes) | 0,
    params,
    ...(grads && { grads: owner.arrays([...names.slice(1), ...names.slice(0, 1)]) }),
  });
  const optimizer = ownOptimizer(rule, { ...options, memory }, names);
  for (const name of names) new Float32Array(owner.memory.buffer, params[name], lengthOf(name)).fill(0);
  return optimizer;
}

/** All that an optimizer has, as bits. */
function bits(optimizer: Optimizer): Record<string, number[]> {
  const arrays = { params: optimizer.params, average: optimizer.average, slow: optimizer.slow, ...optimizer.state };
  return Object.fromEntries(
    Object.entries(arrays).flatMap(([array, views]) =>
      Object.entries<Float32Array>(views ?? {}).map(([name, view]) => [
        `${array} ${name}`,
        [...new Uint32Array(view.slice().buffer)],
      ]),
    ),
  );
}

/** A few steps with all that goes with the options, from the same numbers each time; `between` is called between them. */
function train(optimizer: Optimizer, between: (step: number) => void = () => undefined): Record<string, number[]> {
  const source = random(7);
  for (const name of Object.keys(optimizer.params)) fill(optimizer.params[name] as Float32Array, source);
  const gradient = () => {
    for (const name of Object.keys(optimizer.grads)) fill(optimizer.grads[name] as Float32Array, source, 3);
  };
  for (let step = 0; step < 5; step++) {
    if (optimizer.accumulates) {
      gradient();
      optimizer.accumulate(2);
    }
    if (optimizer.spec.observe && step % 2 === 0) {
      gradient();
      optimizer.observe();
    }
    gradient();
    if (optimizer.accumulates) optimizer.accumulate();
    if (optimizer.sam || (optimizer.spec.twoPhase && step % 2 === 1)) {
      optimizer.shift();
      between(step);
      gradient();
    } else between(step);
    optimizer.step();
  }
  optimizer.eval();
  const evaluated = bits(optimizer);
  between(5);
  optimizer.train();
  return { ...bits(optimizer), ...Object.fromEntries(Object.entries(evaluated).map(([key, x]) => [`eval ${key}`, x])) };
}

const kinds = [
  { kind: "plain", shared: false, grads: true },
  { kind: "shared", shared: true, grads: false },
];

// Sums over several tensors are added up in another order: one tensor in each group, and all bits are the same.
const alone = names.map((name) => ({ match: [name] }));

describe.each(kinds)("$kind memory of another program, gradients theirs: $grads", ({ shared, grads }) => {
  test.each(table)("$title: the same bits, and no other byte", ({ rule, options }) => {
    const groups = elementwise(rule.spec) || rule.spec.perTensor ? [] : alone;
    const owner = new Owner(shared);
    const optimizer = foreignOptimizer(rule, { ...options, groups }, names, owner, grads);
    const theirs = train(optimizer, (step) => {
      if (step === 1 || step === 5) owner.grow();
    });
    expect(theirs).toEqual(train(ownOptimizer(rule, { ...options, groups }, names)));
    expect(owner.spoilt()).toBeUndefined();
  });

  const around: Options[] = [
    { clipValue: 0.7 },
    { clipAdaptive: 0.3 },
    { clipTensorNorm: 0.9 },
    { clipNorm: 0.4 },
    { centralize: true },
    { noise: { eta: 0.1, seed: 3 } },
    { ema: true, zeroGrad: true },
    { swa: { start: 1 }, decay: "proximal", weightDecay: 0.1 },
    { lookahead: { every: 2 } },
    { accumulate: true, clipNorm: 2, noise: { eta: 0.01 } },
    { sam: true },
    { sam: { adaptive: true, radius: 0.5 }, maximize: true },
    { lossScale: { initial: 4, interval: 2 }, zeroGrad: true },
    { lr: (t: number) => 0.01 / (t + 1) },
  ];
  const chosen = [rules.adam, rules.muon, rules.scheduleFreeSgd, rules.nesterov, rules.prodigy, rules.adafactor];
  const rows = chosen.flatMap((rule) =>
    around.map((options) => ({ rule: rule as unknown as AnyRule, options, title: `${rule.name} ${JSON.stringify(options)}` })),
  );

  test.each(rows)("$title", ({ rule, options }) => {
    const groups = [{ match: ["vector"], frozen: true }, ...alone.slice(0, 1), ...alone.slice(2)];
    const owner = new Owner(shared);
    const theirs = train(foreignOptimizer(rule, { ...options, groups }, names, owner, grads), (step) => {
      if (step === 2) owner.grow();
    });
    expect(theirs).toEqual(train(ownOptimizer(rule, { ...options, groups }, names)));
    expect(owner.spoilt()).toBeUndefined();
  });
});

test.each(allRules.filter(({ spec }) => !elementwise(spec) && !spec.perTensor))(
  "$name sums over tensors apart as over one row, but for rounding",
  (rule) => {
    const floats = (all: Record<string, number[]>) =>
      Object.entries(all).map(([key, words]) => [key, new Float32Array(Uint32Array.from(words).buffer)] as const);
    const options = rule.spec.name === "prodigy" ? { d0: 0.05 } : {};
    const theirs = floats(train(foreignOptimizer(rule, options, names, new Owner(), true)));
    const own = new Map(floats(train(ownOptimizer(rule, options, names))));
    expect(theirs.length).toBe(own.size);
    // Sums in f64 differ by some 1e-16, and the f32 scalars made of them by one rounding, 6e-8, which five steps carry on.
    for (const [key, array] of theirs) expect(relativeError(array, own.get(key) as Float32Array)).toBeLessThanOrEqual(2e-6);
  },
);

test("views follow growth, relocation and both, and arrays that the caller holds stay the caller's", () => {
  const owner = new Owner();
  const params = { a: owner.allocate(16), b: owner.allocate(4) };
  const grads = { a: owner.allocate(16), b: owner.allocate(4) };
  const values = Float32Array.of(1, 2, 3, 4);
  const memory = foreignMemory({ memory: owner.memory, allocate: (bytes: number) => owner.allocate(bytes), params, grads });
  const opt = rules.momentum({ a: values, b: 1 }, { lr: 1, momentum: 0.5, memory, ema: true, lookahead: { every: 9 } });
  expect([...opt.params.a]).toEqual([1, 2, 3, 4]);
  expect(opt.params).toBe(opt.params); // not made anew at each reading
  opt.params.b[0] = 7;
  const at = (address: number, length: number) => new Float32Array(owner.memory.buffer, address, length);
  expect([...at(params.b, 1)]).toEqual([7]);
  at(grads.a, 4).fill(1);
  at(grads.b, 1).fill(1);
  opt.step();
  const old = [opt.params.a, opt.grads.a, opt.state.b.a, opt.average?.a, opt.slow?.a];
  const contents = old.map((array) => [...(array as Float32Array)]);
  owner.grow();
  for (const array of old) expect(array?.length).toBe(0); // detached
  const now = () =>
    [opt.params.a, opt.grads.a, opt.state.b.a, opt.average?.a, opt.slow?.a].map((array) => [...(array as Float32Array)]);
  expect(now()).toEqual(contents);

  // The owner moves a parameter and a gradient; the others stay.
  const moved = owner.allocate(16);
  at(moved, 4).set(at(params.a, 4));
  at(params.a, 4).fill(100);
  const gradient = owner.allocate(4);
  at(gradient, 1).fill(3);
  opt.relocate({ params: { a: moved }, grads: { b: gradient } });
  expect(now()).toEqual(contents);
  expect([...opt.grads.b]).toEqual([3]);
  owner.grow();
  opt.step();
  expect([...at(moved, 4)]).toEqual([-1.5, -0.5, 0.5, 1.5]);
  expect([...at(params.b, 1)]).toEqual([7 - 1 - 3.5]);
  expect([...at(params.a, 4)]).toEqual([100, 100, 100, 100]);
  opt.zeroGrad();
  expect([...at(gradient, 1), ...at(grads.a, 4)]).toEqual([0, 0, 0, 0, 0]);
  expect([...at(grads.b, 1)]).toEqual([1]);
  expect(opt.block).toEqual(owner.taken[4]);
  expect(opt.state.b.a.byteOffset).toBeGreaterThanOrEqual(opt.block?.address as number);
  expect(owner.spoilt()).toBeUndefined();
});

test("a shift survives that the parameters move", () => {
  const owner = new Owner();
  const params = { x: owner.allocate(8) };
  const memory = foreignMemory({ memory: owner.memory, allocate: (bytes: number) => owner.allocate(bytes), params });
  const opt = rules.sgd({ x: Float32Array.of(1, 2) }, { lr: 1, memory, sam: true });
  opt.grads.x.fill(1);
  opt.shift();
  const shifted = opt.params.x.slice();
  const x = owner.allocate(8);
  new Float32Array(owner.memory.buffer, x, 2).set(shifted);
  owner.grow();
  opt.relocate({ params: { x } });
  expect(opt.params.x).toEqual(shifted);
  opt.step();
  expect([...new Float32Array(owner.memory.buffer, x, 2)]).toEqual([0, 1]);
});

test("fit, findRate and sharpness go on when the program that computes the loss grows its memory", async () => {
  const run = async (grows: boolean) => {
    const owner = new Owner();
    const params = { x: owner.allocate(12) };
    const grads = { x: owner.allocate(12) };
    const foreign = foreignMemory({ memory: owner.memory, allocate: (bytes: number) => owner.allocate(bytes), params, grads });
    const opt = rules.adam({ x: Float32Array.of(1, -2, 3) }, { lr: 0.1, memory: grows ? foreign : undefined });
    const loss = () => {
      if (grows) owner.grow();
      let sum = 0;
      for (let i = 0; i < 3; i++) {
        const x = opt.params.x[i] as number;
        sum += x * x * (i + 1);
        opt.grads.x[i] = 2 * x * (i + 1);
      }
      return sum;
    };
    const { suggestion } = findRate(opt, { count: 4, batch: 2, steps: 10, gradient: loss });
    const { loss: losses } = await fit(opt, {
      count: 4,
      batch: 2,
      epochs: 3,
      gradient: loss,
      validation: loss,
      restoreBest: true,
    });
    return { suggestion, losses, ...sharpness(opt, loss, { steps: 2, samples: 2 }), x: [...opt.params.x] };
  };
  expect(await run(true)).toEqual(await run(false));
});

test("an optimizer of its own memory has no block, and nowhere to move", () => {
  const opt = rules.sgd({ x: 1 });
  expect(opt.block).toBeUndefined();
  expect(() => opt.relocate({ params: { x: 4096 } })).toThrow(
    new TypeError("sgd: relocate() expected the option memory to be foreignMemory(…)"),
  );
});

test("addresses beyond 2 GiB, also as the negative numbers that programs have for them", () => {
  const memory = new WebAssembly.Memory({ initial: 32_768 + 4 });
  const beyond = 2 ** 31;
  const pointers = { params: { x: (beyond + 8) | 0 }, grads: { x: beyond + 64 } };
  const opt = rules.adam(
    { x: Float32Array.of(1, 2, 3) },
    { lr: 0.1, memory: foreignMemory({ memory, allocate: () => (beyond + page + 4) | 0, ...pointers }) },
  );
  const own = rules.adam({ x: Float32Array.of(1, 2, 3) }, { lr: 0.1 });
  for (const { grads } of [opt, own]) grads.x.set([1, -2, 3]);
  opt.step();
  own.step();
  expect(opt.block?.address).toBe(beyond + page + 4);
  expect([...new Float32Array(memory.buffer, beyond + 8, 3)]).toEqual([...own.params.x]);
  expect([...opt.state.v.x]).toEqual([...own.state.v.x]);
});

describe("refused without any change", () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const good = { memory, allocate: () => 32_768, params: { a: 1024, b: 2048 }, grads: { a: 4096, b: 8192 } };
  const make = (changes: object, options: object = {}) =>
    rules.adam({ a: 4, b: [2, 2] }, { ...options, memory: foreignMemory({ ...good, ...changes } as never) });
  const failure = (attempt: () => unknown): unknown => {
    try {
      attempt();
    } catch (error) {
      return error;
    }
    return undefined;
  };
  const place = "a multiple of 4, at least 1024, with 16 bytes in the memory of 65536";
  const room = (bytes: number) => `an address, at least 1024, with ${bytes} bytes in the memory of 65536`;
  const asked = 1024 + 2 * (64 + 448) + 64; // scalars; m and v, a cache line and a gap each; room to start on a cache line

  test("nothing is wrong with the rest", () => {
    const sizes: number[] = [];
    make({ allocate: (bytes: number) => sizes.push(bytes) && 32_768 });
    make({ grads: undefined, allocate: (bytes: number) => sizes.push(bytes) && 32_768 });
    expect(sizes).toEqual([asked, asked + 64 + 448]);
  });

  const wrong: [string, object, Error][] = [
    [
      "a memory that is none",
      { memory: {} },
      new TypeError("adam: memory: memory expected a WebAssembly.Memory, got [object Object]"),
    ],
    ["no allocator", { allocate: undefined }, new TypeError("adam: memory: allocate expected a function, got undefined")],
    [
      "no parameters",
      { params: undefined },
      new TypeError("adam: memory: params expected a plain object of addresses, got undefined"),
    ],
    ["a missing one", { params: { a: 1024 } }, new TypeError('adam: memory: params: "b" expected a byte address, got undefined')],
    [
      "a strange one",
      { params: { a: 1024, b: 2048, c: 1 } },
      new TypeError('adam: memory: params: unknown parameter "c"; the parameters are a, b'),
    ],
    ["text", { grads: { a: "1024", b: 2048 } }, new TypeError('adam: memory: grads: "a" expected a byte address, got "1024"')],
    ["NaN", { grads: { a: Number.NaN, b: 2048 } }, new RangeError('adam: memory: grads: "a" expected a byte address, got NaN')],
    [
      "a fraction",
      { params: { a: 1024.5, b: 2048 } },
      new RangeError('adam: memory: params: "a" expected a byte address, got 1024.5'),
    ],
    [
      "beyond 4 GiB",
      { params: { a: 2 ** 32, b: 2048 } },
      new RangeError('adam: memory: params: "a" expected a byte address, got 4294967296'),
    ],
    ["an odd one", { params: { a: 1026, b: 2048 } }, new RangeError(`adam: memory: params: "a" expected ${place}, got 1026`)],
    ["null", { params: { a: 0, b: 2048 } }, new RangeError(`adam: memory: params: "a" expected ${place}, got 0`)],
    ["the lowest", { params: { a: 1020, b: 2048 } }, new RangeError(`adam: memory: params: "a" expected ${place}, got 1020`)],
    [
      "one that ends outside",
      { grads: { a: 65_524, b: 2048 } },
      new RangeError(`adam: memory: grads: "a" expected ${place}, got 65524`),
    ],
    ["a negative one", { grads: { a: -4, b: 2048 } }, new RangeError(`adam: memory: grads: "a" expected ${place}, got -4`)],
    [
      "overlapping parameters",
      { params: { a: 2060, b: 2048 } },
      new RangeError('adam: memory: params: "b" at 2048 and params: "a" at 2060 overlap; expected separate arrays'),
    ],
    [
      "a gradient in a parameter",
      { grads: { a: 1036, b: 8192 } },
      new RangeError('adam: memory: params: "a" at 1024 and grads: "a" at 1036 overlap; expected separate arrays'),
    ],
    [
      "an unknown option",
      { grad: {} },
      new TypeError('adam: memory: unknown option "grad"; did you mean grads? The options are memory, allocate, params, grads'),
    ],
    [
      "nothing allocated",
      { allocate: () => 0 },
      new RangeError(`adam: memory: allocate(${asked}) expected ${room(asked)}, got 0`),
    ],
    [
      "undefined allocated",
      { allocate: () => undefined },
      new TypeError(`adam: memory: allocate(${asked}) expected a byte address, got undefined`),
    ],
    [
      "NaN allocated",
      { allocate: () => Number.NaN },
      new RangeError(`adam: memory: allocate(${asked}) expected a byte address, got NaN`),
    ],
    [
      "outside allocated",
      { allocate: () => 65_000 },
      new RangeError(`adam: memory: allocate(${asked}) expected ${room(asked)}, got 65000`),
    ],
    ["-1 allocated", { allocate: () => -1 }, new RangeError(`adam: memory: allocate(${asked}) expected ${room(asked)}, got -1`)],
    [
      "a parameter allocated",
      { allocate: () => 1500 },
      new RangeError(`adam: memory: the block of allocate at 1500 and params: "b" at 2048 overlap; expected separate arrays`),
    ],
  ];

  test.each(wrong)("%s", (_, changes, error) => {
    const before = new Uint8Array(memory.buffer).fill(0x5a).slice();
    expect(failure(() => make(changes))).toEqual(error);
    expect(new Uint8Array(memory.buffer)).toEqual(before);
  });

  test("what the allocator throws passes through", () => {
    const error = new Error("full");
    const allocate = () => {
      throw error;
    };
    expect(failure(() => make({ allocate }))).toBe(error);
  });

  test("gradients that overlap each other, where a step writes into them", () => {
    const grads = { a: 4096, b: 4096 };
    new Float32Array(memory.buffer).fill(1);
    const opt = make({ grads });
    opt.step();
    expect(opt.params.a).toEqual(opt.params.b);
    const error = new RangeError('adam: memory: grads: "a" at 4096 and grads: "b" at 4096 overlap; expected separate arrays');
    const writing = [{ clipValue: 1 }, { clipAdaptive: 1 }, { clipTensorNorm: 1 }, { centralize: true }, { noise: { eta: 1 } }];
    for (const options of [...writing, { zeroGrad: true }]) expect(failure(() => make({ grads }, options))).toEqual(error);
    make({ grads }, { sam: { adaptive: true } });
  });

  test("a plain memory for threads, before it is asked for room", async () => {
    const pool = await threads(2);
    const error = new TypeError(
      "adam: threads with memory expected a shared WebAssembly.Memory, got [object WebAssembly.Memory]",
    );
    const allocate = () => expect.unreachable();
    expect(failure(() => make({ allocate }, { threads: pool }))).toEqual(error);
    pool.close();
  });

  const moves: [string, object, Error][] = [
    ["an odd address", { params: { a: 1026 } }, new RangeError(`adam: relocate: params: "a" expected ${place}, got 1026`)],
    ["outside", { params: { b: 65_536 } }, new RangeError(`adam: relocate: params: "b" expected ${place}, got 65536`)],
    [
      "undefined",
      { grads: { b: undefined } },
      new TypeError('adam: relocate: grads: "b" expected a byte address, got undefined'),
    ],
    [
      "a strange name",
      { params: { a: 3000, c: 4000 } },
      new TypeError('adam: relocate: params: unknown parameter "c"; the parameters are a, b'),
    ],
    [
      "onto another",
      { params: { a: 12_288 }, grads: { b: 12_292 } },
      new RangeError('adam: relocate: params: "a" at 12288 and grads: "b" at 12292 overlap; expected separate arrays'),
    ],
    [
      "into the block",
      { grads: { a: 32_772 } },
      new RangeError('adam: relocate: the block of allocate at 32768 and grads: "a" at 32772 overlap; expected separate arrays'),
    ],
    ["an unknown option", { state: {} }, new TypeError('adam: relocate: unknown option "state"; the options are params, grads')],
  ];

  test.each(moves)("relocate: %s", (_, moved, error) => {
    const opt = make({});
    const places = () => [opt.params, opt.grads].flatMap((views) => Object.values(views).map(({ byteOffset }) => byteOffset));
    expect(places()).toEqual([1024, 2048, 4096, 8192]);
    expect(failure(() => opt.relocate(moved as never))).toEqual(error);
    expect(places()).toEqual([1024, 2048, 4096, 8192]);
  });

  test("relocate: gradients that the optimizer laid out", () => {
    const error = new TypeError(
      "adam: relocate: grads expected the option grads of foreignMemory() at construction; without it they are in opt.block",
    );
    expect(failure(() => make({ grads: undefined }).relocate({ grads: { a: 4096 } }))).toEqual(error);
  });
});

test("in another program's memory: gradients that share, one within another, and what they hide", () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const shapes = { a: 100, b: 4, c: 4 };
  const make = (params: object, grads: object, options: object = {}) =>
    adam(shapes, { ...options, memory: foreignMemory({ memory, allocate: () => 32_768, params, grads } as never) as never });
  const params = { a: 1024, b: 2048, c: 3072 };
  // b and c lie within a, apart from each other.
  const nested = { a: 8192, b: 8200, c: 8300 };
  make(params, nested);
  expect(() => make(params, nested, { zeroGrad: true })).toThrow(
    new RangeError('adam: memory: grads: "a" at 8192 and grads: "b" at 8200 overlap; expected separate arrays'),
  );
  // A parameter within the long gradient, behind a short one.
  expect(() => make({ ...params, c: 8400 }, { ...nested, c: 16_384 })).toThrow(
    new RangeError('adam: memory: grads: "a" at 8192 and params: "c" at 8400 overlap; expected separate arrays'),
  );
  // A gradient within a parameter, behind a gradient that ends before.
  expect(() => make({ ...params, a: 8204 }, { a: 16_384, b: 8192 - 8, c: 8500 })).toThrow(
    new RangeError('adam: memory: params: "a" at 8204 and grads: "c" at 8500 overlap; expected separate arrays'),
  );
  // A gradient in the block, behind another that lies there as well.
  expect(() => make(params, { ...nested, c: 32_800 })).toThrow(
    new RangeError('adam: memory: the block of allocate at 32768 and grads: "c" at 32800 overlap; expected separate arrays'),
  );
  make({ a: 8192 - 400, b: 8192 + 400, c: 3072 }, { a: 8192, b: 8192 + 416, c: 8192 }); // next to each other
});
