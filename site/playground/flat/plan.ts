// What the view of flat minima computes, from the state of the playground.
import { isRule, ruleOf } from "../options.js";
import { seedOf } from "../racers.js";
import { numberSetting, type Settings } from "../settings.js";
import { trained } from "./flowers.js";
import type { Common } from "./methods.js";

/** The lines along which the loss is shown. */
export const directions = ["steepest", "random"] as const;
export type Direction = (typeof directions)[number];

/** The same plan gives the same numbers on every engine. */
export interface Plan {
  readonly common: Common;
  readonly seeds: readonly number[];
  /** How far from a minimum its rise is measured. */
  readonly distance: number;
  readonly direction: Direction;
}

interface Range {
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly integer?: true;
}

export const ranges = {
  batch: { value: 10, min: 1, max: trained, integer: true },
  updates: { value: 1000, min: 100, max: 5000, integer: true },
  decay: { value: 5e-4, min: 0, max: 0.1 },
  radius: { value: 0.05, min: 0.001, max: 1 },
  distance: { value: 0.5, min: 0.01, max: 5 },
  seeds: { value: 5, min: 1, max: 20, integer: true },
} satisfies { readonly [name: string]: Range };

export type RangeName = keyof typeof ranges;

/** The rule, and its rate if no setting has one. Other rules take their default. */
const usual = { rule: "momentum", rate: 0.05 } as const;

export const rateRange = { min: 1e-6, max: 10 } as const;

function read(settings: Settings, name: RangeName): number {
  const { value, min, max, integer }: Range = ranges[name];
  const number = numberSetting(settings, name, value, min, max);
  return integer ? Math.round(number) : number;
}

export function planOf(settings: Settings): Plan {
  const named = settings.get("rule") ?? "";
  const rule = isRule(named) ? named : usual.rule;
  const rate = rule === usual.rule ? usual.rate : ruleOf(rule).spec.hyper.lr[0];
  const first = seedOf(settings);
  const direction = settings.get("direction") as Direction;
  return {
    common: {
      rule,
      lr: numberSetting(settings, "rate", rate, rateRange.min, rateRange.max),
      weightDecay: read(settings, "decay"),
      batch: read(settings, "batch"),
      updates: read(settings, "updates"),
      radius: read(settings, "radius"),
    },
    seeds: Array.from({ length: read(settings, "seeds") }, (_, i) => (first + i) % 2 ** 32),
    distance: read(settings, "distance"),
    direction: directions.includes(direction) ? direction : directions[0],
  };
}
