import { readEntries } from "./check.js";
import { show, showNames, wrongKind } from "./errors.js";
import { checkDistinct, isFloat32Array, trueLength } from "./parameters.js";

/** Float32Arrays of the caller's own, one for each parameter. */
export type PlainArrays<P> = { readonly [K in keyof P]: Float32Array };

type Named = Readonly<Record<string, Float32Array>>;

/** The caller's own arrays of one kind: checks those that it has not seen last time, and copies them in and out. */
export class Exchange {
  readonly #where: string;
  readonly #names: readonly string[];
  readonly #lengths: readonly number[];
  /** Whether they are written to, so that none may overlap another. */
  readonly #distinct: boolean;
  #arrays: readonly Float32Array[] = [];

  constructor(where: string, views: Named, distinct: boolean) {
    this.#where = where;
    this.#names = Object.keys(views);
    this.#lengths = Object.values(views).map(({ length }) => length);
    this.#distinct = distinct;
  }

  /** Throws unless there is a Float32Array of the right length for each parameter, and nothing else. */
  check(given: unknown): void {
    if (!this.#knows(given)) this.#read(given);
  }

  /** Whether these are the arrays of last time. */
  #knows(given: unknown): boolean {
    const names = this.#names;
    try {
      for (let i = 0; i < names.length; i++) {
        const array = (given as Named)[names[i] as string];
        // One that is detached has no length any more.
        if (array !== this.#arrays[i] || array?.length !== this.#lengths[i]) return false;
      }
    } catch {
      return false; // it cannot be read
    }
    return true;
  }

  copyIn(views: Named): void {
    const arrays = this.#arrays;
    for (let i = 0; i < arrays.length; i++) (views[this.#names[i] as string] as Float32Array).set(arrays[i] as Float32Array);
  }

  copyOut(views: Named): void {
    const arrays = this.#arrays;
    for (let i = 0; i < arrays.length; i++) (arrays[i] as Float32Array).set(views[this.#names[i] as string] as Float32Array);
  }

  clear(): void {
    for (const array of this.#arrays) array.fill(0);
  }

  #read(given: unknown): void {
    const arrays = new Map(readEntries(this.#where, "a plain object of Float32Arrays", given));
    for (const name of arrays.keys())
      if (!this.#names.includes(name))
        throw new TypeError(`${this.#where}: unknown parameter ${show(name)}; they are ${showNames(this.#names)}`);
    const named = this.#names.map((name, i) => {
      const where = `${this.#where}: ${show(name)}`;
      const array = arrays.get(name);
      if (!isFloat32Array(array)) throw wrongKind(where, "a Float32Array", array);
      if (trueLength(array) !== this.#lengths[i]) {
        const what = `${where} expected ${this.#lengths[i]} elements, got`;
        throw new RangeError(`${what} ${trueLength(array) || "an empty or detached Float32Array"}`);
      }
      return { name, array };
    });
    if (this.#distinct) checkDistinct(this.#where, named);
    this.#arrays = named.map(({ array }) => array);
  }
}
