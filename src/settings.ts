// The options of an optimizer: hyper-parameters, groups and which parameters are in them, and what is done around the rule.

import { ascentOptions, readAscent } from "./ascent.js";
import { checkBoolean, readOptions } from "./check.js";
import { conditioningOptions, readConditioning } from "./conditioning.js";
import type { GroupOptions, Hypers, Slots, Spec } from "./define.js";
import { show, wrongKind, wrongValue } from "./errors.js";
import { followingOptions, readFollowing } from "./following.js";
import { Foreign } from "./foreign.js";
import { HyperParameters, ownOptions } from "./hyper.js";
import type { Tensor } from "./parameters.js";
import type { Pool } from "./threads.js";
import { isShared } from "./wasm.js";

/** A group as the caller described it. */
export interface Membership<H extends Hypers, S extends Slots> {
  readonly tensors: readonly Tensor[];
  readonly hyper: HyperParameters<H, S>;
  readonly frozen: boolean;
}

type Match = GroupOptions<Hypers>["match"];

/** Whether a tensor is meant. */
function matcher(where: string, match: unknown, tensors: readonly Tensor[]): (tensor: Tensor) => boolean {
  if (Object.prototype.toString.call(match) === "[object RegExp]") {
    const { source, flags } = match as RegExp;
    const pattern = new RegExp(source, flags.replace(/[gy]/g, "")); // which would start each test where the last one ended
    return ({ name }) => pattern.test(name);
  }
  if (typeof match === "function") {
    const predicate = match as Extract<Match, (...args: never[]) => unknown>;
    return ({ name, shape }) => {
      const result: unknown = predicate(name, shape);
      checkBoolean(`${where}: the result of match`, result);
      return result;
    };
  }
  if (!Array.isArray(match)) throw wrongKind(`${where}: match`, "a RegExp, an array of names or a function", match);
  const known = new Set<unknown>(tensors.map(({ name }) => name));
  for (const name of match as unknown[]) if (!known.has(name)) throw wrongValue(`${where}: match`, "names of parameters", name);
  const names = new Set<unknown>(match);
  return ({ name }) => names.has(name);
}

/** Reads the options of an optimizer: the groups, that of all parameters that no other has first. Throws, naming rule or group, and option. */
export function readSettings<H extends Hypers, S extends Slots>(spec: Spec<H, S>, options: unknown, tensors: readonly Tensor[]) {
  const own = ownOptions(spec);
  const [conditioning, following, ascent] = [conditioningOptions, followingOptions, ascentOptions].map(Object.keys);
  const given = readOptions(
    spec.name,
    [...own, "groups", "threads", "memory", ...conditioning, ...following, ...ascent],
    options,
  );
  const pick = (from: ReadonlyMap<string, unknown>, names = own) =>
    Object.fromEntries([...from].filter(([name]) => names.includes(name)));
  const usual = new HyperParameters<H, S>(spec, pick(given));
  const groups = given.has("groups") ? given.get("groups") : [];
  if (!Array.isArray(groups)) throw wrongKind(`${spec.name}: groups`, "an array", groups);

  let rest = tensors;
  const members = Array.from(groups as unknown[], (group, i) => {
    const where = `${spec.name}: groups[${i}]`;
    if (group === undefined) throw wrongKind(where, "an object", group);
    const overrides = readOptions(where, ["match", "frozen", ...own], group);
    const frozen = overrides.has("frozen") ? overrides.get("frozen") : false;
    checkBoolean(`${where}: frozen`, frozen);
    const matches = matcher(where, overrides.get("match"), tensors);
    const meant = new Set(tensors.filter(matches));
    const taken = rest.filter((tensor) => meant.has(tensor));
    if (taken.length === 0) {
      const names = tensors.map(({ name }) => show(name)).join(", ");
      const why = meant.size > 0 ? "all that it matches are in groups before it" : `it matches none of ${names}`;
      throw new RangeError(`${where}: match expected a parameter, but ${why}`);
    }
    rest = rest.filter((tensor) => !meant.has(tensor));
    return { tensors: taken, hyper: usual.heir(pick(overrides), where), frozen };
  });
  const memberships: Membership<H, S>[] = [{ tensors: rest, hyper: usual, frozen: false }, ...members];
  const pool = given.get("threads");
  if (pool !== undefined && typeof (pool as Partial<Pool> | null)?.team !== "function")
    throw wrongKind(`${spec.name}: threads`, "a pool made by threads()", pool);
  const settings = {
    memberships,
    // With the calling thread alone there is nothing to share.
    pool: (pool as Pool | undefined)?.size === 1 ? undefined : (pool as Pool | undefined),
    conditioning: readConditioning(spec.name, pick(given, conditioning)),
    following: readFollowing(spec.name, pick(given, following)),
    sam: readAscent(spec.name, given.get("sam")),
  };
  const writesGrads = settings.following.zeroGrad || settings.conditioning.writesGrads;
  const foreign = given.has("memory") ? new Foreign(spec.name, given.get("memory"), tensors, writesGrads) : undefined;
  if (foreign && settings.pool && !isShared(foreign.memory))
    throw wrongKind(`${spec.name}: threads with memory`, "a shared WebAssembly.Memory", foreign.memory);
  return { ...settings, writesGrads, foreign };
}
