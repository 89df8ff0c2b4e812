// step(params, grads): steps on arrays of the caller's own.
import { describe, expect, test } from "vitest";
import { foreignMemory, NonFiniteError, type Optimizer, rules } from "../../src/index.js";
import { Pool } from "../../src/threads/pool.js";
import { type AnyRule, table } from "../support/configurations.js";
import { fill, random } from "../support/random.js";

const shapes = { weight: [6, 5], bias: [6], ["__proto__"]: [2, 1, 3] };
const names = Object.keys(shapes);

const words = (views: Readonly<Record<string, Float32Array>>) =>
  Object.fromEntries(Object.entries(views).map(([name, view]) => [name, [...new Uint32Array(view.slice().buffer)]]));

const arraysOf = (optimizer: Optimizer) =>
  Object.fromEntries(names.map((name) => [name, new Float32Array((optimizer.params[name] as Float32Array).length)]));

describe.each(table)("$title", ({ rule, options }) => {
  test("changes the caller's arrays as step() changes params, to the bit", () => {
    const direct = rule(shapes, options);
    const copying = rule(shapes, options);
    const [params, grads] = [arraysOf(copying), arraysOf(copying)];
    for (const views of [direct.params, params]) for (const name of names) fill(views[name] as Float32Array, random(3));
    for (let step = 1; step <= 4; step++) {
      for (const views of [direct.grads, grads]) for (const name of names) fill(views[name] as Float32Array, random(step), 2);
      direct.step();
      copying.step(params, grads);
      expect(words(params)).toEqual(words(direct.params));
    }
    expect(copying.t).toBe(4);
    for (const slot of Object.keys(rule.spec.state)) expect(copying.state[slot]).toEqual(direct.state[slot]);
  });
});

const adam = rules.adam as unknown as AnyRule;

test("changes that the caller makes to the arrays take effect, and each call may pass other arrays", () => {
  const opt = rules.sgd({ x: 2 }, { lr: 1 });
  const params = { x: Float32Array.of(1, 2) };
  const grads = { x: Float32Array.of(1, 1) };
  opt.step(params, grads);
  expect([...params.x]).toEqual([0, 1]);
  params.x.fill(10);
  grads.x[1] = 2;
  opt.step(params, grads);
  expect([...params.x]).toEqual([9, 8]);
  const before = params.x;
  params.x = Float32Array.of(5, 6); // in the same object
  opt.step(params, { x: Float32Array.of(0, 1) });
  expect([...before, ...params.x]).toEqual([9, 8, 5, 5]);
  expect([...opt.params.x]).toEqual([5, 5]);
});

test("arrays in shared memory, and the optimizer's own arrays", () => {
  const opt = rules.sgd({ x: 2, y: 1 }, { lr: 0.5 });
  const x = new Float32Array(new SharedArrayBuffer(8));
  x.set([4, 8]);
  const y = Float32Array.of(1);
  opt.step({ x, y }, { x: x.slice(), y: y.slice() });
  expect([...x, ...y]).toEqual([2, 4, 0.5]);
  opt.grads.x.set([2, 2]);
  opt.step({ x: opt.params.x, y }, { x: opt.grads.x, y: Float32Array.of(1) });
  expect([...opt.params.x, ...y, ...opt.grads.y]).toEqual([1, 3, 0, 1]);
  opt.step(opt.params, opt.grads);
  expect([...opt.params.x, ...opt.params.y]).toEqual([0, 2, -0.5]);
});

test("gradients may share memory with each other, also where they are 0 afterwards", () => {
  for (const zeroGrad of [false, true]) {
    const opt = rules.sgd({ a: 2, b: 2, c: 1 }, { lr: 1, zeroGrad });
    const params = { a: new Float32Array(2), b: new Float32Array(2), c: new Float32Array(1) };
    const block = Float32Array.of(1, 2, 3);
    opt.step(params, { a: block.subarray(0, 2), b: block.subarray(1, 3), c: block.subarray(1, 2) });
    expect([params.a, params.b, params.c].map((array) => [...array])).toEqual([[-1, -2], [-2, -3], [-2]]);
    expect([...block]).toEqual(zeroGrad ? [0, 0, 0] : [1, 2, 3]);
  }
});

