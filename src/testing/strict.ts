// Steps of a rule that check what the rule hands on: names that it reads, arguments of kernels, scalars. Steps for users do not, for speed.

import { show, showNames } from "../checks/errors.js";
import { closest } from "../checks/suggest.js";
import { Optimizer } from "../engine/optimizer.js";
import type { Hypers, Slots, Spec } from "../engine/spec.js";
import { KernelArguments, mostGains, mostScalars } from "../kernels/kernelArguments.js";
import { instantiate } from "../kernels/wasm.js";
import type { Shape } from "../numerics/shape.js";
import { type AnyOptimizer, type AnyOptions, type AnyRule, fill, start, train } from "./trial.js";

/** The object, which throws when an unknown name is read. */
function strict<T>(given: T, what: string): T {
  if (typeof given !== "object" || given === null) return given;
  return new Proxy(given, {
    get(object, name) {
      if (typeof name === "symbol" || name in object) return object[name as never];
      const meant = closest(name, Object.keys(object));
      const hint = meant === undefined ? `; they are ${showNames(Object.keys(object))}` : `; did you mean ${meant}?`;
      throw new Error(`${what} ${name} does not exist${hint}`);
    },
  });
}

type Call = (...args: unknown[]) => unknown;

/** The function with strict arguments at these places. */
const withStrict = (call: Call, places: readonly (readonly [index: number, what: string])[]): Call => {
  return (...args) => {
    for (const [index, what] of places) args[index] = strict(args[index], what);
    return call(...args);
  };
};

const values = "the hyper-parameter";
const places = {
  prepare: [[1, values]],
  scalars: [[1, values]],
  wholePass: [
    [0, "the kernel"],
    [2, "the array"],
    [3, values],
  ],
  elementPass: [
    [0, "the kernel"],
    [2, "the array"],
    [3, values],
  ],
} as const;

function strictSpec(spec: Spec): Spec {
  const passes = Object.entries(places).flatMap(([pass, where]) => {
    const call = spec[pass as keyof typeof places] as Call | undefined;
    return call ? [[pass, withStrict(call, where)]] : [];
  });
  return { ...spec, ...Object.fromEntries(passes) };
}

/** The kernel, which throws unless it gets as many integers as it has parameters. */
const counting = (name: string, kernel: (...args: number[]) => number) => {
  return (...args: number[]) => {
    if (args.length !== kernel.length)
      throw new Error(`the kernel ${name} has ${kernel.length} parameters, got ${args.length} arguments`);
    const wrong = args.findIndex((arg) => !Number.isInteger(arg));
    if (wrong >= 0) throw new Error(`argument ${wrong + 1} of the kernel ${name} expected an integer, got ${show(args[wrong])}`);
    return kernel(...args);
  };
};

function checkScalars(named: readonly unknown[]): void {
  const count = named.length / 2;
  if (count > mostScalars) throw new Error(`args.scalars expected at most ${mostScalars} scalars, got ${count}`);
  for (let i = 0; i < named.length; i += 2) {
    const [name, value] = [named[i], named[i + 1]];
    if (typeof name !== "string") throw new Error(`args.scalars expected a name before each number, got ${show(name)}`);
    if (typeof value !== "number" || Number.isNaN(value))
      throw new Error(`args.scalars: ${name} expected a number, got ${show(value)}`);
  }
}

function checkGains(gains: readonly unknown[]): void {
  if (gains.length > mostGains) throw new Error(`args.gains expected at most ${mostGains} gains, got ${gains.length}`);
  const wrong = gains.find((gain) => typeof gain !== "number" || Number.isNaN(gain));
  if (gains.includes(wrong)) throw new Error(`args.gains expected numbers, got ${show(wrong)}`);
}

/** Makes two strict steps. Throws what is wrong. */
export function stepStrictly({ spec }: AnyRule, shapes: Readonly<Record<string, Shape>>, options: AnyOptions): void {
  const own = new Set((spec as Spec).kernels.flatMap(({ shares }) => Object.keys(shares)));
  const opt = new Optimizer<Record<string, Shape>, Hypers, Slots>(
    strictSpec(spec as Spec),
    shapes,
    options as never,
    (memory, modules, instances) => {
      const kernels = instantiate(memory, modules, instances);
      const checked = Object.entries<(...args: number[]) => number>(kernels).map(([name, kernel]) => [
        name,
        own.has(name) ? counting(name, kernel) : kernel,
      ]);
      return Object.fromEntries(checked);
    },
  ) as unknown as AnyOptimizer;
  fill(opt.params, start);
  const { scalars, gains } = KernelArguments.prototype as unknown as Record<"scalars" | "gains", Call>;
  const watched = {
    scalars(this: unknown, ...named: unknown[]) {
      checkScalars(named);
      scalars.apply(this, named);
    },
    gains(this: unknown, ...numbers: unknown[]) {
      checkGains(numbers);
      gains.apply(this, numbers);
    },
  };
  try {
    Object.assign(KernelArguments.prototype, watched);
    train(opt, 2);
  } finally {
    Object.assign(KernelArguments.prototype, { scalars, gains });
  }
}
