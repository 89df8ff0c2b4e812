// What the table tests iterate over: every rule, with its defaults and with every hyper-parameter set to something else.

import type { Hyper, Hypers, Slots, Spec } from "../src/define.js";
import { type Optimizer, type Parameters, rules } from "../src/index.js";

/** A rule whose hyper-parameters and slots the type system does not follow. */
export type AnyRule = { (parameters: Parameters, options?: Record<string, unknown>): Optimizer; readonly spec: Spec };

export const allRules = Object.values(rules).map((rule: unknown) => rule as AnyRule);

/** A valid value that differs from the default and is exact nowhere. */
export function otherValue([value, interval]: Hyper): number | boolean {
  if (typeof value === "boolean") return !value;
  if (value === 0) return 0.05;
  return interval.includes("inf") ? value * 1.7 : value * 0.9;
}

/** Every subset. */
const subsets = <T>(items: T[]): T[][] =>
  Array.from({ length: 2 ** items.length }, (_, bits) => items.filter((_, i) => bits & (1 << i)));

/** The defaults; and all values changed, with each subset of the state that is optional. */
export function configurations({ hyper, state }: Spec<Hypers, Slots>): Record<string, number | boolean>[] {
  const optional = Object.values(state).flatMap((slot) =>
    typeof slot === "object" && slot.needs !== undefined ? [slot.needs] : [],
  );
  return [
    {},
    ...subsets(optional).map((on) =>
      Object.fromEntries(
        Object.entries(hyper).map(([name, entry]) => [
          name,
          optional.includes(name) && !on.includes(name) ? entry[0] : otherValue(entry),
        ]),
      ),
    ),
  ];
}

/** A row for each rule and configuration. */
export const table = allRules.flatMap((rule) =>
  configurations(rule.spec).map((options) => ({ title: `${rule.spec.name} ${JSON.stringify(options)}`, rule, options })),
);
