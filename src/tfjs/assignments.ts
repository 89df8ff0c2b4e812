// Settings of an optimizer that are assigned to the optimizer itself, where JavaScript would make a property that nothing reads.

import { ascentOptions } from "../ascent.js";
import { conditioningOptions } from "../conditioning.js";
import type { Spec } from "../define.js";
import { followingOptions } from "../following.js";
import { ownOptions } from "../hyper.js";

/** What the built-in optimizers call some hyper-parameters. */
const renamed = { epsilon: "eps", decay: "rho", initialAccumulatorValue: "initialAccumulator" } as const;

const readOnly = ["spec", "carry", "gradNorm", "skipped", "iterations"];

/** Has assignments to properties of the optimizers of a class throw, and say where settings are. */
export function refuseAssignments(prototype: object, { name: rule, hyper }: Pick<Spec, "name" | "hyper">): void {
  const parent = Object.getPrototypeOf(prototype) as object;
  const options = [ownOptions({ hyper }), ...[conditioningOptions, followingOptions, ascentOptions].map(Object.keys)].flat();
  const constructed = "is read at construction; it cannot be set later";
  const settings = [...Object.keys(hyper).map((name) => [name, name] as const), ...Object.entries(renamed)];
  const messages = new Map([
    ...readOnly.map((name) => [name, "is read-only"] as const),
    ...["hyper", "current"].map((name) => [name, "is read-only: set optimizer.hyper.lr and the like"] as const),
    ...[...options, "groups", "threads"].map((name) => [name, constructed] as const),
    ...settings.flatMap(([name, ours]) =>
      hyper[ours] && hyper[ours][3] !== "fixed" ? [[name, `is not set here: set optimizer.hyper.${ours}`] as const] : [],
    ),
  ]);
  for (const [name, message] of messages)
    Object.defineProperty(prototype, name, {
      configurable: true,
      get() {
        return Reflect.get(parent, name, this);
      },
      set() {
        throw new TypeError(`${rule}: ${name} ${message}`);
      },
    });
}
