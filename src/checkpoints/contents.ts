import type { Shape } from "../numerics/shape.js";
import { CheckpointError } from "./checkpointError.js";

/** A value that JSON has. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** An array of an optimizer: a view of its memory. */
export interface NamedArray {
  readonly name: string;
  /** As PyTorch has it. */
  readonly shape: Shape;
  readonly data: Float32Array;
  /** The parameter that it belongs to, and where the parameter's name begins in `name`. */
  readonly of?: { readonly parameter: string; readonly at: number };
}

/** Everything that a checkpoint has of an optimizer. */
export interface Contents {
  readonly rule: string;
  readonly t: number;
  /** Why it cannot be saved now; undefined if it can. */
  readonly unready: string | undefined;
  /** Why the arrays of `state` cannot be read now; undefined if they can. */
  readonly scattered: string | undefined;
  /** The parameters, by the caller's names, in the caller's order. */
  readonly params: readonly NamedArray[];
  /** All other arrays that steps change, by the names of the file. */
  readonly state: readonly NamedArray[];
  /** Numbers for PyTorch alone: loading does not need them. */
  readonly derived: readonly NamedArray[];
  /** The numbers that steps change. */
  readonly progress: Json;
  /** The options, by path: `lr`, `groups[0].frozen`. They are compared, not loaded. */
  readonly options: ReadonlyMap<string, Json>;
  /**
   * Sets the state of schedules that have one, such as `reduceOnPlateau`. Called first: what throws here, a schedule's own check, has changed
   * no optimizer.
   */
  restoreSchedules(progress: Progress): void;
  /** Sets options to the file's values where that is possible. Returns the options that it set, and a function that restores all. */
  take(values: ReadonlyMap<string, unknown>): { readonly taken: ReadonlySet<string>; readonly undo: () => void };
  /** Ends every displacement of the parameters. Arrays can be written now; steps are refused, as `caller` is not done. */
  prepare(caller: string): void;
  /** Sets the numbers, if there are any, and allows steps. After a load that failed, only a load of all arrays allows steps. */
  accept(progress: Progress | undefined, all: boolean): void;
}

/** The numbers of one parameter's group. */
export interface GroupNumbers {
  readonly names: readonly string[];
  readonly steps: number;
  readonly averaged: number;
  readonly carry: { readonly [name: string]: number };
  readonly scheduled: { readonly [name: string]: number };
}

/** `Contents.progress` of a file, in an optimizer's terms or those of L-BFGS. */
export type Progress = { readonly [name: string]: unknown };

// Numbers that JSON lacks.
const texts = ["NaN", "Infinity", "-Infinity", "-0"];

/** A number for JSON: text for NaN, infinity and -0. */
export const toJson = (x: number): Json => (Number.isFinite(x) && !Object.is(x, -0) ? x : Object.is(x, -0) ? "-0" : String(x));

/** The number from JSON. @throws CheckpointError naming the place. */
export function fromJson(where: string, value: unknown): number {
  if (typeof value === "number") return value;
  if (texts.includes(value as string)) return Number(value);
  throw damaged(where, "a number");
}

/** An integer of at least 0. */
export function countFrom(where: string, value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw damaged(where, "an integer of at least 0");
}

/** An object of the file. */
export function objectFrom(where: string, value: unknown): { readonly [name: string]: unknown } {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as { [name: string]: unknown };
  throw damaged(where, "an object");
}

/** A list of the file. */
export function listFrom<T>(where: string, value: unknown, read: (where: string, item: unknown) => T): T[] {
  if (Array.isArray(value)) return value.map((item, i) => read(`${where}[${i}]`, item));
  throw damaged(where, "a list");
}

/** A text of the file. */
export function textFrom(where: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw damaged(where, "a text");
}

/** The error of metadata that `save` does not write. */
export const damaged = (where: string, what: string) =>
  new CheckpointError("format", [`checkpoint: metadata: ${where} expected ${what}`]);