test("zeroGrad leaves the caller's gradients 0; without it they stay, clipped or not", () => {
  for (const [options, left] of [
    [{ zeroGrad: true }, [0, 0]],
    [{ clipValue: 1 }, [3, -4]],
  ] as const) {
    const grads = { x: Float32Array.of(3, -4) };
    rules.sgd({ x: 2 }, options).step({ x: new Float32Array(2) }, grads);
    expect([...grads.x]).toEqual(left);
  }
});

/** The whole state of an optimizer, with its gradients. */
const everything = (opt: Optimizer) => {
  const { params, grads, state, average, slow, carry, t, skipped, lossScale, gradNorm, current, progress } = opt;
  const arrays = [params, grads, average, slow, ...Object.values(state)].map((views) => views && words(views));
  return structuredClone({ arrays, carry: { ...carry }, t, skipped, lossScale, gradNorm, current: { ...current }, progress });
};

describe.each(table)("$title", ({ rule, options }) => {
  const inf = Number.POSITIVE_INFINITY;
  const bad: [string, number, RegExp][] = [
    ["bias", Number.NaN, /the gradient of "bias" is not finite/],
    ["__proto__", -inf, /the gradient of "__proto__" is not finite/],
    ["weight", inf, /the gradient of "weight" is not finite/],
  ];

  test("when it throws, nothing has changed: neither the caller's arrays, nor params and grads", () => {
    let value: unknown = 0.01;
    const scheduled = rule.spec.hyper.lr[2] ? "weightDecay" : "lr";
    const withAll = { ema: true, lookahead: true, zeroGrad: true, clipNorm: 1, clipValue: 3, noise: { eta: 0.01 } };
    for (const around of [{}, withAll, { nonFinite: "skip", maxSkips: 1 }, { lossScale: true, maxSkips: 1 }]) {
      const opt = rule(shapes, { ...options, ...around, [scheduled]: () => value });
      const [params, grads] = [arraysOf(opt), arraysOf(opt)];
      for (const views of [params, grads]) for (const name of names) fill(views[name] as Float32Array, random(3));
      opt.step(params, grads);
      for (const views of [params, grads, opt.params, opt.grads])
        for (const name of names) fill(views[name] as Float32Array, random(5));
      const picture = () => [everything(opt), words(params), words(grads)];
      const attempt = (message: RegExp) => {
        const before = picture();
        expect(() => opt.step(params, grads)).toThrow(message);
        expect(picture()).toEqual(before);
      };
      value = -1;
      attempt(/(lr|weightDecay) as a schedule at t = 1 expected in .*, got -1/);
      value = 0.01;
      for (const [name, spoilt, message] of bad) {
        const array = grads[name] as Float32Array;
        const kept = array.slice();
        array[array.length - 1] = spoilt;
        if (around !== withAll && "maxSkips" in around && opt.skipped === 0) {
          opt.step(params, grads); // the one that may be
          expect([opt.skipped, opt.t]).toEqual([1, 1]);
        }
        attempt(message);
        array.set(kept);
      }
      opt.step(params, grads);
      expect(opt.t).toBe(2);
      expect(words(params)).toEqual(words(opt.params));
    }
  });

  test("a skipped step leaves the caller's parameters, and copies of them", () => {
    const opt = rule(shapes, { ...options, nonFinite: "skip", zeroGrad: true });
    const [params, grads] = [arraysOf(opt), arraysOf(opt)];
    for (const name of names) fill(params[name] as Float32Array, random(3));
    for (const name of names) fill(opt.params[name] as Float32Array, random(4));
    const before = words(params);
    const state = () => Object.values(opt.state).map((views) => views && words(views as never));
    const kept = state();
    (grads.weight as Float32Array)[7] = Number.NaN;
    opt.step(params, grads);
    expect([opt.t, opt.skipped]).toEqual([0, 1]);
    expect(words(params)).toEqual(before);
    expect(words(opt.params)).toEqual(before);
    expect(state()).toEqual(kept);
    for (const views of [grads, opt.grads]) for (const name of names) expect(views[name]?.every((x) => x === 0)).toBe(true);
  });
});

