// The state of an optimizer at rest: by names of variables, independent of backend, memory and order.

import { type Optimizer, type Tensor, tensor } from "@tensorflow/tfjs-core";
import { show, wrongKind, wrongValue } from "../../checks/errors.js";
import type { GradientProgress } from "../../engine/gradientProcessing.js";
import type { GroupProgress } from "../../engine/group.js";
import type { Shape } from "../../numerics/shape.js";

/** `tf.NamedTensor`, which is not exported. */
export type NamedTensor = Awaited<ReturnType<Optimizer["getWeights"]>>[number];

/** What an optimizer knows of a variable. Those that went through the same steps in the same group share `progress`. */
export interface SavedVariable {
  readonly shape: Shape;
  readonly progress: GroupProgress;
  /** By slot: `m`, `v`, `average`, `slow`. */
  readonly arrays: ReadonlyMap<string, Float32Array>;
}

export interface Saved {
  readonly t: number;
  readonly gradients: GradientProgress;
  readonly variables: ReadonlyMap<string, SavedVariable>;
}

export const nothing: Saved = { t: 0, gradients: { skipped: 0, skippedInRow: 0, norm: Number.NaN }, variables: new Map() };

// The tensor, of one string, that says what the others are.
const contents = "simdescent";

interface Contents {
  readonly rule: string;
  readonly t: number;
  readonly gradients: GradientProgress;
  readonly progress: readonly GroupProgress[];
  readonly variables: readonly {
    readonly name: string;
    readonly shape: Shape;
    /** Index in `progress`. */
    readonly progress: number;
    readonly slots: readonly string[];
  }[];
}

// JSON has no infinite numbers.
const infinite = ["NaN", "Infinity", "-Infinity"];
const write = (_: string, value: unknown) => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value);
const read = (_: string, value: unknown) => (infinite.includes(value as string) ? Number(value) : value);

/** As tensors that `save` of a model takes. The caller disposes of them. */
export function toTensors(rule: string, { t, gradients, variables }: Saved): NamedTensor[] {
  const progress = [...new Set([...variables.values()].map(({ progress }) => progress))];
  const described = Array.from(variables, ([name, variable]) => {
    return { name, shape: variable.shape, progress: progress.indexOf(variable.progress), slots: [...variable.arrays.keys()] };
  });
  const text = JSON.stringify({ rule, t, gradients, progress, variables: described } satisfies Contents, write);
  const arrays = Array.from(variables, ([name, { arrays }]) =>
    Array.from(arrays, ([slot, array]) => ({
      name: `${name}/${slot}`,
      tensor: tensor(array.slice(), [array.length], "float32"),
    })),
  );
  return [{ name: contents, tensor: tensor([text], [1], "string") }, ...arrays.flat()];
}

export const notWeights = (rule: string) =>
  new TypeError(`${rule}: setWeights expected what getWeights() of the same rule returned`);

/** A copy of the values of a tensor. */
export async function floats(where: string, name: string, tensor: Tensor | undefined): Promise<Float32Array> {
  if (!tensor) throw new RangeError(`${where} expected a tensor ${show(name)}, got none`);
  if (tensor.dtype !== "float32") throw wrongKind(`${where}: ${show(name)}`, "float32", tensor.dtype);
  return (await tensor.data<"float32">()).slice(); // the data of the cpu backend are those of the tensor itself
}

/** Whether `toTensors` made these. */
export const isOurs = (tensors: ReadonlyMap<string, Tensor>) => tensors.get(contents)?.dtype === "string";

function parse(text: string): Partial<Contents> {
  try {
    return JSON.parse(text, read) ?? {};
  } catch {
    return {};
  }
}

/** The same from tensors, in any order. @throws TypeError or RangeError when they are not those of this rule. */
export async function fromTensors(rule: string, tensors: ReadonlyMap<string, Tensor>): Promise<Saved> {
  const where = `${rule}: setWeights`;
  const [text = ""] = (await tensors.get(contents)?.data<"string">()) ?? [];
  const saved = parse(text);
  if (!saved.variables || !saved.progress || !saved.gradients || saved.t === undefined) throw notWeights(rule);
  if (saved.rule !== rule) throw wrongValue(where, `weights of ${rule}`, saved.rule);
  const variables = new Map<string, SavedVariable>();
  for (const { name, shape, progress, slots } of saved.variables) {
    const load = async (slot: string) => [slot, await floats(where, `${name}/${slot}`, tensors.get(`${name}/${slot}`))] as const;
    const arrays = await Promise.all(slots.map(load));
    variables.set(name, { shape, progress: saved.progress[progress] as GroupProgress, arrays: new Map(arrays) });
  }
  return { t: saved.t, gradients: saved.gradients, variables };
}

// TensorFlow.js adds _1, _2 … to names that are in use in the process, as those of a model are when it is loaded beside the first.
const suffix = /_(\d+)$/;
const base = (name: string) => name.replace(suffix, "");
const number = (name: string) => Number(suffix.exec(name)?.[1] ?? 0);

/** Names that differ in that number alone, in the order of it. */
function byBase(names: Iterable<string>): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const name of names) groups.set(base(name), [...(groups.get(base(name)) ?? []), name]);
  for (const group of groups.values()) group.sort((a, b) => number(a) - number(b));
  return groups;
}

/**
 * Which saved variable is which: the saved name of each name that has one. Those of the same names, if all have one; otherwise names
 * count without the number that makes them unique in a process, and where there are as many of them, in the order of these numbers.
 */
export function claim(names: readonly string[], saved: ReadonlySet<string>): Map<string, string> {
  if (names.every((name) => saved.has(name))) return new Map(names.map((name) => [name, name]));
  const candidates = byBase(saved);
  const claims = new Map<string, string>();
  for (const [stem, wanted] of byBase(names)) {
    const there = candidates.get(stem) ?? [];
    for (const [i, name] of wanted.entries()) {
      const match = there.length === wanted.length ? there[i] : saved.has(name) ? name : undefined;
      if (match !== undefined) claims.set(name, match);
    }
  }
  return claims;
}

/**
 * The same where nothing says which names are meant: the saved name of each name that can be no other's, and the saved names that could
 * be those of several.
 */
export function recognize(names: Iterable<string>, saved: Iterable<string>): { claims: Map<string, string>; unclear: string[] } {
  const candidates = byBase(names);
  const claims = new Map<string, string>();
  const unclear: string[] = [];
  for (const [stem, wanted] of byBase(saved)) {
    const there = candidates.get(stem) ?? [];
    if (there.length === wanted.length) for (const [i, name] of there.entries()) claims.set(name, wanted[i] as string);
    else if (there.length > 0) unclear.push(...wanted);
  }
  return { claims, unclear };
}
