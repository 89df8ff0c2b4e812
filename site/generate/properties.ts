// What a visitor can filter rules by. A rule tells it by its spec, its comments, and its first steps.
import { ruleDocs } from "../../scripts/ruleDocs.js";
import { floats } from "../../scripts/ruleTables.js";
import type { Spec } from "../../src/engine/spec.js";
import { type Hypers, type Rule, rules, type Slots } from "../../src/index.js";

export type AnyRule = Rule<Hypers, Slots>;

export const allRules: readonly AnyRule[] = Object.values(rules).map((rule) => rule as unknown as AnyRule);

export const specs: readonly Spec[] = allRules.map(({ spec }) => spec);

/** The parameters after each step with these gradients: one matrix of one row, from 1, without weight decay. */
function descend(rule: AnyRule, gradients: readonly (readonly number[])[]): number[][] {
  const start = Float32Array.from(gradients[0], () => 1);
  const opt = rule({ point: { shape: [1, start.length], values: start } }, { weightDecay: 0 });
  return gradients.map((gradient) => {
    opt.grads.point.set(gradient);
    opt.step();
    return [...(opt.params.point as Float32Array)];
  });
}

/** Whether steps go on along earlier gradients when the gradient is 0. */
function keepsMoving(rule: AnyRule): boolean {
  const gradients = [...Array.from({ length: 100 }, () => [1, 1]), [0, 0]];
  const [first, second, third] = descend(rule, gradients)
    .slice(-3)
    .map(([x]) => x);
  return Math.abs(third - second) > 0.1 * Math.abs(second - first);
}

/** Whether an element with a small gradient takes larger steps than in proportion to its gradient. */
function equalizes(rule: AnyRule): boolean {
  const ratio = 100;
  const gradients = Array.from({ length: 20 }, () => [1, 1 / ratio]);
  const [large, small] = descend(rule, gradients)[19].map((x) => Math.abs(x - 1));
  return small > (2 * large) / ratio;
}

const properties = {
  momentum: keepsMoving,
  adaptive: equalizes,
  /** `lr` is a factor of a step that the rule finds. */
  findsRate: ({ spec }: AnyRule) => ruleDocs(spec.name).meanings.lr === "Factor of the step.",
  wholeTensor: ({ spec }: AnyRule) => spec.perTensor === true,
  averages: ({ spec }: AnyRule) => spec.evaluate !== undefined,
  decoupled: ({ spec }: AnyRule) => spec.decay === "decoupled",
  littleState: ({ spec }: AnyRule) => Number.parseFloat(floats(spec)) <= 1,
} as const satisfies { readonly [name: string]: (rule: AnyRule) => boolean };

export type Property = keyof typeof properties;

export const propertyNames = Object.keys(properties) as Property[];

const known = new Map<AnyRule, Property[]>();

/** The properties that a rule has with its default options. */
export function propertiesOf(rule: AnyRule): Property[] {
  const found = known.get(rule) ?? propertyNames.filter((name) => properties[name](rule));
  known.set(rule, found);
  return found;
}

/** The groups of the sidebar. A rule belongs to the first that fits. */
const groups = {
  findsRate: ({ spec: { wholePass, perTensor } }: AnyRule) => wholePass !== undefined && !perTensor,
  wholeTensor: properties.wholeTensor,
  averages: properties.averages,
  momentum: (rule: AnyRule) => !propertiesOf(rule).includes("adaptive"),
  adaptive: (rule: AnyRule) => !propertiesOf(rule).includes("momentum"),
  both: () => true,
} as const satisfies { readonly [name: string]: (rule: AnyRule) => boolean };

export type RuleGroup = keyof typeof groups;

/** In the order of the sidebar. */
export const groupNames: readonly RuleGroup[] = ["momentum", "adaptive", "both", "averages", "wholeTensor", "findsRate"];

export const groupOf = (rule: AnyRule): RuleGroup =>
  (Object.keys(groups) as RuleGroup[]).find((name) => groups[name](rule)) as RuleGroup;