test("every element of long arrays is searched for NaN, and none of frozen groups", () => {
  const length = 3 * 8192 + 5;
  const opt = rules.sgd({ x: length, y: 3 }, { groups: [{ match: ["y"], frozen: true }] });
  const params = { x: new Float32Array(length), y: new Float32Array(3) };
  const grads = { x: new Float32Array(length), y: Float32Array.of(Number.NaN, Infinity, 1) };
  for (const i of [0, 8191, 8192, 16_383, 16_384, 24_575, 24_576, length - 1]) {
    for (const x of [Number.NaN, Infinity, -Infinity]) {
      grads.x[i] = x;
      expect(() => opt.step(params, grads)).toThrow(/sgd: step 1: the gradient of "x" is not finite/);
      grads.x[i] = 3e38;
    }
  }
  opt.step(params, grads);
  expect([opt.t, ...params.y]).toEqual([1, 0, 0, 0]);
  (opt.groups[0] as { frozen: boolean }).frozen = false;
  expect(() => opt.step(params, grads)).toThrow(/sgd: step 2: the gradient of "y" is not finite/);
});

test("a worker that has stopped stops the step before it changes anything", async () => {
  let stop = (_: string) => undefined as unknown;
  const pool = new Pool(2, 1, (heard, failed) => {
    setTimeout(() => heard("ready"));
    stop = failed;
    return { post() {}, end() {} };
  });
  await pool.started;
  const opt = rules.adam({ x: 3 }, { threads: pool, zeroGrad: true });
  const [params, grads] = [{ x: Float32Array.of(1, 2, 3) }, { x: Float32Array.of(1, -1, 1) }];
  opt.step(params, grads);
  fill(opt.params.x, random(1));
  fill(opt.grads.x, random(2));
  fill(grads.x, random(3));
  const picture = () => [everything(opt), words(params), words(grads)];
  const before = picture();
  stop("it is gone");
  expect(() => opt.step(params, grads)).toThrow("threads: worker 1 stopped: it is gone");
  expect(picture()).toEqual(before);
  pool.close();
  opt.step(params, grads);
  expect(opt.t).toBe(2);
});

test("with nonFinite: allow nothing is searched", () => {
  const opt = rules.sgd({ x: 2 }, { nonFinite: "allow", lr: 1 });
  const params = { x: Float32Array.of(1, 2) };
  opt.step(params, { x: Float32Array.of(1, Number.NaN) });
  expect([...params.x]).toEqual([0, Number.NaN]);
});

test("a step that is refused or skipped changes none of the caller's arrays", () => {
  const params = { x: Float32Array.of(1, 2) };
  const grads = { x: Float32Array.of(1, Number.NaN) };
  expect(() => rules.adam({ x: 2 }).step(params, grads)).toThrow(NonFiniteError);
  const skipping = rules.adam({ x: 2 }, { nonFinite: "skip" });
  skipping.step(params, grads);
  expect([skipping.skipped, skipping.t]).toEqual([1, 0]);
  expect([...params.x, ...grads.x]).toEqual([1, 2, 1, Number.NaN]);
});

