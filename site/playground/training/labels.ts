// The names of the runs: rule, and what tells it from other runs.
import { labelsOf } from "../labels.js";
import type { Batch, Plan } from "./plan.js";

export function runLabels({ runs }: Plan, batchText: (batch: Batch) => string): string[] {
  const rules = labelsOf(runs.map(({ setup }) => setup));
  if (new Set(runs.map(({ batch }) => batch)).size === 1) return rules;
  const short = runs.map(({ setup, batch }) => `${setup.rule}, ${batchText(batch)}`);
  if (new Set(short).size === short.length) return short;
  return runs.map(({ batch }, i) => `${rules[i]}, ${batchText(batch)}`);
}
