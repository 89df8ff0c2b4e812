import { checkBoolean, checkFunction, checkNumber, readArray, readOptions } from "../checks/check.js";
import { wrongKind } from "../checks/errors.js";
import type { Hyper, HyperSettings, Hypers, Slots } from "../engine/spec.js";
import type { Rule } from "../rules/define.js";
import type { Threads } from "../threads/pool.js";
import { pools } from "../threads/pools.js";
import { checks, type Reference, type Subject, tryOut } from "./checks.js";

/** Options of `checkRule`. */
export interface CheckRuleOptions<H extends Hypers, S extends Slots> {
  /** The rule's formula in f64, to compare with. Write it from the paper, not from the kernel. Required. */
  readonly reference: Reference<H, S>;
  /** Options with which the rule is checked, besides its defaults. A hyper-parameter has to matter with one of them. Default none. */
  readonly options?: readonly Partial<HyperSettings<H>>[];
  /** Largest difference to the reference after 20 steps, relative to the largest value of the array. Default 1e-5, in (0,inf). */
  readonly tolerance?: number;
  /** Whether the step of an element depends on that element alone. Default: true for kernels without `perTensor`, false for `update`. */
  readonly elementwise?: boolean;
  /** A pool of at least two threads, to check that they give the same bits. Default none. */
  readonly threads?: Threads;
}

/** The result of one check: what was found, or why it does not apply. */
export interface RuleCheck {
  /** The name of the check. */
  readonly name: string;
  /** What it found, in words. */
  readonly result: string;
}

/**
 * Tests a rule, in any test runner: `test("my rule", () => { checkRule(myRule, { reference }); })`. It compares 20 steps with the f64
 * reference; compares bits of vectors and tails, of odd addresses, of several tensors, after a snapshot, and on threads; looks for writes
 * outside of the arrays, for hyper-parameters without effect, for NaN that spreads or comes from gradients of 0 or of any size.
 * @returns What each check found.
 * @throws Error that names the rule and every failed check; TypeError or RangeError for wrong options.
 * @example
 * ```ts
 * import { sgd } from "simdescent";
 * import { checkRule } from "simdescent/testing";
 *
 * const found = checkRule(sgd, {
 *   reference({ p, g }, { lr }) {
 *     for (let i = 0; i < p.length; i++) p[i] -= lr * g[i];
 *   },
 * });
 * console.log(found.length > 8); // prints true
 * ```
 */
export function checkRule<H extends Hypers, S extends Slots>(rule: Rule<H, S>, options: CheckRuleOptions<H, S>): RuleCheck[] {
  const spec = (rule as unknown as { readonly spec?: Rule<H, S>["spec"] } | undefined)?.spec;
  if (typeof rule !== "function" || spec === undefined)
    throw wrongKind("checkRule: rule", "a rule, from defineRule or the package", rule);
  const where = `checkRule: ${spec.name}`;
  const given = readOptions(where, ["reference", "options", "tolerance", "elementwise", "threads"], options);
  const reference = given.get("reference");
  checkFunction(`${where}: reference`, reference);
  const tolerance = given.get("tolerance") ?? 1e-5;
  checkNumber(`${where}: tolerance`, "(0,inf)", tolerance);
  const elementwise = given.get("elementwise") ?? !spec.perTensor;
  checkBoolean(`${where}: elementwise`, elementwise);
  const pool = given.get("threads");
  if (pool !== undefined && !pools.has(pool as object)) throw wrongKind(`${where}: threads`, "a pool made by threads()", pool);
  const sets = readArray(`${where}: options`, "an array of options", given.get("options") ?? [], (set, i) =>
    Object.fromEntries(readOptions(`${where}: options[${i}]`, Object.keys(spec.hyper), set ?? null)),
  );
  const subject: Subject = {
    rule,
    hyper: Object.entries<Hyper>(spec.hyper),
    sets: [{}, ...sets],
    reference: reference as Subject["reference"],
    tolerance,
    elementwise,
    threads: pool as Threads | undefined,
  };
  tryOut(where, subject);
  const found: RuleCheck[] = [];
  const failed: string[] = [];
  for (const { name, run } of checks) {
    try {
      found.push({ name, result: run(subject) });
    } catch (error) {
      failed.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (failed.length > 0)
    throw new Error(`${where}: ${failed.length} of ${checks.length} checks failed\n  ${failed.join("\n  ")}`);
  return found;
}
