// Memory of another program that grows inside the caller's functions: the same bits as without.

import { describe, expect, test } from "vitest";
import { fit, foreignMemory, minimize, type Optimizer, rules } from "../../src/index.js";
import { type AnyRule, allRules, table } from "../support/configurations.js";
import { fill, random } from "../support/random.js";

const shapes = { matrix: [3, 4], vector: [5], scalar: [1] } as const;

type Name = keyof typeof shapes;

const names = Object.keys(shapes) as Name[];

const lengthOf = (name: Name) => shapes[name].reduce((product: number, size) => product * size, 1);

/** A memory, and an allocator that only goes on. */
function program(shared: boolean) {
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 4096, shared });
  let next = 1024;
  const allocate = (bytes: number) => {
    const address = next;
    next += Math.ceil(bytes / 4) * 4;
    while (next > memory.buffer.byteLength) memory.grow(1);
    return address;
  };
  const arrays = () => Object.fromEntries(names.map((name) => [name, allocate(lengthOf(name) * 4)])) as Record<Name, number>;
  return { memory, allocate, arrays };
}

const words = (views: object | undefined) =>
  Object.entries<Float32Array>((views ?? {}) as Record<string, Float32Array>).map(([name, view]) => [
    name,
    ...new Uint32Array(view.slice().buffer),
  ]);

const bits = ({ params, grads, state, average, slow, carry, t }: Optimizer) =>
  [params, grads, average, slow, ...Object.values(state)].map(words).concat([[["carry", t, ...Object.values(carry)]]]);

const places = ["schedule", "schedule of a group", "match", "allocate", "allocate of a second", "nowhere"] as const;

type Growth = (typeof places)[number];

/** All that asks schedules, and what comes after; the memory grows in one place. */
function train(rule: AnyRule, options: Record<string, unknown>, shared: boolean, place: Growth): unknown {
  const { memory, allocate, arrays } = program(shared);
  const grow = (at: Growth) => {
    if (at === place) memory.grow(1);
  };
  const [params, grads] = [arrays(), arrays()];
  /** Every hyper-parameter that may be one as a schedule. */
  const scheduled = (at: Growth) =>
    Object.fromEntries(
      Object.entries(rule.spec.hyper).flatMap(([name, [usual, interval, fixed]]) => {
        const value = options[name] ?? usual;
        if (interval === "boolean" || fixed) return [[name, value]];
        const schedule = () => {
          grow(at);
          return value;
        };
        return [[name, schedule]];
      }),
    );
  const { lr, weightDecay } = scheduled("schedule of a group");
  const match = (name: string) => {
    grow("match");
    return name === "vector";
  };
  const foreign = {
    memory,
    allocate: (bytes: number) => {
      grow("allocate");
      return allocate(bytes);
    },
    params,
    grads,
  };
  const source = random(3);
  // Values in the program's own memory, which a growth takes from under the optimizer that is being made.
  const values = Object.fromEntries(
    names.map((name) => {
      const view = new Float32Array(memory.buffer, params[name], lengthOf(name));
      return [name, { shape: shapes[name], values: fill(view, source) }];
    }),
  );
  const around = { ema: true, clipTensorNorm: 2, zeroGrad: true };
  const opt = rule(values, {
    ...options,
    ...around,
    ...scheduled("schedule"),
    groups: [{ match, lr, weightDecay }],
    memory: foreignMemory(foreign),
  });
  const gradient = (name: Name) => fill(opt.grads[name] as Float32Array, source, 3);
  const second = () => {
    const grads = arrays();
    const also = (bytes: number) => {
      grow("allocate of a second");
      return allocate(bytes);
    };
    rules.sgd(shapes, { memory: foreignMemory({ memory, allocate: also, params: arrays(), grads }) });
  };
  const seen: unknown[] = [bits(opt)];
  for (let t = 0; t < 4; t++) {
    names.forEach(gradient);
    if (opt.spec.observe) opt.observe();
    if (opt.spec.twoPhase && t % 2 === 1) {
      opt.shift();
      second();
      names.forEach(gradient);
    }
    if (t === 2) opt.accumulate();
    second();
    opt.step();
    seen.push(bits(opt));
  }
  opt.eval();
  seen.push(bits(opt));
  second();
  opt.train();
  seen.push(bits(opt));
  return seen;
}

describe.each([false, true])("shared: %s", (shared) => {
  test.each(table)("$title: wherever it grows", ({ rule, options }) => {
    const still = train(rule, { ...options, accumulate: true }, shared, "nowhere");
    for (const place of places.slice(0, -1))
      expect(train(rule, { ...options, accumulate: true }, shared, place), place).toEqual(still);
  });
});

