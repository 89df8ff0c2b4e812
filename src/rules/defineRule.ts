// Rules from outside the package.

import {
  checkChoice,
  checkFunction,
  checkInteger,
  checkNumber,
  type Interval,
  isArray,
  readArray,
  readEntries,
  readOptions,
} from "../checks/check.js";
import { showNames, wrongKind, wrongValue } from "../checks/errors.js";
import { decays } from "../engine/decay.js";
import { optionNames } from "../engine/readOptions.js";
import type { Hypers, Quantity, Slots, Spec } from "../engine/spec.js";
import type { KernelModule, KernelsOf } from "../kernels/kernelModule.js";
import { isKernelModule } from "../kernels/ownKernels.js";
import type { Shape } from "../numerics/shape.js";
import { weightDecay } from "./constants.js";
import { define, type Rule } from "./define.js";
import { javascriptPass, type Update } from "./javascriptPass.js";

/** The hyper-parameters of a rule from outside the package. If you leave out `weightDecay`, it is added, with the default 0. */
export type OwnHypers = { readonly [name: string]: Hypers[string] } & {
  /** Learning rate. */
  readonly lr: Quantity;
};

/** The hyper-parameters with `weightDecay`. */
export type WithWeightDecay<H extends OwnHypers> = (
  H extends Hypers
    ? H
    : H & { readonly weightDecay: Quantity }
) extends infer All extends Hypers
  ? All
  : never;

/** The description of a rule from outside the package. Its step is `update`, or the passes, which call kernels. */
export type OwnSpec<H extends OwnHypers, S extends Slots, M extends readonly KernelModule[]> = Omit<
  Spec<WithWeightDecay<H>, S, KernelsOf<M>>,
  "hyper" | "kernels" | "state" | "torchNumbers"
> & {
  /** The hyper-parameters: default and interval of each. A documentation comment before one, with two asterisks, shows on hover. */
  readonly hyper: H;
  /** The state arrays, each with its name in PyTorch or another name for files. Default: none. */
  readonly state?: S & Slots;
  /** The modules of the kernels that the passes call, from `kernelModule`. Default: none. The engine's kernels are always there. */
  readonly kernels?: M;
  /**
   * The step of one tensor in plain JavaScript, instead of kernels: changes `p` and the state in place. `g` is the effective gradient: the
   * gradient after clipping, loss scale and sign, plus l2 weight decay. Decoupled and independent weight decay are already subtracted from
   * `p`. One thread runs it.
   */
  readonly update?: Update<WithWeightDecay<H>, S>;
};

const passes = ["prepare", "wholePass", "scalars", "elementPass", "observe", "evaluate"] as const;
const names = [
  ...["name", "hyper", "ordered", "kernels", "state", "decay", "absorbsDecay", "gradientLimit", "carry", "perTensor", "scratch"],
  ...["twoPhase", "update", ...passes],
];
/** What a step cannot have beside `update`. */
const kernelParts = ["kernels", "perTensor", "scratch", "wholePass", "scalars", "elementPass", "absorbsDecay"];
/** Names of arrays that the engine has itself. */
const reserved = ["p", "g", "grads", "sum", "average", "slow", "scratch"];
const interval = /^[[(]-?[\d.]+(e-?\d+)?,(-?[\d.]+(e-?\d+)?|inf)[\])]$/;

function checkName(where: string, name: unknown, taken: readonly string[]): asserts name is string {
  const what = "a name of letters, digits and _, like adam or my_rule";
  if (typeof name !== "string") throw wrongKind(where, what, name);
  if (!/^[A-Za-z]\w*$/.test(name)) throw wrongValue(where, what, name);
  if (taken.includes(name)) throw wrongValue(where, `another name than ${showNames(taken)}`, name);
}

