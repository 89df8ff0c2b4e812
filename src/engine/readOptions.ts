// Reads the options of an optimizer: hyper-parameters, groups, and the options of the engine.

import { checkBoolean, readArray, readOptions } from "../checks/check.js";
import { isClass, list, show, wrongKind, wrongValue } from "../checks/errors.js";
import type { Tensor } from "../memory/parameters.js";
import { arenas, foreignMemories, type MemorySource, ownMemory } from "../memory/source.js";
import type { KernelPool } from "../threads/pool.js";
import { pools } from "../threads/pools.js";
import { epilogueOptions, readEpilogueOptions } from "./epilogue.js";
import { gradientOptions, readGradientOptions } from "./gradientOptions.js";
import { HyperParameters, ownOptions } from "./hyperParameters.js";
import type { GroupOptions } from "./options.js";
import { readSamOption, samOption } from "./sam.js";
import { readShard } from "./shard.js";
import type { Hypers, Slots, Spec } from "./spec.js";

type Match = GroupOptions<Hypers>["match"];

/** A group of the option `groups`. */
export interface GroupSettings<H extends Hypers, S extends Slots> {
  readonly where: string;
  /** Selects the tensors that the group matches. */
  readonly select: (tensors: readonly Tensor[]) => Tensor[];
  readonly hyper: HyperParameters<H, S>;
  readonly frozen: boolean;
}

/** The parameters of a group, and their hyper-parameters. */
export interface GroupMembers<H extends Hypers, S extends Slots> {
  readonly tensors: readonly Tensor[];
  readonly hyper: HyperParameters<H, S>;
  readonly frozen: boolean;
}

/** Reads `match`. Returns a function that selects the matching tensors. */
function readMatch(where: string, match: unknown): (tensors: readonly Tensor[]) => Tensor[] {
  const pattern = readPattern(match);
  if (pattern) return (tensors) => tensors.filter(({ name }) => pattern.test(name));
  if (typeof match === "function" && !isClass(match)) {
    const predicate = match as Extract<Match, (...args: never[]) => unknown>;
    return (tensors) =>
      tensors.filter(({ name, shape }) => {
        const result: unknown = predicate(name, shape);
        checkBoolean(`${where}: the result of match`, result);
        return result;
      });
  }
  const refuse = (name: unknown) => wrongValue(`${where}: match`, "names of parameters", name);
  const names = readArray(`${where}: match`, "a RegExp, an array of names or a function", match, (name) => {
    if (typeof name !== "string") throw refuse(name);
    return name;
  });
  return (tensors) => {
    const known = new Set(tensors.map(({ name }) => name));
    for (const name of names) if (!known.has(name)) throw refuse(name);
    return tensors.filter(({ name }) => names.includes(name));
  };
}

/** The caller's pattern without the flags g and y. With these, a test would start at the end of the last match. */
function readPattern(match: unknown): RegExp | undefined {
  try {
    // This getter also reads a RegExp of another realm. It throws for anything else.
    const source = (Object.getOwnPropertyDescriptor(RegExp.prototype, "source") as { get(): string }).get.call(match);
    return new RegExp(source, (match as RegExp).flags.replace(/[gy]/g, ""));
  } catch {
    return undefined;
  }
}

/** Reads the option `memory`. */
export function readMemory(rule: string, given: unknown): MemorySource {
  if (given === undefined) return ownMemory;
  if (arenas.has(given as object) || foreignMemories.has(given as object)) return given as MemorySource;
  throw wrongKind(`${rule}: memory`, "arena() or foreignMemory({ memory, allocate, params })", given);
}

const engineOptions = [
  "groups",
  "threads",
  "memory",
  "shard",
  ...[gradientOptions, epilogueOptions, samOption].flatMap(Object.keys),
];

/** The names of all options of a rule. */
export const optionNames = (spec: Pick<Spec, "hyper">): string[] => [...ownOptions(spec), ...engineOptions];

