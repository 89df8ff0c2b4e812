// Loads the state of TensorFlow.js's built-in optimizers into rules with the same formula.

import { engine, type Tensor } from "@tensorflow/tfjs-core";
import { checkInteger } from "../../checks/check.js";
import { show, wrongValue } from "../../checks/errors.js";
import type { Spec } from "../../engine/spec.js";
import { floats, nothing, notWeights, type Saved, type SavedVariable } from "./saved.js";

interface BuiltIn {
  readonly name: string;
  /** Our slots, by the suffix of its tensors' names. */
  readonly slots: Readonly<Record<string, string>>;
  readonly rules: readonly string[];
  /** Options with which the rule has the same formula. */
  readonly options?: Readonly<Record<string, boolean>>;
  /** Why no rule accepts the state. */
  readonly differs?: string;
}

const builtIns: readonly BuiltIn[] = [
  { name: "sgd", slots: {}, rules: ["sgd"] },
  { name: "momentum", slots: { momentum: "b" }, rules: ["momentum", "nesterov"], options: { lrInMomentum: false } },
  { name: "adagrad", slots: { accumulator: "s" }, rules: ["adagrad"] },
  {
    name: "rmsprop",
    slots: { rms: "v", momentum: "b" },
    rules: ["rmsprop"],
    options: { centered: false, lrInMomentum: true },
  },
  {
    name: "rmsprop",
    slots: { rms: "v", momentum: "b", mg: "a" },
    rules: ["rmsprop"],
    options: { centered: true, lrInMomentum: true },
  },
  {
    name: "adadelta",
    slots: { accum_grad: "v", accum_var: "u" },
    rules: [],
    differs: ", which divides by the mean of squares from before the step",
  },
  { name: "adam", slots: { m: "m", v: "v" }, rules: ["adam", "adamw"] },
];

/** Splits the name of a tensor into the name of its variable and the suffix. */
function split(name: string): [variable: string, suffix: string] {
  const end = name.lastIndexOf("/");
  return [name.slice(0, end), name.slice(end + 1)];
}

/**
 * Reads the weights of a built-in optimizer for a rule. `hypers` has the hyper-parameters of all groups.
 * @throws TypeError for weights of no built-in optimizer; RangeError if the rule or its options have another formula.
 */
export async function fromBuiltIn(
  { name: rule, carry = {} }: Pick<Spec, "name" | "carry">,
  hypers: readonly { readonly values: Readonly<Record<string, unknown>>; readonly slots: readonly string[] }[],
  tensors: ReadonlyMap<string, Tensor>,
): Promise<Saved> {
  const where = `${rule}: setWeights`;
  const { iter, ...named } = Object.fromEntries(tensors);
  const suffixes = new Set(Object.keys(named).map((name) => split(name)[1]));
  const builtIn = builtIns.find(({ slots }) => {
    const wanted = Object.keys(slots);
    return wanted.length === suffixes.size && wanted.every((suffix) => suffixes.has(suffix));
  });
  if (!iter || !builtIn) throw notWeights(rule);
  const [t] = await iter.data();
  checkInteger(`${where}: iter`, 0, t);
  const { name, slots, rules, options = {}, differs = "" } = builtIn;
  // Before its first step, an optimizer has no state, and every rule accepts it.
  if (!rules.includes(rule) && (suffixes.size > 0 || t > 0))
    throw new RangeError(`${where} expected weights of ${rule}, got those of tf.train.${name}${differs}`);
  for (const { values, slots: used } of suffixes.size > 0 ? hypers : [])
    for (const [option, value] of Object.entries(options))
      if (values[option] !== value && (option !== "lrInMomentum" || used.includes("b")))
        throw wrongValue(`${where}: for the weights of tf.train.${name}, ${option}`, String(value), values[option]);

  // tf.train.adagrad divides by sqrt(sum + eps): add eps to the sum.
  const offset = name === "adagrad" ? engine().backend.epsilon() : 0;
  const progress = { steps: t, averaged: 0, carry: Object.values(carry), scheduled: {} };
  const variables = new Map<string, SavedVariable>();
  for (const variable of new Set(Object.keys(named).map((name) => split(name)[0]))) {
    const arrays = new Map<string, Float32Array>();
    let shape: readonly number[] | undefined;
    for (const [suffix, slot] of Object.entries(slots)) {
      const full = `${variable}/${suffix}`;
      const array = await floats(where, full, tensors.get(full));
      const { shape: found } = tensors.get(full) as Tensor;
      shape ??= found;
      if (String(found) !== String(shape)) throw wrongValue(`${where}: ${show(full)}`, `shape [${shape}]`, found);
      arrays.set(
        slot,
        array.map((x) => x + offset),
      );
    }
    if (shape) variables.set(variable, { shape, progress, arrays });
  }
  return { ...nothing, t, variables };
}
