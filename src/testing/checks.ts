// The checks of checkRule. Each returns what it found, and throws if the rule fails.

import { type Interval, inside, largestF32 } from "../checks/check.js";
import type { Hyper, Hypers, HyperValues, Slots } from "../engine/spec.js";
import { foreignMemory } from "../memory/foreign.js";
import { allocate } from "../memory/wasmMemory.js";
import { elements, float, type Shape } from "../numerics/shape.js";
import type { Threads } from "../threads/pool.js";
import type { Reference } from "./checkRule.js";
import {
  type AnyOptimizer,
  type AnyOptions,
  type AnyRule,
  arraysOf,
  difference,
  fill,
  gradient,
  make,
  start,
  train,
} from "./trial.js";

/** A rule and how to check it. */
export interface Subject {
  readonly rule: AnyRule;
  readonly hyper: readonly (readonly [name: string, hyper: Hyper])[];
  /** The sets of options. */
  readonly sets: readonly AnyOptions[];
  readonly reference: Reference<Hypers, Slots>;
  readonly tolerance: number;
  readonly elementwise: boolean;
  readonly threads: Threads | undefined;
}

interface Check {
  readonly name: string;
  readonly run: (subject: Subject) => string;
}

const steps = 20;
/** A matrix and a vector: whole vectors of four elements, and a tail. */
const shapes = { matrix: [3, 5], vector: [4] } as const satisfies Record<string, Shape>;
const length = 19;

const show = (options: AnyOptions) => JSON.stringify(options);

/** Throws unless two optimizers have the same bits. */
function expectSame(found: AnyOptimizer, expected: AnyOptimizer, what: string): void {
  const different = difference(arraysOf(found), arraysOf(expected));
  if (different) throw new Error(`${what}: ${different}`);
}

/** Calls `check` with each set of options. */
function withEach({ sets }: Subject, check: (options: AnyOptions) => void): string {
  for (const options of sets) check(options);
  return `same bits with ${sets.length} ${sets.length === 1 ? "set" : "sets"} of options`;
}

/** Steps of the reference on one tensor. */
function refer({ rule, reference }: Subject, opt: AnyOptimizer, name: string, first: number): Map<string, Float64Array> {
  const shape = shapes[name as keyof typeof shapes];
  const copy = (array: Float32Array | undefined) => Float64Array.from(array ?? []);
  const state = Object.entries<Record<string, Float32Array> | undefined>(opt.state as never);
  const arrays: Record<string, Float64Array> = Object.fromEntries(state.map(([slot, views]) => [slot, copy(views?.[name])]));
  arrays.p = Float64Array.from({ length: elements(shape) }, (_, i) => start(first + i));
  for (let t = 1; t <= steps; t++) {
    arrays.g = Float64Array.from({ length: elements(shape) }, (_, i) => gradient(t, first + i));
    reference(arrays as never, opt.current as HyperValues<Hypers>, t, shape);
  }
  if (Object.values(arrays).some((array) => !(array instanceof Float64Array)))
    throw new Error(`${rule.name}: the reference replaced an array`);
  return new Map(Object.entries(arrays));
}

const compareReference: Check = {
  name: "reference",
  run(subject) {
    const { rule, sets, tolerance } = subject;
    let largest = 0;
    for (const options of sets) {
      const set = { weightDecay: 0, ...options };
      const fresh = make(rule, shapes, set);
      const opt = train(make(rule, shapes, set), steps);
      for (const [name, first] of [
        ["matrix", 0],
        ["vector", 15],
      ] as const) {
        for (const [array, expected] of refer(subject, fresh, name, first)) {
          const views = (array === "p" ? opt.params : opt.state[array]) as Record<string, Float32Array> | undefined;
          if (array === "g" || !views) continue;
          const found = views[name] as Float32Array;
          const size = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-30);
          for (const [i, x] of expected.entries()) {
            const error = Math.abs((found[i] as number) - x) / size;
            if (!(error <= tolerance))
              throw new Error(`${array} of ${name}[${i}] after ${steps} steps with ${show(set)} expected ${x}, got ${found[i]}`);
            largest = Math.max(largest, error);
          }
        }
      }
    }
    return `largest difference ${largest.toExponential(1)}`;
  },
};

