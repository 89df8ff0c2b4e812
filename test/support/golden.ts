// The golden values: what other libraries computed. test/golden/README.md says what each file covers, and how it is made.
import { readFileSync } from "node:fs";

/** Arrays by the name of the parameter. */
export type Arrays = Readonly<Record<string, readonly number[]>>;

/** A file of golden values. */
export interface Golden<Case> {
  /** Of the library. */
  readonly version: string;
  readonly cases: readonly Case[];
}

/** A file of rules' steps over the same random gradients. */
export interface Runs<Case> extends Golden<Case> {
  readonly steps: number;
  readonly seed: number;
  readonly shapes: Readonly<Record<string, number[]>>;
}

/** Steps of a rule, and the parameters after them. */
export interface Run {
  readonly rule: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly params: Arrays;
}

/** Steps of a rule alone. */
export interface RuleRun extends Run {
  /** The library's call that does the same; only the parameters are then compared. */
  readonly as?: string;
  /** What docs/frameworks.md says of the call. */
  readonly remark?: string;
  /** The parameters that are compared; by default all. */
  readonly only?: string[];
  /** Steps from one observed gradient to the next, which is observed before the step; the first one is. */
  readonly observe?: number;
  /** Of the parameters that have it. */
  readonly state?: Readonly<Record<string, Arrays>>;
  readonly carry?: Readonly<Record<string, number>>;
  /** What `eval()` shows. */
  readonly evaluation?: Arrays;
}

/** Steps of a rule with options of the engine. */
export interface EngineRun extends Run {
  readonly theirs: string;
  /** How the gradients come, where there is more to it than a random one for each step: engine.py. */
  readonly start?: number;
  readonly size?: number;
  readonly windows?: number[];
  readonly weights?: number[];
  readonly spoiled?: [count: number, name: string, i: number, value: string][];
  readonly curved?: boolean;
  readonly average?: Arrays;
  readonly slow?: Arrays;
  /** At the last step. */
  readonly gradNorm?: number;
  /** The factor of the loss after every step. */
  readonly scales?: number[];
  /** The numbers of the skipped steps, 0 first. */
  readonly skipped?: number[];
}

/** Reads a file by its name without the ending. */
export const readGolden = <G>(name: string): G =>
  JSON.parse(readFileSync(new URL(`../golden/${name}.json`, import.meta.url), "utf8"));

/** The cases of several files, each with the library that computed it. */
export function readRuns<Case>(files: Readonly<Record<string, string>>) {
  return Object.entries(files).flatMap(([from, name]) => {
    const golden = readGolden<Runs<Case>>(name);
    return golden.cases.map((row) => ({ ...row, from, golden }));
  });
}
