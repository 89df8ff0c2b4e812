// The options of an optimizer as a configuration for JSON. When TensorFlow.js loads a model, it converts every string of the configuration
// to camel case, so no string has an underscore.

import type { serialization } from "@tensorflow/tfjs-core";
import { wrongKind } from "../../checks/errors.js";
import { isRecord } from "./input.js";

export type Config = serialization.ConfigDict;

const text = (value: unknown) => JSON.stringify(value, write).replaceAll("_", "\\u005f");

// JSON has no infinite numbers and no regular expressions.
function write(_: string, value: unknown): unknown {
  if (value === Infinity) return "Infinity";
  return value instanceof RegExp ? { source: value.source, flags: value.flags } : value;
}

/** @throws TypeError for a function, which JSON cannot hold. */
function checkGroup(where: string, group: Readonly<Record<string, unknown>>): void {
  for (const [option, value] of Object.entries(group)) {
    if (typeof value === "function")
      throw new TypeError(`${where}: ${option} is a function, which a configuration cannot hold: save only getWeights()`);
  }
}

/**
 * `hyper` has the settings of the hyper-parameters, `options` all other options. A schedule becomes `{ schedule: true }`, and must be set
 * again after loading.
 */
export function toConfig(
  rule: string,
  hyper: Readonly<Record<string, unknown>>,
  { threads: _threads, ...options }: Readonly<Record<string, unknown>>,
  groups: readonly Readonly<Record<string, unknown>>[],
): Config {
  for (const [i, group] of groups.entries()) checkGroup(`${rule}: groups[${i}]`, group);
  const values = Object.entries(hyper).map(([name, value]) => [name, typeof value === "function" ? { schedule: true } : value]);
  const written = { ...JSON.parse(text(options)), ...Object.fromEntries(values) };
  return groups.length > 0 ? { ...written, groups: text(groups) } : written;
}

const isSchedule = (value: unknown) => typeof value === "object" && value !== null && "schedule" in value;

/** Decodes groups. Returns any other value unchanged; the constructor refuses it. */
function readGroups(groups: unknown): unknown {
  if (typeof groups !== "string") return groups;
  try {
    return (JSON.parse(groups) as { match: string[] | RegExp }[]).map((group) => {
      const { match } = group;
      return Array.isArray(match) ? group : { ...group, match: new RegExp(match.source, match.flags) };
    });
  } catch {
    return groups;
  }
}

/** The options, and the names of the schedules that must be set again. */
export function fromConfig(where: string, config: unknown): { options: Record<string, unknown>; missing: string[] } {
  if (!isRecord(config)) throw wrongKind(where, "what getConfig() returned", config);
  const entries = Object.entries(config).filter(([name]) => name !== "customObjects"); // TensorFlow.js adds them
  const missing = entries.filter(([, value]) => isSchedule(value)).map(([name]) => name);
  const options: Record<string, unknown> = Object.fromEntries(entries.filter(([name]) => !missing.includes(name)));
  if (options.clipNorm === "Infinity") options.clipNorm = Infinity;
  options.groups = readGroups(options.groups);
  return { options, missing };
}
