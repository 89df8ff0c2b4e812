// The saved state of an optimizer, by variable name: independent of backend, memory and order.

import { type Optimizer, type Tensor, tensor } from "@tensorflow/tfjs-core";
import { show, wrongKind, wrongValue } from "../../checks/errors.js";
import type { GradientProgress } from "../../engine/gradientProcessing.js";
import type { GroupProgress } from "../../engine/group.js";
import type { Shape } from "../../numerics/shape.js";

/** `tf.NamedTensor`, which is not exported. */
export type NamedTensor = Awaited<ReturnType<Optimizer["getWeights"]>>[number];

/** The state of a variable. Variables of one cohort share the object `progress`. */
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

// The name of the tensor that describes the others: one string of JSON.
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

/** The state as tensors, for a model's `save`. The caller disposes of them. */
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
  return (await tensor.data<"float32">()).slice(); // the cpu backend returns the tensor's own array
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

/** The state from tensors in any order. @throws TypeError or RangeError unless `toTensors` made them for this rule. */
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

// TensorFlow.js appends _1, _2 … to names that the process already uses, for instance when it loads a model for the second time.
const suffix = /_(\d+)$/;
const base = (name: string) => name.replace(suffix, "");
const number = (name: string) => Number(suffix.exec(name)?.[1] ?? 0);

/** The full names by base name, the name without that number. They are sorted by number. */
function byBase(names: Iterable<string>): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const name of names) groups.set(base(name), [...(groups.get(base(name)) ?? []), name]);
  for (const group of groups.values()) group.sort((a, b) => number(a) - number(b));
  return groups;
}

/**
 * The saved name that each name continues from: itself, if all names were saved. Otherwise names are compared without their numbers. If a
 * base name has as many names as saved names, they match in the order of their numbers. If the counts differ, only equal names match.
 */
export function claim(names: readonly string[], saved: ReadonlySet<string>): Map<string, string> {
  if (names.every((name) => saved.has(name))) return new Map(names.map((name) => [name, name]));
  const candidates = byBase(saved);
  const claims = new Map<string, string>();
  for (const [stem, wanted] of byBase(names)) {
    const matching = candidates.get(stem) ?? [];
    for (const [i, name] of wanted.entries()) {
      const match = matching.length === wanted.length ? matching[i] : saved.has(name) ? name : undefined;
      if (match !== undefined) claims.set(name, match);
    }
  }
  return claims;
}

/**
 * Matches saved names with all existing names, before gradients tell which are trained. Returns the unique matches, and the saved names
 * with an ambiguous match.
 */
export function recognize(names: Iterable<string>, saved: Iterable<string>): { claims: Map<string, string>; unclear: string[] } {
  const candidates = byBase(names);
  const claims = new Map<string, string>();
  const unclear: string[] = [];
  for (const [stem, wanted] of byBase(saved)) {
    const matching = candidates.get(stem) ?? [];
    if (matching.length === wanted.length) for (const [i, name] of matching.entries()) claims.set(name, wanted[i] as string);
    else if (matching.length > 0) unclear.push(...wanted);
  }
  return { claims, unclear };
}