const compareLengths: Check = {
  name: "vectors and tails",
  run(subject) {
    if (!subject.elementwise) return "not element-wise";
    return withEach(subject, (options) => {
      const whole = arraysOf(train(make(subject.rule, { x: [length] }, options), steps));
      for (let i = 0; i < length; i++) {
        const one = arraysOf(train(make(subject.rule, { x: [1] }, options, i), steps, i));
        for (const [name, array] of one) {
          const among = new Map([[name, (whole.get(name) as Float32Array).slice(i, i + 1)]]);
          const different = difference(among, new Map([[name, array]]));
          if (different) throw new Error(`element ${i} of ${length} with ${show(options)}, compared with it alone: ${different}`);
        }
      }
    });
  },
};

const compareTensors: Check = {
  name: "several tensors",
  run(subject) {
    if (!subject.elementwise) return "not element-wise";
    return withEach(subject, (options) => {
      const several = train(make(subject.rule, { a: [3], b: [1], c: [2, 3], d: [9] }, options), steps);
      expectSame(
        several,
        train(make(subject.rule, { x: [length] }, options), steps),
        `four tensors with ${show(options)}, compared with one`,
      );
    });
  },
};

/** What is written around arrays: a NaN that no step makes. */
const guard = 0x7fc0dead;

const compareAddresses: Check = {
  name: "addresses",
  run(subject) {
    return withEach(subject, (options) => {
      const expected = train(make(subject.rule, shapes, options), steps);
      for (let odd = 0; odd < 4; odd++) {
        const memory = allocate(2 ** 20);
        const words = new Uint32Array(memory.buffer).fill(guard);
        const taken: [begin: number, end: number][] = [];
        let end = 4096;
        const take = (bytes: number) => {
          const begin = end + odd * float;
          end = Math.ceil((begin + bytes) / 64) * 64 + 256;
          if (end > memory.buffer.byteLength) throw new RangeError(`no room for ${bytes} bytes`);
          taken.push([begin / float, Math.ceil((begin + bytes) / float)]);
          return begin;
        };
        const addresses = () =>
          Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, take(elements(shape) * float)]));
        const place = foreignMemory({ memory, allocate: take, params: addresses(), grads: addresses() });
        const opt = train(make(subject.rule, shapes, { ...options, memory: place }), steps);
        expectSame(opt, expected, `${odd * float} bytes after a multiple of 16 with ${show(options)}`);
        for (const [begin, end] of taken) words.fill(guard, begin, end);
        const written = words.findIndex((word) => word !== guard);
        if (written >= 0) throw new Error(`a step with ${show(options)} wrote outside of the arrays, at byte ${written * float}`);
      }
    });
  },
};

const compareSign: Check = {
  name: "sign of the gradients",
  run: (subject) =>
    withEach(subject, (options) => {
      const opposite = train(make(subject.rule, shapes, { ...options, maximize: true }), steps, 0, (t, i) => -gradient(t, i));
      expectSame(
        opposite,
        train(make(subject.rule, shapes, options), steps),
        `maximize with opposite gradients and ${show(options)}`,
      );
    }),
};

const compareL2: Check = {
  name: "l2 weight decay",
  run: (subject) =>
    withEach(subject, (options) => {
      const rate = 0.25;
      const opt = train(make(subject.rule, shapes, { ...options, decay: "l2", weightDecay: rate }), steps);
      const other = make(subject.rule, shapes, { ...options, decay: "l2", weightDecay: 0 });
      for (let t = 1; t <= steps; t++) {
        fill(other.grads, (i) => gradient(t, i));
        // As the kernels round: rate is a power of two, so rate·p is exact.
        for (const [name, grads] of Object.entries(other.grads)) {
          for (const [i, p] of (other.params[name] as Float32Array).entries()) grads[i] = (grads[i] as number) + rate * p;
        }
        other.step();
      }
      expectSame(opt, other, `weightDecay with ${show(options)}, compared with weightDecay·p in the gradient`);
    }),
};

const checkDecay: Check = {
  name: "decoupled weight decay",
  run({ rule, sets }) {
    for (const options of sets) {
      const decayed = (weightDecay: number) =>
        train(make(rule, shapes, { ...options, decay: "decoupled", weightDecay }), 1, 0, () => 0);
      const [without, with_] = [arraysOf(decayed(0)).get("p"), arraysOf(decayed(0.5)).get("p")] as [Float32Array, Float32Array];
      const i = with_.findIndex((p, i) => !(Math.abs(p) < Math.abs(without[i] as number)));
      if (i >= 0)
        throw new Error(`p[${i}] with ${show(options)} expected below ${without[i]} in size with weightDecay, got ${with_[i]}`);
    }
    return "it makes parameters smaller";
  },
};

