// The options of an optimizer: hyper-parameters, groups and which parameters are in them, and what is done around the rule.

import { checkBoolean, readArray, readOptions } from "../checks/check.js";
import { isClass, list, show, wrongKind, wrongValue } from "../checks/errors.js";
import { isShared } from "../kernels/wasm.js";
import { Foreign } from "../memory/foreign.js";
import type { Tensor } from "../memory/parameters.js";
import type { Pool } from "../threads/pool.js";
import { pools } from "../threads/pools.js";
import { epilogueOptions, readEpilogueOptions } from "./epilogue.js";
import { gradientOptions, readGradientOptions } from "./gradientProcessing.js";
import { HyperParameters, ownOptions } from "./hyperParameters.js";
import type { GroupOptions } from "./options.js";
import { ascentOptions, readAscent } from "./sam.js";
import type { Hypers, Slots, Spec } from "./spec.js";

/** A group as the caller described it. */
export interface GroupMembers<H extends Hypers, S extends Slots> {
  readonly tensors: readonly Tensor[];
  readonly hyper: HyperParameters<H, S>;
  readonly frozen: boolean;
}

type Match = GroupOptions<Hypers>["match"];

/** Whether a tensor is meant. */
function matcher(where: string, match: unknown, tensors: readonly Tensor[]): (tensor: Tensor) => boolean {
  const pattern = readPattern(match);
  if (pattern) return ({ name }) => pattern.test(name);
  if (typeof match === "function" && !isClass(match)) {
    const predicate = match as Extract<Match, (...args: never[]) => unknown>;
    return ({ name, shape }) => {
      const result: unknown = predicate(name, shape);
      checkBoolean(`${where}: the result of match`, result);
      return result;
    };
  }
  const known = new Set<unknown>(tensors.map(({ name }) => name));
  const read = (name: unknown) => {
    if (!known.has(name)) throw wrongValue(`${where}: match`, "names of parameters", name);
    return name;
  };
  const names = new Set(readArray(`${where}: match`, "a RegExp, an array of names or a function", match, read));
  return ({ name }) => names.has(name);
}

/** A pattern like the caller's, without the flags by which a test starts where the last one ended. */
function readPattern(match: unknown): RegExp | undefined {
  try {
    // The getter of another realm's RegExp knows ours, and throws for anything else.
    const source = (Object.getOwnPropertyDescriptor(RegExp.prototype, "source") as { get(): string }).get.call(match);
    return new RegExp(source, (match as RegExp).flags.replace(/[gy]/g, ""));
  } catch {
    return undefined;
  }
}

/** The names of all options of a rule. */
export const optionNames = (spec: Pick<Spec, "hyper">): string[] => [
  ...ownOptions(spec),
  "groups",
  "threads",
  "memory",
  ...[gradientOptions, epilogueOptions, ascentOptions].flatMap(Object.keys),
];

/** Reads the options of an optimizer: the groups, that of all parameters that no other has first. Throws, naming rule or group, and option. */
export function readEngineOptions<H extends Hypers, S extends Slots>(
  spec: Spec<H, S>,
  options: unknown,
  tensors: readonly Tensor[],
) {
  const own = ownOptions(spec);
  const [conditioning, following] = [gradientOptions, epilogueOptions].map(Object.keys);
  const given = readOptions(spec.name, optionNames(spec), options);
  const pick = (from: ReadonlyMap<string, unknown>, names = own) =>
    Object.fromEntries([...from].filter(([name]) => names.includes(name)));
  const usual = new HyperParameters<H, S>(spec, pick(given));
  const groups = given.has("groups") ? given.get("groups") : [];

  let rest = tensors;
  const members = readArray(`${spec.name}: groups`, "an array", groups, (group, i) => {
    const where = `${spec.name}: groups[${i}]`;
    if (group === undefined) throw wrongKind(where, "an object", group);
    const overrides = readOptions(where, ["match", "frozen", ...own], group);
    const frozen = overrides.has("frozen") ? overrides.get("frozen") : false;
    checkBoolean(`${where}: frozen`, frozen);
    const matches = matcher(where, overrides.get("match"), tensors);
    const meant = new Set(tensors.filter(matches));
    const taken = rest.filter((tensor) => meant.has(tensor));
    if (taken.length === 0) {
      const names = list(tensors.length, (i) => show(tensors[i]?.name));
      const why = meant.size > 0 ? "all that it matches are in groups before it" : `it matches none of ${names}`;
      throw new RangeError(`${where}: match expected a parameter, but ${why}`);
    }
    rest = rest.filter((tensor) => !meant.has(tensor));
    return { tensors: taken, hyper: usual.child(pick(overrides), where), frozen };
  });
  const memberships: GroupMembers<H, S>[] = [{ tensors: rest, hyper: usual, frozen: false }, ...members];
  const pool = given.get("threads");
  if (pool !== undefined && !pools.has(pool as object))
    throw wrongKind(`${spec.name}: threads`, "a pool made by threads()", pool);
  const settings = {
    memberships,
    // With the calling thread alone there is nothing to share.
    pool: (pool as Pool | undefined)?.size === 1 ? undefined : (pool as Pool | undefined),
    conditioning: readGradientOptions(spec.name, pick(given, conditioning)),
    following: readEpilogueOptions(spec.name, pick(given, following)),
    sam: readAscent(spec.name, given.get("sam")),
  };
  const writesGrads = settings.following.zeroGrad || settings.conditioning.writesGrads;
  const foreign = given.has("memory") ? new Foreign(spec.name, given.get("memory"), tensors, writesGrads) : undefined;
  if (foreign && settings.pool && !isShared(foreign.memory))
    throw wrongKind(`${spec.name}: threads with memory`, "a shared WebAssembly.Memory", foreign.memory);
  const { pool: team, sam, conditioning: before, following: after } = settings;
  const checked = {
    ...before,
    lossScale: Boolean(before.lossScale),
    ...after,
    sam,
    threads: team?.size,
    memory: foreign && true,
  };
  // What there is around the rule, for people.
  const around = Object.entries(checked).filter(([name, value]) => given.has(name) && value !== undefined && value !== false);
  return { ...settings, writesGrads, foreign, around };
}
