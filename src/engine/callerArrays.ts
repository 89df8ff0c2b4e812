import { readEntries } from "../checks/check.js";
import { show, showNames, wrongKind } from "../checks/errors.js";
import { allFinite, piecesOf } from "../kernels/finite.js";
import type { Views } from "../memory/layout.js";
import { findOverlap, type Span } from "../memory/overlap.js";
import { isFloat32Array, trueLength } from "../memory/parameters.js";
import type { Group } from "./group.js";

/** Float32Arrays of the caller's own, one for each parameter. */
export type PlainArrays<P> = { readonly [K in keyof P]: Float32Array };

type Kind = "params" | "grads";

type Arrays = readonly Float32Array[];

/** The optimizer's own arrays. */
type Own = { readonly [kind in Kind]: Views<unknown> };

interface Given extends Span {
  readonly kind: Kind;
  /** Undefined for what is neither parameter nor gradient. */
  readonly name: string | undefined;
  /** Whether it is the optimizer's. */
  readonly own: boolean;
}

/** Copies the caller's arrays in and out. Checks them when they differ from those of the last call. */
export class CallerArrays {
  readonly #where: string;
  readonly #names: readonly string[];
  readonly #lengths: readonly number[];
  // That of each parameter.
  readonly #groups: readonly Group[];
  #params: Arrays = [];
  #grads: Arrays = [];
  // Of each gradient.
  #pieces: readonly Arrays[] = [];

  /** For an optimizer with these parameters, and these groups, each in one. */
  constructor(rule: string, params: Views<unknown>, groups: readonly Group[]) {
    this.#where = `${rule}: step`;
    this.#names = Object.keys(params);
    this.#lengths = Object.values<Float32Array>(params).map(({ length }) => length);
    this.#groups = this.#names.map((name) => groups.find(({ names }) => names.includes(name)) as Group);
  }

  /**
   * Throws unless there is a Float32Array of the right length for each parameter and each gradient, and nothing else; and where bytes of a
   * parameter are another's, or a gradient's, or the optimizer's own of another name or kind; `memory` has its state.
   */
  check(params: unknown, grads: unknown, own: Own, memory: { readonly persistent: Float32Array }): void {
    if (this.#knows(params, this.#params) && this.#knows(grads, this.#grads)) return;
    const [newParams, newGrads] = [this.#read("params", params), this.#read("grads", grads)];
    this.#checkOverlap(newParams, newGrads, own, memory.persistent);
    this.#params = newParams;
    this.#grads = newGrads;
    this.#pieces = newGrads.map(piecesOf);
  }

  /** The first parameter whose gradient is not finite, of those that are not frozen. */
  firstNonFinite(): string | undefined {
    const pieces = this.#pieces;
    for (let i = 0; i < pieces.length; i++)
      if (!(this.#groups[i] as Group).frozen && !allFinite(pieces[i] as Arrays)) return this.#names[i];
    return undefined;
  }

  copyIn(params: Views<unknown>, grads: Views<unknown>): void {
    for (let i = 0; i < this.#names.length; i++) {
      this.#own(params, i).set(this.#params[i] as Float32Array);
      this.#own(grads, i).set(this.#grads[i] as Float32Array);
    }
  }

  /** The parameters. */
  copyOut(params: Views<unknown>): void {
    for (let i = 0; i < this.#names.length; i++) (this.#params[i] as Float32Array).set(this.#own(params, i));
  }

  clearGrads(): void {
    for (let i = 0; i < this.#grads.length; i++) (this.#grads[i] as Float32Array).fill(0);
  }

  #own(views: Views<unknown>, i: number): Float32Array {
    return (views as Readonly<Record<string, Float32Array>>)[this.#names[i] as string] as Float32Array;
  }

  /** Whether the arrays are those of last time, and there are no others. */
  #knows(given: unknown, arrays: Arrays): boolean {
    if (typeof given !== "object" || given === null || arrays.length === 0) return false;
    try {
      let count = 0;
      for (const _ in given) count += 1; // where Object.keys() would make an array
      if (count !== arrays.length) return false;
      for (let i = 0; i < arrays.length; i++) {
        const array = this.#own(given, i);
        // One that is detached has no length any more.
        if (array !== arrays[i] || array?.length !== this.#lengths[i]) return false;
      }
    } catch {
      return false; // it cannot be read
    }
    return true;
  }

  #read(kind: Kind, given: unknown): Arrays {
    const where = `${this.#where}: ${kind}`;
    const arrays = new Map(readEntries(where, "a plain object of Float32Arrays", given));
    for (const name of arrays.keys())
      if (!this.#names.includes(name))
        throw new TypeError(`${where}: unknown parameter ${show(name)}; they are ${showNames(this.#names)}`);
    return this.#names.map((name, i) => {
      const what = `${where}: ${show(name)}`;
      const array = arrays.get(name);
      if (!isFloat32Array(array)) throw wrongKind(what, "a Float32Array", array);
      const length = trueLength(array);
      if (length === this.#lengths[i]) return array;
      throw new RangeError(`${what} expected ${this.#lengths[i]} elements, got ${length || "an empty or detached Float32Array"}`);
    });
  }

  #checkOverlap(params: Arrays, grads: Arrays, own: Own, kept: Float32Array): void {
    const span = (
      { buffer, byteOffset: begin, byteLength }: Float32Array,
      kind: Kind,
      name: string | undefined,
      own: boolean,
    ) => {
      return { buffer, begin, end: begin + byteLength, kind, name, own };
    };
    const names = this.#names;
    const given: Given[] = [
      ...params.map((array, i) => span(array, "params", names[i], false)),
      ...grads.map((array, i) => span(array, "grads", names[i], false)),
    ];
    if (given.some(({ buffer }) => buffer === kept.buffer)) {
      for (const kind of ["params", "grads"] as const)
        for (const [name, array] of Object.entries<Float32Array>(own[kind])) given.push(span(array, kind, name, true));
      given.push(span(kept, "params", undefined, true));
    }
    // Gradients are only read, or set to 0. An array that is the optimizer's own in its own place is not copied at all.
    const pair = findOverlap(given, (a, b) =>
      a.own || b.own
        ? a.own !== b.own && a.kind === b.kind && a.name === b.name && a.begin === b.begin
        : a.kind === "grads" && b.kind === "grads",
    );
    if (pair) throw new RangeError(`${this.#where}: ${pair.map(describe).join(" and ")} share memory; expected separate arrays`);
  }
}

const describe = ({ kind, name, own }: Given) => `${own ? "opt." : ""}${name === undefined ? "state" : `${kind}: ${show(name)}`}`;