/** Other values of a hyper-parameter. */
function others([initial, kind]: Hyper): (number | boolean)[] {
  if (typeof initial === "boolean") return [!initial];
  const values = [initial / 2, initial * 2, 0.5, 0.1, 0.9, 0.99, 1, 2, 10, 100];
  return values.filter((value) => value !== initial && inside(kind as Interval, value));
}

const findIdle: Check = {
  name: "hyper-parameters",
  run({ rule, hyper, sets }) {
    const result = (options: AnyOptions) => arraysOf(train(make(rule, shapes, options), steps));
    const changes = (name: string, value: number | boolean) =>
      sets.some((options) => {
        try {
          return difference(result({ ...options, [name]: value }), result(options)) !== undefined;
        } catch {
          return false; // for instance a pair of hyper-parameters in the wrong order
        }
      });
    const idle = hyper.flatMap(([name, one]) => (others(one).some((value) => changes(name, value)) ? [] : [name]));
    if (idle.length > 0)
      throw new Error(`without effect: ${idle.join(", ")}; if one needs other options, name them in \`options\``);
    return `all ${hyper.length} matter`;
  },
};

const keepNaN: Check = {
  name: "NaN",
  run(subject) {
    if (!subject.elementwise) return "not element-wise";
    const lane = 5;
    withEach(subject, (options) => {
      const run = (poison: number) => {
        const opt = make(subject.rule, { x: [length] }, { ...options, nonFinite: "allow" });
        return arraysOf(train(opt, steps, 0, (t, i) => (i === lane ? poison : gradient(t, i))));
      };
      const [clean, poisoned] = [run(0.5), run(Number.NaN)];
      if (!Number.isNaN(poisoned.get("p")?.[lane]))
        throw new Error(`p[${lane}] with ${show(options)} expected NaN, as its gradient, got a number`);
      for (const arrays of [clean, poisoned]) for (const array of arrays.values()) array[lane] = 0;
      const different = difference(poisoned, clean);
      if (different) throw new Error(`a NaN gradient in element ${lane} with ${show(options)} changes another one: ${different}`);
    });
    return "stays in its element";
  },
};

const stayFinite: Check = {
  name: "gradients of 0 and of any size",
  run({ rule, sets }) {
    for (const options of sets)
      for (const size of [0, 1e-45, 1e-30, 1e10, largestF32]) {
        const arrays = arraysOf(train(make(rule, shapes, options), steps, 0, (t, i) => size * Math.sign(gradient(t, i))));
        for (const [name, array] of arrays) {
          const i = array.findIndex((x) => !Number.isFinite(x));
          if (i < 0) continue;
          const cure = size > 1 ? ": set gradientLimit (2^60 for rules that square gradients)" : "";
          throw new Error(`gradients of ±${size} with ${show(options)} make ${name}[${i}] ${array[i]}${cure}`);
        }
      }
    return "finite";
  },
};

const compareSnapshot: Check = {
  name: "snapshot",
  run: (subject) =>
    withEach(subject, (options) => {
      const opt = train(make(subject.rule, shapes, options), steps);
      const snapshot = opt.snapshot();
      const expected = arraysOf(train(opt, steps));
      opt.restore(snapshot);
      const different = difference(arraysOf(train(opt, steps)), expected);
      if (different)
        throw new Error(
          `after restoring, with ${show(options)}: ${different}; is state kept outside of \`state\` and \`carry\`?`,
        );
    }),
};

const compareThreads: Check = {
  name: "threads",
  run(subject) {
    const { rule, threads } = subject;
    if (!threads) return "no pool given";
    if (threads.size < 2) return "the pool has one thread";
    const large = { x: [300, 401] };
    return withEach(subject, (options) => {
      const opt = train(make(rule, large, { ...options, threads }), 3);
      expectSame(opt, train(make(rule, large, options), 3), `${threads.size} threads with ${show(options)}, compared with one`);
    });
  },
};

/** All checks, in the order of what an author wants to know first. */
export const checks: readonly Check[] = [
  ...[compareReference, findIdle, compareLengths, compareTensors, compareAddresses, compareSign, compareL2, checkDecay],
  ...[keepNaN, stayFinite, compareSnapshot, compareThreads],
];
