// Reads the options of a rule for TensorFlow.js, each once.

import { checkInteger } from "../../checks/check.js";
import { wrongKind } from "../../checks/errors.js";
import type { Options } from "../../engine/options.js";
import { type EngineSettings, readEngineOptions } from "../../engine/readOptions.js";
import type { Hypers, Slots, Spec } from "../../engine/spec.js";
import { type Config, toConfig } from "./config.js";
import { isRecord } from "./input.js";

const excluded = {
  zeroGrad: "frees its gradients itself",
  memory: "has its own",
} as const;

/** The options of a rule for TensorFlow.js: without `zeroGrad` and `memory`, because TensorFlow.js frees gradients and owns the memory. */
export type TfjsOptions<H extends Hypers> = Omit<Options<H>, keyof typeof excluded | "accumulate"> & {
  /**
   * Number of micro-batches to one step, which uses the mean of their gradients: calls of `applyGradients`, or batches of `fit`. Default 1.
   * Accumulated gradients are not saved. Not with `sam`.
   */
  readonly accumulate?: number;
};

/** The options of one optimizer, with the current hyper-parameters. */
export interface TfjsSettings<H extends Hypers, S extends Slots> extends EngineSettings<H, S> {
  /** Micro-batches to one step. */
  readonly averaged: number;
  /** The configuration for JSON. `frozen` says which groups are frozen now. */
  config(frozen: readonly boolean[]): Config;
}

type GroupOptions = Readonly<Record<string, unknown>>;

/** Reads and checks the options. No variables are needed yet. */
export function readTfjsOptions<H extends Hypers, S extends Slots>(spec: Spec<H, S>, given: unknown): TfjsSettings<H, S> {
  const options = given === undefined ? {} : given;
  if (!isRecord(options)) throw wrongKind(`${spec.name}: options`, "a plain object", given);
  for (const [option, why] of Object.entries(excluded))
    if (options[option] !== undefined)
      throw new TypeError(`${spec.name}: ${option} is no option for TensorFlow.js, which ${why}`);
  const { groups = [], accumulate = 1, sam, ...others } = options;
  checkInteger(`${spec.name}: accumulate`, 1, accumulate);
  if (accumulate > 1 && sam) throw new TypeError(`${spec.name}: accumulate and sam expected one of them, got both`);
  const settings = readEngineOptions(spec, { ...others, groups, sam, accumulate: accumulate > 1 });
  const around = Object.entries({ ...others, sam, accumulate: options.accumulate }).filter(
    ([name, value]) => !Object.hasOwn(spec.hyper, name) && value !== undefined,
  );
  const defined = (group: GroupOptions) => Object.entries(group).filter(([, value]) => value !== undefined);
  const configOf = (group: GroupOptions, i: number, frozen: boolean | undefined) => {
    const own = settings.groups[i]?.hyper.ownSettings;
    return { ...Object.fromEntries(defined(group)), ...own, ...(frozen === undefined ? {} : { frozen }) };
  };
  return {
    ...settings,
    averaged: accumulate,
    config: (frozen) => {
      const described = Array.from(groups as GroupOptions[], (group, i) => configOf(group, i, frozen[i]));
      return toConfig(spec.name, settings.defaults.settings, Object.fromEntries(around), described);
    },
  };
}
