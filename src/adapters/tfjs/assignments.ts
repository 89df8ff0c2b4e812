// Errors for assignments such as `optimizer.beta1 = 0.8`, for which JavaScript would make a property that nothing reads.

import { epilogueOptions } from "../../engine/epilogue.js";
import { gradientOptions } from "../../engine/gradientOptions.js";
import { ownOptions } from "../../engine/hyperParameters.js";
import { samOption } from "../../engine/sam.js";
import type { Spec } from "../../engine/spec.js";

/** Names of hyper-parameters in the built-in optimizers, with ours. */
const renamed = { epsilon: "eps", decay: "rho", initialAccumulatorValue: "initialAccumulator" } as const;

const constructed = "is read at construction; it cannot be set later";

/** The property names that cannot be assigned to, each with the end of its message. */
function messagesOf(hyper: Spec["hyper"]): Record<string, string> {
  const messages: Record<string, string> = {};
  for (const name of ["spec", "carry", "gradNorm", "skipped", "iterations"]) messages[name] = "is read-only";
  for (const name of ["hyper", "current"]) messages[name] = "is read-only: set optimizer.hyper.lr and the like";
  const options = [gradientOptions, epilogueOptions, samOption].flatMap((options) => Object.keys(options));
  for (const name of [...ownOptions({ hyper }), ...options, "groups", "threads"]) messages[name] = constructed;
  for (const [name, ours] of [...Object.entries(renamed), ...Object.keys(hyper).map((name) => [name, name] as const)]) {
    const entry = hyper[ours];
    if (entry) messages[name] = entry[2] === "fixed" ? constructed : `is not set here: set optimizer.hyper.${ours}`;
  }
  return messages;
}

/** Makes assignments to these properties throw for all optimizers of a class. The message says where to set the value. */
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
