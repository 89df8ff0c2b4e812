// The checks of checkRule. Each returns what it found, and throws if the rule fails.

import { type Interval, inside, largestF32 } from "../checks/check.js";
import type { Hyper, Hypers, HyperValues, Slots } from "../engine/spec.js";
import { foreignMemory } from "../memory/foreign.js";
import { allocate } from "../memory/wasmMemory.js";
import { elements, float, type Shape } from "../numerics/shape.js";
import type { Pool, Threads } from "../threads/pool.js";
import { stepStrictly } from "./strict.js";
import { type AnyOptimizer, type AnyOptions, type AnyRule, arraysOf, difference, fill, gradient, make, train } from "./trial.js";

/**
 * A step of one tensor in f64, written from the paper: changes `p` and the state in place. `weightDecay` is 0, unless one of `options` sets
 * it: then the reference applies it. `carry` has the numbers that the rule carries, for this tensor.
 */
export type Reference<H extends Hypers, S extends Slots> = (
  arrays: { readonly [array in "p" | "g" | keyof S]: Float64Array },
  values: HyperValues<H>,
  t: number,
  shape: Shape,
  carry: Float64Array,
) => void;

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
/** Elements of both. */
const count = 19;

const show = (options: AnyOptions) => JSON.stringify(options);

/** Throws unless two optimizers have the same bits. */
function expectSame(found: AnyOptimizer, expected: AnyOptimizer, what: string): void {
  const different = difference(arraysOf(found), arraysOf(expected));
  if (different) throw new Error(`${what}: ${different}`);
}

type Floats = Float32Array | Float64Array;

/** The largest difference relative to the largest expected value. Throws if it exceeds the tolerance. */
function compare(what: string, found: Floats, expected: Floats, tolerance: number): number {
  const size = (expected as Float64Array).reduce((most, x) => Math.max(most, Math.abs(x)), 1e-30);
  let largest = 0;
  for (const [i, x] of expected.entries()) {
    const error = Math.abs((found[i] as number) - x) / size;
    if (!(error <= tolerance)) throw new Error(`${what} element ${i} expected ${x}, got ${found[i]}`);
    largest = Math.max(largest, error);
  }
  return largest;
}

const showError = (error: number) => `largest difference ${error.toExponential(1)}`;

/** Calls `check` with each set of options. */
function withEach({ sets }: Subject, check: (options: AnyOptions) => void): string {
  for (const options of sets) check(options);
  return `same bits with ${sets.length} ${sets.length === 1 ? "set" : "sets"} of options`;
}

/** Makes strict steps with each set of options, because a rule that throws would fail every check. */
export function tryOut(where: string, { rule, sets }: Subject): void {
  for (const [i, options] of sets.entries()) {
    try {
      stepStrictly(rule, shapes, options);
    } catch (cause) {
      const which = i === 0 ? "the defaults" : `options[${i - 1}]`;
      throw new Error(`${where}: a step with ${which} throws: ${cause instanceof Error ? cause.message : String(cause)}`, {
        cause,
      });
    }
  }
}

type Named<A> = { readonly [name: string]: A };

/** The arrays of a tensor: `p` and the state. Optional state can be left out. */
function tensorOf({ params, state }: AnyOptimizer, name: string): [array: string, view: Float32Array][] {
  const views = Object.entries<Named<Float32Array> | undefined>({ p: params, ...state });
  return views.flatMap(([array, views]) => (views ? [[array, views[name] as Float32Array]] : []));
}

/** The arrays, hyper-parameters and carried numbers of the reference, and its steps beside those of the rule. */
function* refer({ rule, reference }: Subject, opt: AnyOptimizer) {
  const tensors = Object.entries<Shape>(shapes).map(([name, shape]) => {
    const copies = tensorOf(opt, name).map(([array, view]) => [array, Float64Array.from(view)] as const);
    const arrays: Record<string, Float64Array> = Object.fromEntries([...copies, ["g", new Float64Array(elements(shape))]]);
    return { name, shape, copies, arrays, carry: Float64Array.from(Object.values<number>(rule.spec.carry ?? {})) };
  });
  for (let t = 1; t <= steps; t++) {
    train(opt, 1);
    for (const { name, shape, copies, arrays, carry } of tensors) {
      arrays.g?.set(opt.grads[name] as Float32Array);
      reference(arrays as never, opt.current as HyperValues<Hypers>, t, shape, carry);
      for (const [array, copy] of copies)
        if (arrays[array] !== copy) throw new Error(`the reference replaced ${array} by another array, instead of changing it`);
    }
  }
  for (const { name, copies } of tensors) for (const [array, copy] of copies) yield [name, array, copy] as const;
}

const compareReference: Check = {
  name: "reference",
  run(subject) {
    const { rule, sets, tolerance } = subject;
    let largest = 0;
    for (const options of sets) {
      const set = { weightDecay: 0, ...options };
      const opt = make(rule, shapes, set);
      for (const [name, array, expected] of refer(subject, opt)) {
        const found = new Map(tensorOf(opt, name)).get(array) as Float32Array;
        const what = `${array} of ${name} after ${steps} steps with ${show(set)}:`;
        largest = Math.max(largest, compare(what, found, expected, tolerance));
      }
    }
    return showError(largest);
  },
};

