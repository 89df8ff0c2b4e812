// What the table tests iterate over: every rule, with its defaults and with every hyper-parameter set to something else.

import type { Hyper, Hypers, Slots, Spec } from "../../src/engine/spec.js";
import { type Optimizer, type ParameterMap, rules } from "../../src/index.js";

/** A rule whose hyper-parameters and slots the type system does not follow. */
export type AnyRule = { (parameters: ParameterMap, options?: Record<string, unknown>): Optimizer; readonly spec: Spec };

export const allRules = Object.values(rules).map((rule: unknown) => rule as AnyRule);

export function ruleNamed(name: string): AnyRule {
  const rule = allRules.find(({ spec }) => spec.name === name);
  if (!rule) throw new Error(`no rule ${name}`);
  return rule;
}

/** Whether elements do not depend on each other: the rule looks neither at a whole tensor nor at all of them. */
export const elementwise = ({ name, perTensor }: Spec) => !perTensor && name !== "prodigy" && name !== "dog";

/** A valid value that differs from the default and is exact nowhere. */
export function otherValue([usual, interval]: Hyper, value = usual): number | boolean {
  if (typeof value === "boolean") return !value;
  if (value === 0) return 0.05;
  return interval.includes("inf") ? value * 1.7 : value * 0.9;
}

/**
 * What some rules are tested with in place of their defaults. Prodigy measures how far p went, at first some d0; at 1e-6 of
 * p, f32 leaves that 6 % of rounding, and d is up to 0.2 % off in 100 steps of a noisy descent; at 0.05 it is 5e-8.
 */
const instead: Record<string, Record<string, number>> = {
  prodigy: { d0: 0.05 },
  // Large enough to tell where it goes.
  amsgrad: { eps: 1e-3 },
  radam: { eps: 1e-3 },
};

/** Every subset. */
const subsets = <T>(items: T[]): T[][] =>
  Array.from({ length: 2 ** items.length }, (_, bits) => items.filter((_, i) => bits & (1 << i)));

/** The defaults; and all values changed, with each subset of the state that is optional. */
export function configurations({ name, hyper, state }: Spec<Hypers, Slots>): Record<string, number | boolean>[] {
  const optional = Object.values(state).flatMap((slot) =>
    typeof slot === "object" && slot.needs !== undefined ? [slot.needs] : [],
  );
  return [
    instead[name] ?? {},
    ...subsets(optional).map((on) =>
      Object.fromEntries(
        Object.entries(hyper).map(([option, entry]) => [
          option,
          optional.includes(option) && !on.includes(option) ? entry[0] : otherValue(entry, instead[name]?.[option]),
        ]),
      ),
    ),
  ];
}

/** A row for each rule and configuration. */
export const table = allRules.flatMap((rule) =>
  configurations(rule.spec).map((options) => ({ title: `${rule.spec.name} ${JSON.stringify(options)}`, rule, options })),
);
