import { readEntries } from "../checks/check.js";
import { show, showNames, wrongKind } from "../checks/errors.js";
import { allWithin, piecesOf } from "../kernels/finite.js";
import type { Views } from "../memory/layout.js";
import { findOverlap, type Span } from "../memory/overlap.js";
import { isFloat32Array, trueLength } from "../memory/parameters.js";
import type { Group } from "./group.js";

/** The caller's Float32Arrays, one for each parameter. */
export type PlainArrays<P> = { readonly [K in keyof P]: Float32Array };

type Kind = "params" | "grads";

type Arrays = readonly Float32Array[];

/** The optimizer's views. */
type OptimizerViews = { readonly [kind in Kind]: Views<unknown> };

/** The rest of the optimizer's memory. */
interface OptimizerInternals {
  readonly buffer: ArrayBufferLike;
  /** The bytes that only the optimizer may change. */
  readonly internals: readonly Span[];
}

interface ArraySpan extends Span {
  readonly kind: Kind;
  /** The parameter's name; undefined for the optimizer's state. */
  readonly name: string | undefined;
  /** Whether the array is the optimizer's. */
  readonly own: boolean;
}

/** Copies the caller's arrays in and out. Checks them if they differ from those of the last call. */
export class CallerArrays {
  readonly #where: string;
  readonly #names: readonly string[];
  readonly #lengths: readonly number[];
  // The group of each parameter.
  readonly #groups: readonly Group[];
  #params: Arrays = [];
  #grads: Arrays = [];
  // The pieces of each gradient, for `allWithin`.
  #pieces: readonly Arrays[] = [];

  constructor(rule: string, params: Views<unknown>, groups: readonly Group[]) {
    this.#where = `${rule}: step`;
    this.#names = Object.keys(params);
    this.#lengths = Object.values<Float32Array>(params).map(({ length }) => length);
    this.#groups = this.#names.map((name) => groups.find(({ names }) => names.includes(name)) as Group);
  }

  /**
   * Throws unless both objects have one Float32Array of the right length for each parameter, and nothing else. A parameter may not
   * overlap other arrays, whether the caller's or the optimizer's; the optimizer's view of the same parameter is allowed.
   */
  check(params: unknown, grads: unknown, views: OptimizerViews, internal: OptimizerInternals): void {
    if (this.#unchanged(params, this.#params) && this.#unchanged(grads, this.#grads)) return;
    const [newParams, newGrads] = [this.#read("params", params), this.#read("grads", grads)];
    this.#checkOverlap(newParams, newGrads, views, internal);
    this.#params = newParams;
    this.#grads = newGrads;
    this.#pieces = newGrads.map(piecesOf);
  }

  /** The first parameter with a gradient beyond the limit; by default with one that is not finite. Skips frozen groups. */
  firstBeyond(limit?: number): string | undefined {
    const pieces = this.#pieces;
    for (let i = 0; i < pieces.length; i++)
      if (!(this.#groups[i] as Group).frozen && !allWithin(pieces[i] as Arrays, limit)) return this.#names[i];
    return undefined;
  }

  copyIn(params: Views<unknown>, grads: Views<unknown>): void {
    for (let i = 0; i < this.#names.length; i++) {
      this.#arrayOf(params, i).set(this.#params[i] as Float32Array);
      this.#arrayOf(grads, i).set(this.#grads[i] as Float32Array);
    }
  }

  /** Copies the parameters to the caller's arrays. */
  copyOut(params: Views<unknown>): void {
    for (let i = 0; i < this.#names.length; i++) (this.#params[i] as Float32Array).set(this.#arrayOf(params, i));
  }

  clearGrads(): void {
    for (let i = 0; i < this.#grads.length; i++) (this.#grads[i] as Float32Array).fill(0);
  }

  #arrayOf(arrays: object, i: number): Float32Array {
    return (arrays as Readonly<Record<string, Float32Array>>)[this.#names[i] as string] as Float32Array;
  }

  /** Whether an object has exactly the arrays of the last call. */
  #unchanged(given: unknown, arrays: Arrays): boolean {
    if (typeof given !== "object" || given === null || arrays.length === 0) return false;
    try {
      let count = 0;
      for (const _ in given) count += 1; // Object.keys() would allocate an array
      if (count !== arrays.length) return false;
      for (let i = 0; i < arrays.length; i++) {
        const array = this.#arrayOf(given, i);
        // A detached array has length 0.
        if (array !== arrays[i] || array?.length !== this.#lengths[i]) return false;
      }
    } catch {
      return false; // a getter or proxy threw
    }
    return true;
  }

  #read(kind: Kind, given: unknown): Arrays {
    const where = `${this.#where}: ${kind}`;
    const arrays = new Map(readEntries(where, "a plain object of Float32Arrays", given));
    for (const name of arrays.keys())
      if (!this.#names.includes(name))
        throw new TypeError(`${where}: unknown parameter ${show(name)}; the parameters are ${showNames(this.#names)}`);
    return this.#names.map((name, i) => {
      const what = `${where}: ${show(name)}`;
      const array = arrays.get(name);
      if (!isFloat32Array(array)) throw wrongKind(what, "a Float32Array", array);
      const length = trueLength(array);
      if (length === this.#lengths[i]) return array;
      throw new RangeError(`${what} expected ${this.#lengths[i]} elements, got ${length || "an empty or detached Float32Array"}`);
    });
  }

  #checkOverlap(params: Arrays, grads: Arrays, views: OptimizerViews, { buffer, internals }: OptimizerInternals): void {
    const span = (
      { buffer, byteOffset: begin, byteLength }: Float32Array,
      kind: Kind,
      name: string | undefined,
      own: boolean,
    ) => {
      return { buffer, begin, end: begin + byteLength, kind, name, own };
    };
    const names = this.#names;
    const spans: ArraySpan[] = [
      ...params.map((array, i) => span(array, "params", names[i], false)),
      ...grads.map((array, i) => span(array, "grads", names[i], false)),
    ];
    if (spans.some((span) => span.buffer === buffer)) {
      for (const kind of ["params", "grads"] as const)
        for (const [name, array] of Object.entries<Float32Array>(views[kind])) spans.push(span(array, kind, name, true));
      for (const bytes of internals) spans.push({ ...bytes, buffer, kind: "params", name: undefined, own: true });
    }
    // Gradients may overlap: the step only reads them, or sets them to 0. The optimizer's view of the same array needs no copy.
    const pair = findOverlap(spans, (a, b) =>
      a.own || b.own
        ? a.own !== b.own && a.kind === b.kind && a.name === b.name && a.begin === b.begin
        : a.kind === "grads" && b.kind === "grads",
    );
    if (pair) throw new RangeError(`${this.#where}: ${pair.map(describe).join(" and ")} share memory; expected separate arrays`);
  }
}

const describe = ({ kind, name, own }: ArraySpan) =>
  `${own ? "opt." : ""}${name === undefined ? "state" : `${kind}: ${show(name)}`}`;