describe("refused without any change", () => {
  const detached = new Float32Array(2);
  structuredClone(detached.buffer, { transfer: [detached.buffer] });
  const block = new Float32Array(3);
  const good = () => ({ a: new Float32Array(2), b: new Float32Array(1) });
  const wrong: [string, unknown, unknown, Error][] = [
    [
      "no gradients",
      good(),
      undefined,
      new TypeError("adam: step: grads expected a plain object of Float32Arrays, got undefined"),
    ],
    [
      "no parameters",
      undefined,
      good(),
      new TypeError("adam: step: params expected a plain object of Float32Arrays, got undefined"),
    ],
    ["a number", 1, good(), new TypeError("adam: step: params expected a plain object of Float32Arrays, got 1")],
    ["a missing one", { a: good().a }, good(), new TypeError('adam: step: params: "b" expected a Float32Array, got undefined')],
    [
      "a strange one",
      good(),
      { ...good(), c: 1 },
      new TypeError('adam: step: grads: unknown parameter "c"; the parameters are a, b'),
    ],
    [
      "a plain array",
      good(),
      { ...good(), a: [1, 2] },
      new TypeError('adam: step: grads: "a" expected a Float32Array, got [1, 2]'),
    ],
    [
      "f64",
      { ...good(), a: new Float64Array(2) },
      good(),
      new TypeError('adam: step: params: "a" expected a Float32Array, got [object Float64Array]'),
    ],
    ["another length", { ...good(), b: good().a }, good(), new RangeError('adam: step: params: "b" expected 1 elements, got 2')],
    [
      "a detached one",
      good(),
      { ...good(), a: detached },
      new RangeError('adam: step: grads: "a" expected 2 elements, got an empty or detached Float32Array'),
    ],
    [
      "parameters that overlap",
      { a: block.subarray(0, 2), b: block.subarray(1, 2) },
      good(),
      new RangeError('adam: step: params: "a" and params: "b" share memory; expected separate arrays'),
    ],
  ];

  describe.each([false, true])("arrays that overlap, zeroGrad: %s", (zeroGrad) => {
    const bytes = (count: number) => new Float32Array(count);
    const x = bytes(6);
    const rows: [string, (opt: Optimizer) => [object, object], string][] = [
      [
        "the same objects",
        () => [
          { a: x.subarray(0, 2), b: x.subarray(2, 3) },
          { a: x.subarray(0, 2), b: x.subarray(2, 3) },
        ],
        'params: "a" and grads: "a"',
      ],
      [
        "one array",
        () => [
          { a: x.subarray(0, 2), b: bytes(1) },
          { a: x.subarray(1, 3), b: bytes(1) },
        ],
        'params: "a" and grads: "a"',
      ],
      [
        "of another name",
        () => [
          { a: bytes(2), b: x.subarray(3, 4) },
          { a: x.subarray(2, 4), b: bytes(1) },
        ],
        'grads: "a" and params: "b"',
      ],
      [
        "beyond a shorter one",
        () => [
          { a: x.subarray(1, 3), b: bytes(1) },
          { a: x.subarray(0, 2), b: x.subarray(0, 1) },
        ],
        'grads: "a" and params: "a"',
      ],
      ["its own parameters as gradients", (opt) => [good(), { a: opt.params.a, b: bytes(1) }], 'grads: "a" and opt.params: "a"'],
      ["its own gradients as parameters", (opt) => [{ a: bytes(2), b: opt.grads.b }, good()], 'params: "b" and opt.grads: "b"'],
      [
        "its own by another name",
        (opt) => [{ a: bytes(2), b: opt.params.a?.subarray(0, 1) }, good()],
        'params: "b" and opt.params: "a"',
      ],
      ["both its own parameters", (opt) => [opt.params, opt.params], 'params: "a" and grads: "a"'],
      ["both the other way round", (opt) => [opt.grads, opt.params], 'grads: "a" and opt.params: "a"'],
      [
        "its own state",
        (opt) => [{ a: (opt.state.m as never as { a: Float32Array }).a, b: bytes(1) }, good()],
        'params: "a" and opt.state',
      ],
    ];

    test.each(rows)("%s", (_, make, pair) => {
      for (const seen of [false, true]) {
        const opt = adam({ a: 2, b: 1 }, { zeroGrad });
        const [params, grads] = make(opt) as [Record<string, Float32Array>, Record<string, Float32Array>];
        if (seen) opt.step(good(), good());
        for (const views of [opt.params, opt.grads, params, grads])
          for (const array of Object.values<Float32Array>(views)) fill(array, random(2));
        const picture = () => [everything(opt), words(params), words(grads)];
        const before = picture();
        // Twice: refused arrays must not be remembered as checked.
        for (let i = 0; i < 2; i++)
          expect(() => opt.step(params as never, grads as never)).toThrow(
            new RangeError(`adam: step: ${pair} share memory; expected separate arrays`),
          );
        expect(picture()).toEqual(before);
      }
    });

    test("parameters and gradients that were each fine with others", () => {
      const opt = adam({ a: 2, b: 1 }, { zeroGrad });
      const params = { a: x.subarray(0, 2), b: x.subarray(2, 3) };
      const grads = { a: x.subarray(1, 3), b: x.subarray(4, 5) };
      opt.step(params, good());
      opt.step(good(), grads);
      expect(() => opt.step(params, grads)).toThrow(RangeError);
      opt.step(params, { a: x.subarray(3, 5), b: x.subarray(4, 5) }); // next to them
      expect(opt.t).toBe(3);
    });
  });

  test("in another program's memory: where its arrays are, and where they move to", () => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const at = (address: number) => new Float32Array(memory.buffer, address, 2);
    const places = { params: { x: 1024 }, grads: { x: 2048 } };
    const opt = rules.sgd({ x: 2 }, { memory: foreignMemory({ memory, allocate: () => 8192, ...places }) });
    const given = { x: at(4096) };
    opt.step(given, { x: new Float32Array(2) });
    opt.step({ x: at(1024) }, { x: at(2048) });
    opt.step(given, { x: new Float32Array(2) });
    const grads = { x: new Float32Array(2) };
    opt.step(given, grads);
    opt.relocate({ params: { x: 4100 } });
    expect(() => opt.step(given, grads)).toThrow(
      new RangeError('sgd: step: params: "x" and opt.params: "x" share memory; expected separate arrays'),
    );
    expect(() => opt.step({ x: at(8192 + 1024) }, grads)).not.toThrow(); // no state there
    expect(opt.t).toBe(5);
  });

  test("names that are not the parameters', at any step", () => {
    const opt = adam({ a: 2, b: 1 });
    const [params, grads] = [good(), good()];
    for (let t = 0; t < 3; t++) opt.step(params, grads);
    for (const strange of ["c", "A", "0", "toString"]) {
      const before = everything(opt);
      const error = (kind: string) =>
        new TypeError(`adam: step: ${kind}: unknown parameter "${strange}"; the parameters are a, b`);
      expect(() => opt.step({ ...params, [strange]: params.a }, grads)).toThrow(error("params"));
      expect(() => opt.step(params, { ...grads, [strange]: 1 } as never)).toThrow(error("grads"));
      Object.assign(grads, { [strange]: undefined }); // in the object of before
      expect(() => opt.step(params, grads)).toThrow(error("grads"));
      delete (grads as Record<string, unknown>)[strange];
      expect(everything(opt)).toEqual(before);
    }
    opt.step(params, grads);
    opt.step({ b: params.b, a: params.a }, grads); // another order is fine
    expect(opt.t).toBe(5);
    delete (grads as Record<string, unknown>).b;
    expect(() => opt.step(params, grads)).toThrow(new TypeError('adam: step: grads: "b" expected a Float32Array, got undefined'));
  });

  test.each(wrong)("%s", (_, params, grads, error) => {
    const opt = adam({ a: 2, b: 1 });
    opt.step(good(), good());
    opt.params.a?.fill(7);
    let thrown: unknown;
    try {
      (opt.step as (...args: unknown[]) => void)(params, grads);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toEqual(error);
    expect([...(opt.params.a as Float32Array), opt.t]).toEqual([7, 7, 1]);
  });

  test("an array that was detached since", () => {
    const opt = rules.sgd({ x: 2 });
    const [params, grads] = [{ x: new Float32Array(2) }, { x: new Float32Array(2) }];
    opt.step(params, grads);
    structuredClone(params.x.buffer, { transfer: [params.x.buffer] });
    expect(() => opt.step(params, grads)).toThrow(
      new RangeError('sgd: step: params: "x" expected 2 elements, got an empty or detached Float32Array'),
    );
  });

  test("a place that is not the parameters' own", () => {
    const [params, grads] = [{ x: new Float32Array(2) }, { x: new Float32Array(2) }];
    const sam = rules.sgd({ x: 2 }, { sam: true });
    expect(() => sam.step(params, grads)).toThrow(
      new TypeError("sgd: step(params, grads) expected no option sam, which needs a second gradient: fill opt.grads"),
    );
    const nesterov = rules.nesterov({ x: 2 });
    nesterov.shift();
    const shifted = "nesterov: step(params, grads) expected step() or unshift() first: the parameters are shifted";
    expect(() => nesterov.step(params, grads)).toThrow(new Error(shifted));
    nesterov.unshift();
    nesterov.step(params, grads);
    const sum = rules.sgd({ x: 2 }, { accumulate: true });
    sum.accumulate();
    const accumulated = "sgd: step(params, grads) expected step() or discard() first: gradients were accumulated";
    expect(() => sum.step(params, grads)).toThrow(new Error(accumulated));
    sum.discard();
    sum.step(params, grads);
    const averaged = rules.sgd({ x: 2 }, { ema: true });
    averaged.step(params, grads);
    averaged.eval();
    expect(() => averaged.step(params, grads)).toThrow(
      new Error("sgd: step() expected train() first: the parameters are those of eval()"),
    );
    averaged.train();
    averaged.step(params, grads);
    expect([nesterov.t, sum.t, averaged.t, sam.t]).toEqual([1, 1, 2, 0]);
  });
});
