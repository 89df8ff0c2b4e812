// The rows of table tests: every rule with its defaults, and with every hyper-parameter changed.

import type { Hyper, Hypers, Slots, Spec } from "../../src/engine/spec.js";
import { type Optimizer, type ParameterMap, rules } from "../../src/index.js";

/** A rule without its types of hyper-parameters and slots. */
export type AnyRule = { (parameters: ParameterMap, options?: Record<string, unknown>): Optimizer; readonly spec: Spec };

export const allRules = Object.values(rules).map((rule: unknown) => rule as AnyRule);

export function ruleNamed(name: string): AnyRule {
  const rule = allRules.find(({ spec }) => spec.name === name);
  if (!rule) throw new Error(`no rule ${name}`);
  return rule;
}

/** Whether a rule is element-wise: no element depends on others. */
export const elementwise = ({ name, perTensor }: Spec) => !perTensor && name !== "prodigy" && name !== "dog";

/** A valid value that differs from the default and is not exact in f32. */
export function otherValue([initial, interval]: Hyper, value = initial): number | boolean {
  if (typeof value === "boolean") return !value;
  if (value === 0) return 0.05;
  return interval.includes("inf") ? value * 1.7 : value * 0.9;
}

/**
 * Replacements for defaults that make a test too inexact. Prodigy measures the distance of p from its start, about d0 at first. At d0 = 1e-6
 * the f32 rounding of p is 6 % of that distance, and d is off by up to 0.2 % in 100 noisy steps; at 0.05, by 5e-8.
 */
const instead: Record<string, Record<string, number>> = {
  prodigy: { d0: 0.05 },
  // Large enough to show its position in the formula.
  amsgrad: { eps: 1e-3 },
  radam: { eps: 1e-3 },
};

/** Every subset. */
const subsets = <T>(items: T[]): T[][] =>
  Array.from({ length: 2 ** items.length }, (_, bits) => items.filter((_, i) => bits & (1 << i)));

/** The defaults, and all values changed, with each subset of the optional state. */
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