function readHyper(where: string, given: unknown): Hypers {
  const entries = readEntries(where, "a plain object of [default, interval]", given);
  const engineOptions = optionNames({ hyper: {} as Hypers });
  const copies = entries.map(([name, given]) => {
    const at = `${where}.${name}`;
    checkName(where, name, engineOptions);
    const what =
      'an array [default, interval] such as [0.9, "[0,1)"] (without spaces; inf, but not -inf), or [true, "boolean", "fixed"]';
    const hyper = readArray(at, what, given, (part) => part);
    const [value, kind, fixed, ...others] = hyper;
    const isSwitch = kind === "boolean" && typeof value === "boolean" && fixed === "fixed";
    const isQuantity = typeof kind === "string" && interval.test(kind) && (fixed === undefined || fixed === "fixed");
    if (others.length > 0 || !(isSwitch || isQuantity)) throw wrongValue(at, what, hyper);
    if (!isSwitch) checkNumber(at, kind as Interval, value);
    return [name, hyper];
  });
  const hyper = Object.fromEntries(copies) as Record<string, Hypers[string]>;
  if (!Object.hasOwn(hyper, "lr"))
    throw new TypeError(`${where} expected lr, the learning rate, got ${showNames(Object.keys(hyper)) || "nothing"}`);
  return { ...hyper, weightDecay: hyper.weightDecay ?? weightDecay } as Hypers;
}

/** The caller's function of a shape, which has to return a number of floats. */
function counting(where: string, count: unknown): (shape: Shape) => number {
  checkFunction(where, count);
  return (shape) => {
    const floats: unknown = (count as (shape: Shape) => unknown)(shape);
    checkInteger(`${where} of [${shape}]`, 0, floats);
    return floats;
  };
}

/** A function from the shape of a tensor to that of an array, whose results are checked. */
function shaping(where: string, shapeOf: unknown): (shape: Shape) => Shape {
  checkFunction(where, shapeOf);
  return (shape) => {
    const at = `${where} of [${shape}]`;
    return readArray(at, "an array of sizes", (shapeOf as (shape: Shape) => unknown)(shape), (size) => {
      checkInteger(at, 0, size);
      return size;
    });
  };
}

/** The names of the hyper-parameters that are numbers. */
const quantities = (hyper: Hypers) => Object.keys(hyper).filter((name) => hyper[name]?.[1] !== "boolean");

function readState(where: string, given: unknown, hyper: Hypers): Slots {
  const entries = readEntries(where, "a plain object of names, by slot", given);
  return Object.fromEntries(
    entries.map(([slot, layout]) => {
      checkName(where, slot, reserved);
      const at = `${where}.${slot}`;
      if (typeof layout === "string") return [slot, layout];
      const read = new Map(readOptions(at, ["torch", "needs", "start", "shape"], layout ?? null));
      if (typeof read.get("torch") !== "string")
        throw wrongKind(`${at}: torch`, "the name of the array in files", read.get("torch"));
      if (read.has("needs")) checkChoice(`${at}: needs`, Object.keys(hyper), read.get("needs"));
      if (read.has("start")) checkChoice(`${at}: start`, quantities(hyper), read.get("start"));
      if (read.has("shape")) read.set("shape", shaping(`${at}: shape`, read.get("shape")));
      return [slot, Object.fromEntries(read)];
    }),
  ) as Slots;
}

function readCarry(where: string, given: unknown): Record<string, number> {
  const entries = readEntries(where, "a plain object of numbers", given);
  for (const [name, value] of entries) if (typeof value !== "number") throw wrongKind(`${where}.${name}`, "a number", value);
  return Object.fromEntries(entries) as Record<string, number>;
}

/** The modules. Each name may occur once: passes call kernels by name, threads by their position in the list of names. */
function readKernels(where: string, given: unknown): KernelModule[] {
  const taken: string[] = [];
  return readArray(where, "an array of modules from kernelModule()", given, (module) => {
    if (!isKernelModule(module)) throw wrongKind(where, "modules from kernelModule()", module);
    for (const name of Object.keys(module.shares)) {
      if (taken.includes(name)) throw wrongValue(where, "modules whose kernels have different names", name);
      taken.push(name);
    }
    return module;
  });
}

