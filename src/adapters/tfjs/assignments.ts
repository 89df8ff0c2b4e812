// Settings of an optimizer that are assigned to the optimizer itself, where JavaScript would make a property that nothing reads.

import { epilogueOptions } from "../../engine/epilogue.js";
import { gradientOptions } from "../../engine/gradientProcessing.js";
import { ownOptions } from "../../engine/hyperParameters.js";
import { samOption } from "../../engine/sam.js";
import type { Spec } from "../../engine/spec.js";

/** What the built-in optimizers call some hyper-parameters. */
const renamed = { epsilon: "eps", decay: "rho", initialAccumulatorValue: "initialAccumulator" } as const;

const constructed = "is read at construction; it cannot be set later";

/** What is wrong with assigning to properties of these names. */
function messagesOf(hyper: Spec["hyper"]): Record<string, string> {
  const messages: Record<string, string> = {};
  for (const name of ["spec", "carry", "gradNorm", "skipped", "iterations"]) messages[name] = "is read-only";
  for (const name of ["hyper", "current"]) messages[name] = "is read-only: set optimizer.hyper.lr and the like";
  const options = [gradientOptions, epilogueOptions, samOption].flatMap((options) => Object.keys(options));
  for (const name of [...ownOptions({ hyper }), ...options, "groups", "threads"]) messages[name] = constructed;
  for (const [name, ours] of [...Object.entries(renamed), ...Object.keys(hyper).map((name) => [name, name] as const)]) {
    const entry = hyper[ours];
    if (entry) messages[name] = entry[3] === "fixed" ? constructed : `is not set here: set optimizer.hyper.${ours}`;
  }
  return messages;
}

/** Has assignments to properties of the optimizers of a class throw, and say where settings are. */
export function refuseAssignments(prototype: object, { name: rule, hyper }: Pick<Spec, "name" | "hyper">): void {
  const parent = Object.getPrototypeOf(prototype) as object;
  for (const [name, message] of Object.entries(messagesOf(hyper)))
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