const compareLengths: Check = {
  name: "vectors and tails",
  run(subject) {
    if (!subject.elementwise) return "not element-wise";
    return withEach(subject, (options) => {
      const whole = arraysOf(train(make(subject.rule, { x: [count] }, options), steps));
      for (let i = 0; i < count; i++) {
        const one = arraysOf(train(make(subject.rule, { x: [1] }, options, i), steps, i));
        for (const [name, array] of one) {
          const among = new Map([[name, (whole.get(name) as Float32Array).slice(i, i + 1)]]);
          const different = difference(among, new Map([[name, array]]));
          if (different) throw new Error(`element ${i} of ${count} with ${show(options)}, compared with it alone: ${different}`);
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
        train(make(subject.rule, { x: [count] }, options), steps),
        `four tensors with ${show(options)}, compared with one`,
      );
    });
  },
};

/** Elements of an array that the engine hands to elementPass in three parts, if an average follows the step. */
const long = 20_000;

const compareParts: Check = {
  name: "parts of an array",
  run: (subject) =>
    withEach(subject, (options) => {
      const parts = train(make(subject.rule, { x: [long] }, { ...options, ema: true }), 3);
      const what = `elementPass in parts with ${show(options)}, compared with one call: does it use begin?`;
      expectSame(parts, train(make(subject.rule, { x: [long] }, options), 3), what);
    }),
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
        expectSame(
          opt,
          expected,
          `arrays ${odd * float} bytes after multiples of 16 with ${show(options)}, compared with adjacent ones`,
        );
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
        `maximize with opposite gradients and ${show(options)}: does the kernel multiply g by scale?`,
      );
    }),
};

const compareL2: Check = {
  name: "l2 weight decay",
  run({ rule, sets, tolerance }) {
    const rate = 0.25;
    let largest = 0;
    for (const options of sets) {
      const opt = train(make(rule, shapes, { ...options, decay: "l2", weightDecay: rate }), steps);
      const other = make(rule, shapes, { ...options, decay: "l2", weightDecay: 0 });
      for (let t = 1; t <= steps; t++) {
        fill(other.grads, (i) => gradient(t, i));
        for (const [name, grads] of Object.entries(other.grads)) {
          for (const [i, p] of (other.params[name] as Float32Array).entries()) grads[i] = (grads[i] as number) + rate * p;
        }
        other.step();
      }
      const expected = arraysOf(other);
      for (const [array, found] of arraysOf(opt)) {
        const what = `${array} with ${show(options)} and weightDecay, compared with weightDecay·p in the gradient:`;
        // Not the same bits: a rule may round a factor of the gradient.
        largest = Math.max(largest, compare(what, found, expected.get(array) as Float32Array, tolerance));
      }
    }
    return showError(largest);
  },
};

const checkDecay: Check = {
  name: "decoupled weight decay",
  run({ rule, sets }) {
    for (const options of sets) {
      const decayed = (weightDecay: number) =>
        arraysOf(train(make(rule, shapes, { ...options, decay: "decoupled", weightDecay }), 1, 0, () => 0)).get(
          "p",
        ) as Float32Array;
      const without = decayed(0);
      const grown = (p: Float32Array) =>
        p.findIndex((x, i) => !(Math.abs(x) < Math.abs(without[i] as number) || (x === 0 && without[i] === 0)));
      // The larger ones are for rates so small that the first is lost in rounding.
      const results = [0.5, 500, 5e5].map(decayed);
      const [p] = results as [Float32Array];
      if (results.every((result) => grown(result) >= 0))
        throw new Error(
          `p[${grown(p)}] with ${show(options)} and gradients of 0 expected closer to 0 with weightDecay than ${without[grown(p)]} ` +
            `without, got ${p[grown(p)]}: does the kernel subtract decay·p?`,
        );
    }
    return `it makes parameters smaller; weightDecay is "${rule.spec.decay ?? "l2"}" by default`;
  },
};

/** Values of a hyper-parameter. One of them is that of the options, and changes nothing. */
function valuesOf([initial, kind]: Hyper): (number | boolean)[] {
  if (typeof initial === "boolean") return [true, false];
  const values = [initial, initial / 2, initial * 2, 0.5, 0.1, 0.9, 0.99, 1, 2, 10, 100];
  return values.filter((value) => inside(kind as Interval, value));
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
    const idle = hyper.flatMap(([name, one]) => (valuesOf(one).some((value) => changes(name, value)) ? [] : [name]));
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
        const opt = make(subject.rule, { x: [count] }, { ...options, nonFinite: "allow" });
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
    const { rule } = subject;
    const threads = subject.threads as Pool | undefined;
    if (!threads) return "no pool given";
    if (threads.size < 2) return "the pool has one thread";
    const large = { x: [300, 401] };
    const { eager } = threads;
    threads.eager = true;
    try {
      return withEach(subject, (options) => {
        const opt = train(make(rule, large, { ...options, threads }), 3);
        expectSame(opt, train(make(rule, large, options), 3), `${threads.size} threads with ${show(options)}, compared with one`);
      });
    } finally {
      threads.eager = eager;
    }
  },
};

/** All checks, in the order of what an author wants to know first. */
export const checks: readonly Check[] = [
  ...[
    compareReference,
    findIdle,
    compareLengths,
    compareTensors,
    compareParts,
    compareAddresses,
    compareSign,
    compareL2,
    checkDecay,
  ],
  ...[keepNaN, stayFinite, compareSnapshot, compareThreads],
];
