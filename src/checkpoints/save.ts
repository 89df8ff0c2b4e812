import { checkChoice, isArray, readArray, readEntries, reading, readOptions } from "../checks/check.js";
import { show, wrongKind } from "../checks/errors.js";
import { Optimizer } from "../engine/optimizer.js";
import type { Lbfgs } from "../minimize/lbfgs.js";
import { type Contents, type Json, toJson } from "./contents.js";
import { lbfgsContents } from "./lbfgsContents.js";
import { optimizerContents } from "./optimizerContents.js";
import { writeSafetensors } from "./writeSafetensors.js";

/** An optimizer of a rule, or L-BFGS. */
export type Saveable = Optimizer | Lbfgs;

/** Options of `save`. */
export interface SaveOptions {
  /** A value of your own, which `load` returns: the state of your random numbers, for instance. Anything that JSON can hold. */
  readonly extra?: Json;
  /** "params": saves the parameters alone, by their own names, as files of models have them. By default everything is saved. */
  readonly only?: "params";
}

/** The key of our metadata in a file. */
export const metadataKey = "simdescent";

/** The version of the metadata. A reader refuses later ones. */
export const version = 1;

const jsonKind = "a value of JSON: text, finite number other than -0, boolean, null, list or plain object";

/** A copy of the caller's value. Throws unless JSON holds it exactly. */
function readJson(where: string, value: unknown, depth = 0): Json {
  if (depth > 100) throw wrongKind(where, "a value of at most 100 levels", value);
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && typeof toJson(value) === "number") return value;
  if (isArray(value)) return readArray(where, jsonKind, value, (item, i) => readJson(`${where}[${i}]`, item, depth + 1));
  const entries = typeof value === "object" ? readEntries(where, jsonKind, value) : undefined;
  if (!entries) throw wrongKind(where, jsonKind, value);
  const place = (key: string) => (/^\w{1,40}$/.test(key) ? `.${key}` : `[${show(key)}]`);
  return Object.fromEntries(entries.map(([key, inner]) => [key, readJson(where + place(key), inner, depth + 1)]));
}

/** The contents of an optimizer. `caller` is the function in messages. @internal */
export function contentsOf(caller: string, opt: Saveable, progress?: { readonly [name: string]: unknown }): Contents {
  if (opt instanceof Optimizer) return optimizerContents(opt);
  if (reading(`${caller}: optimizer`, () => isLbfgs(opt))) return lbfgsContents(opt as Lbfgs, progress);
  throw wrongKind(`${caller}: optimizer`, "an optimizer of a rule, or lbfgs", opt);
}

/** Not `instanceof`, which would put L-BFGS into every bundle. */
const isLbfgs = (opt: Saveable) => typeof (opt as Partial<Lbfgs> | null | undefined)?.memoryOf === "function";

/** Reads the options of `save`. @internal */
export function readSaveOptions(caller: string, options: unknown): SaveOptions {
  const given = readOptions(caller, ["extra", "only"], options);
  const [extra, only] = [given.get("extra"), given.get("only")];
  if (only !== undefined) checkChoice(`${caller}: only`, ["params"], only);
  if (extra === undefined) return only ? { only } : {};
  if (only) throw new TypeError(`${caller}: extra expected everything to be saved, got only: ${show(only)}`);
  return { extra: readJson(`${caller}: extra`, extra) };
}

/** Writes a checkpoint. `fit` is the state of a training loop. @internal */
export function write(
  caller: string,
  opt: Saveable,
  { extra, only }: SaveOptions,
  write: (piece: Uint8Array) => void,
  fit?: Json,
): number {
  const { rule, unready, scattered, params, state, derived, progress, options } = contentsOf(caller, opt);
  opt.checkIdle(caller);
  if (unready !== undefined) throw new Error(`${caller}: ${rule} expected ${unready}`);
  const format = ["format", "pt"] as const; // programs for PyTorch ask for it
  if (scattered !== undefined && !only) throw new Error(`${caller}: ${rule} expected ${scattered}`);
  if (only) return writeSafetensors(params, new Map([format]), write);
  const ours = JSON.stringify({ version, rule, progress, options: Object.fromEntries(options), fit, extra });
  const model = params.map((array) => ({ ...array, name: `model.${array.name}` }));
  return writeSafetensors([...model, ...state, ...derived], new Map([format, [metadataKey, ours]]), write);
}

/**
 * Saves an optimizer as the bytes of a safetensors file: parameters, state, and all numbers that steps change. After `load`, training goes on
 * with the bits of an uninterrupted run. Gradients are not saved. Equal states give equal bytes.
 *
 * Allocates the file, about as many bytes as the parameters and the state have. `saveTo` allocates almost nothing.
 * @throws TypeError for a wrong option; Error after `dispose()`, between `shift()` and `step()`, between `eval()` and `train()`, and while
 * there are accumulated gradients; CheckpointError for a name that is no valid Unicode.
 * @example
 * ```ts
 * const opt = adam({ x: 2 });
 * opt.grads.x.fill(1);
 * opt.step();
 * const file = save(opt);
 * const other = adam({ x: 2 });
 * load(other, file);
 * console.log(other.t, other.params.x[0] === opt.params.x[0]); // prints 1 true
 * ```
 */
export function save(opt: Saveable, options?: SaveOptions): Uint8Array<ArrayBuffer> {
  const given = readSaveOptions("save", options);
  let size = 0;
  write("save", opt, given, (piece) => {
    size += piece.length;
  });
  const file = new Uint8Array(size);
  let at = 0;
  write("save", opt, given, (piece) => {
    file.set(piece, at);
    at += piece.length;
  });
  return file;
}

/**
 * Saves an optimizer piece by piece, without a copy: `write` gets the bytes of the file in order, in views of at most 16 MiB. Most are views of
 * the optimizer's memory, which is shared if it has threads: write them or copy them before you return.
 * @returns the number of bytes
 * @throws as `save`, before the first piece; and what `write` throws.
 * @example
 * ```ts
 * const opt = adam({ x: 2 });
 * let longest = 0;
 * const bytes = saveTo(opt, (piece) => {
 *   longest = Math.max(longest, piece.length);
 * });
 * console.log(bytes === save(opt).length, longest < bytes); // prints true true
 * ```
 */
export function saveTo(opt: Saveable, piece: (bytes: Uint8Array) => unknown, options?: SaveOptions): number {
  if (typeof piece !== "function") throw wrongKind("saveTo: write", "a function", piece);
  return write("saveTo", opt, readSaveOptions("saveTo", options), (bytes) => {
    piece(bytes);
  });
}