test("step(params, grads) in memory that a schedule grows", () => {
  const run = (grows: boolean) => {
    const { memory, allocate, arrays } = program(false);
    const lr = (t: number) => {
      if (grows) memory.grow(1);
      return 0.1 / (t + 1);
    };
    const opt = rules.adam(shapes, { lr, memory: foreignMemory({ memory, allocate, params: arrays() }) });
    const source = random(5);
    const own = () => Object.fromEntries(names.map((name) => [name, fill(new Float32Array(lengthOf(name)), source)])) as never;
    const params = own();
    for (let t = 0; t < 3; t++) opt.step(params, own());
    return [words(params), bits(opt)];
  };
  expect(run(true)).toEqual(run(false));
});

test("arrays of the caller that a schedule detaches stop step(params, grads) before it changes anything", () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const view = () => ({ x: new Float32Array(memory.buffer, 1024, 2) });
  let grows = false;
  const lr = () => {
    if (grows) memory.grow(1);
    return 0.1;
  };
  const opt = rules.adam({ x: 2 }, { lr });
  const grads = { x: Float32Array.of(1, 2) };
  opt.step(view(), grads);
  const before = bits(opt);
  const params = view();
  const contents = [...params.x];
  grows = true;
  expect(() => opt.step(params, grads)).toThrow(
    new RangeError('adam: step: params: "x" expected 2 elements, got an empty or detached Float32Array'),
  );
  expect(bits(opt)).toEqual(before);
  expect([...view().x]).toEqual(contents);
  grows = false;
  opt.step(view(), grads);
  expect(opt.t).toBe(2);
});

describe("minimize over memory that f grows", () => {
  const start = [1.5, -2, 0.5];
  const when = ["before it writes its gradient", "after it", "never"] as const;

  test.each(allRules.map((rule) => ({ name: rule.spec.name, rule })))("$name", ({ rule }) => {
    const run = (when: string, byAddress: boolean, ema: boolean) => {
      const { memory, allocate } = program(false);
      const [x, g] = [allocate(12), allocate(12)];
      let opt: Optimizer | undefined;
      const make = (parameters: { readonly [name: string]: Float32Array<ArrayBuffer> }) => {
        opt = rule(parameters, { lr: 0.01, ema, memory: foreignMemory({ memory, allocate, params: { x }, grads: { x: g } }) });
        return opt;
      };
      const f = (given: Float32Array, gradient: Float32Array) => {
        if (when === "before it writes its gradient") memory.grow(1);
        const at = byAddress ? new Float32Array(memory.buffer, x, 3) : given;
        const into = byAddress ? new Float32Array(memory.buffer, g, 3) : gradient;
        let value = 0;
        for (let i = 0; i < 3; i++) {
          const xi = at[i] as number;
          into[i] = (into[i] as number) + 2 * xi * (i + 1);
          value += xi * xi * (i + 1);
        }
        if (when === "after it") memory.grow(1);
        return value;
      };
      const seen: unknown[] = [];
      const { evaluations, ...found } = minimize(f, start, {
        optimizer: make as never,
        steps: 5,
        onStep: ({ x, value }) => void seen.push([[...x], value]),
      });
      return { ...found, seen, evaluations };
    };
    for (const ema of [false, true]) {
      const usual = run("never", false, ema);
      expect(usual.x).toHaveLength(3);
      expect(usual.steps).toBe(5);
      for (const byAddress of [false, true])
        for (const moment of when) expect(run(moment, byAddress, ema), `${moment}, by address: ${byAddress}`).toEqual(usual);
    }
  });
});

test.each(allRules.map((rule) => ({ name: rule.spec.name, rule })))(
  "$name: fit, when gradient, validation or reports grow it",
  async ({ rule }) => {
    const run = async (grows: string) => {
      const { memory, allocate, arrays } = program(false);
      const grow = (at: string) => {
        if (at === grows) memory.grow(1);
      };
      const foreign = foreignMemory({ memory, allocate, params: arrays(), grads: arrays() });
      const opt = rule(shapes, { accumulate: true, ema: true, memory: foreign });
      const source = random(11);
      for (const name of names) fill(opt.params[name] as Float32Array, source);
      const loss = (at: string) => {
        grow(at);
        let sum = 0;
        for (const name of names) {
          const [p, g] = [opt.params[name] as Float32Array, opt.grads[name] as Float32Array];
          for (let i = 0; i < p.length; i++) {
            sum += (p[i] as number) ** 2;
            g[i] = 2 * (p[i] as number);
          }
        }
        return sum;
      };
      const { loss: losses, validation } = await fit(opt, {
        count: 6,
        batch: 4,
        microBatch: 2,
        epochs: 3,
        gradient: () => loss("gradient"),
        validation: () => loss("validation"),
        onStep: () => grow("onStep"),
        restoreBest: true,
      });
      return [losses, validation, bits(opt)];
    };
    const still = await run("nowhere");
    for (const place of ["gradient", "validation", "onStep"]) expect(await run(place), place).toEqual(still);
  },
);