/** Reads and checks the options of an optimizer, without its parameters. Errors name the rule or group, the option and the value. */
export function readEngineOptions<H extends Hypers, S extends Slots>(spec: Spec<H, S>, options: unknown) {
  const own = ownOptions(spec);
  const given = readOptions(spec.name, optionNames(spec), options);
  const pick = (from: ReadonlyMap<string, unknown>, names = own) => {
    const picked: Record<string, unknown> = {};
    for (const [name, value] of from) if (names.includes(name)) picked[name] = value;
    return picked;
  };
  const defaults = new HyperParameters<H, S>(spec, pick(given));
  const groups = readArray(`${spec.name}: groups`, "an array", given.has("groups") ? given.get("groups") : [], (group, i) => {
    const where = `${spec.name}: groups[${i}]`;
    if (group === undefined) throw wrongKind(where, "an object", group);
    const overrides = readOptions(where, ["match", "frozen", ...own], group);
    const frozen = overrides.has("frozen") ? overrides.get("frozen") : false;
    checkBoolean(`${where}: frozen`, frozen);
    const select = readMatch(where, overrides.get("match"));
    return { where, select, hyper: defaults.child(pick(overrides), where), frozen } satisfies GroupSettings<H, S>;
  });
  const pool = given.get("threads");
  if (pool !== undefined && !pools.has(pool as object))
    throw wrongKind(`${spec.name}: threads`, "a pool made by threads()", pool);
  const gradients = readGradientOptions(spec.name, pick(given, Object.keys(gradientOptions)));
  const epilogue = readEpilogueOptions(spec.name, pick(given, Object.keys(epilogueOptions)));
  const sam = readSamOption(spec.name, given.get("sam"));
  const memory = readMemory(spec.name, given.get("memory"));
  const shard = readShard(spec as unknown as Spec, given.get("shard"), foreignMemories.has(memory));
  // Names alone, because what the optimizer keeps may not keep the caller's memory.
  const set = new Set(given.keys());
  // A pool of one thread shares nothing.
  const shared = (pool as KernelPool | undefined)?.size === 1 ? undefined : (pool as KernelPool | undefined);
  return {
    defaults,
    groups,
    pool: shared,
    gradients,
    epilogue,
    sam,
    writesGrads: epilogue.zeroGrad || gradients.writesGrads,
    memory,
    shard,
    /** The engine options that the caller set, for `summary` and checkpoints. */
    around: () => {
      const all = {
        ...gradients,
        ...epilogue,
        sam,
        threads: shared?.size,
        memory: true,
        shard: shard?.ranks,
      };
      return Object.entries(all).filter(([name, value]) => value !== undefined && value !== false && set.has(name));
    },
  };
}

export type EngineSettings<H extends Hypers, S extends Slots> = ReturnType<typeof readEngineOptions<H, S>>;

/**
 * The parameters of each group. The default group comes first: it has the parameters that no group matches. A parameter belongs to the
 * first group that matches it.
 */
export function assignGroups<H extends Hypers, S extends Slots>(
  { defaults, groups }: Pick<EngineSettings<H, S>, "defaults" | "groups">,
  tensors: readonly Tensor[],
): GroupMembers<H, S>[] {
  let rest = tensors;
  const members = groups.map(({ where, select, hyper, frozen }) => {
    const matched = new Set(select(tensors));
    const taken = rest.filter((tensor) => matched.has(tensor));
    if (taken.length === 0) {
      const names = list(tensors.length, (i) => show(tensors[i]?.name));
      const why = matched.size > 0 ? "earlier groups contain all its matches" : `it matches none of ${names}`;
      throw new RangeError(`${where}: match expected a parameter, but ${why}`);
    }
    rest = rest.filter((tensor) => !matched.has(tensor));
    return { tensors: taken, hyper, frozen };
  });
  return [{ tensors: rest, hyper: defaults, frozen: false }, ...members];
}