/** The spec, checked. */
function read(given: unknown): Spec {
  const options = readOptions("defineRule", names, given ?? null);
  const name = options.get("name");
  checkName("defineRule: name", name, []);
  const where = `defineRule: ${name}`;
  const hyper = readHyper(`${where}: hyper`, options.get("hyper"));
  const state = readState(`${where}: state`, options.get("state") ?? {}, hyper);
  const spec: Record<string, unknown> = { ...Object.fromEntries(options), hyper, state };
  for (const pass of [...passes, "update"]) if (options.has(pass)) checkFunction(`${where}: ${pass}`, options.get(pass));
  const decay = options.get("decay");
  if (decay !== undefined) checkChoice(`${where}: decay`, [...decays, "inside"], decay);
  if (options.has("scratch")) spec.scratch = counting(`${where}: scratch`, options.get("scratch"));
  if (options.has("gradientLimit")) checkNumber(`${where}: gradientLimit`, "(0,inf)", options.get("gradientLimit"));
  for (const flag of ["absorbsDecay", "perTensor"])
    if (options.has(flag) && options.get(flag) !== true)
      throw wrongKind(`${where}: ${flag}`, "true, or to be left out", options.get(flag));
  if (options.has("carry")) spec.carry = readCarry(`${where}: carry`, options.get("carry"));
  if (options.has("ordered"))
    spec.ordered = readArray(`${where}: ordered`, "an array of pairs of hyper-parameters", options.get("ordered"), (pair) => {
      if (!isArray(pair) || pair.length !== 2) throw wrongKind(`${where}: ordered`, "pairs of hyper-parameters", pair);
      for (const name of pair) checkChoice(`${where}: ordered`, quantities(hyper), name);
      return [...pair];
    });
  if (options.has("twoPhase")) {
    const phases = readOptions(`${where}: twoPhase`, ["shift", "gather", "complete"], options.get("twoPhase"));
    for (const [phase, pass] of phases) checkFunction(`${where}: twoPhase: ${phase}`, pass);
    checkFunction(`${where}: twoPhase: shift`, phases.get("shift"));
    spec.twoPhase = Object.fromEntries(phases);
  }
  const update = options.get("update");
  if (update !== undefined) {
    const beside = kernelParts.filter((part) => options.has(part));
    if (beside.length > 0)
      throw new TypeError(`${where}: update expected to be the whole step, got ${showNames(beside)} beside it`);
    if (decay === "inside") throw wrongValue(`${where}: decay`, `one of ${decays.join(", ")}, with update`, decay);
    return { ...spec, ...javascriptPass(name, update as Update<Hypers, Slots>, state) } as unknown as Spec;
  }
  if (!options.has("elementPass") && !options.has("wholePass"))
    throw new TypeError(`${where} expected update, elementPass or wholePass: what a step does`);
  spec.kernels = readKernels(`${where}: kernels`, options.get("kernels") ?? []);
  return spec as unknown as Spec;
}

/**
 * Makes a rule that you describe. It is used like the rules of the package: `const opt = myRule({ w: [10, 784] }, { lr: 1e-2 })`. It has
 * groups, schedules, gradient processing, weight decay, averages and SAM; with kernels also threads. Its step is either `update`, plain
 * JavaScript over Float32Arrays, or `elementPass`, which calls kernels from `kernelModule`. `scalars` runs before `elementPass`. See
 * docs/own-rules.md.
 * `checkRule` of `simdescent/testing` tests it.
 * @throws TypeError or RangeError that names what is wrong with the description.
 * @example
 * ```ts
 * const signDescent = defineRule({
 *   name: "signDescent",
 *   hyper: {
 *     lr: [1e-2, "[0,inf)"],
 *   },
 *   update({ p, g }, { lr }) {
 *     for (let i = 0; i < p.length; i++) p[i] -= lr * Math.sign(g[i]);
 *   },
 * });
 * const opt = signDescent({ w: 3 }, { clipNorm: 1 });
 * opt.grads.w.set([4, -5, 6]);
 * opt.step();
 * console.log(opt.params.w[1].toFixed(2)); // prints 0.01
 * ```
 */
export function defineRule<
  const H extends OwnHypers,
  const S extends Slots<keyof H & string> = Record<never, never>,
  const M extends readonly KernelModule[] = readonly [],
>(spec: OwnSpec<H, S, M>): Rule<WithWeightDecay<H>, S> {
  return define(read(spec) as never) as unknown as Rule<WithWeightDecay<H>, S>;
}
