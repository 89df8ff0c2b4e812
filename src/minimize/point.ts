// Points of parameter space as callers give them: arrays of numbers, or several by name.

import { isArray, largestF32, readArray, readEntries } from "../checks/check.js";
import { show, showNames, wrongKind, wrongValue } from "../checks/errors.js";
import { kindOf, trueLength } from "../memory/parameters.js";

export type Numbers = readonly number[] | Float32Array | Float64Array;

/** An array of numbers, or arrays of numbers by name. */
export type Point<X = Record<string, unknown>> = Numbers | { readonly [K in keyof X]: Numbers };

/** The same as Float32Arrays, as functions of it get it. */
export type Arrays<X> = X extends Numbers ? Float32Array<ArrayBuffer> : { readonly [K in keyof X]: Float32Array<ArrayBuffer> };

type SameKind<N> = N extends Float32Array
  ? Float32Array<ArrayBuffer>
  : N extends Float64Array
    ? Float64Array<ArrayBuffer>
    : number[];

/** The same with other numbers: each array of the kind that was given. */
export type Like<X> = X extends Numbers ? SameKind<X> : { [K in keyof X]: SameKind<X[K]> };

/** A function to be minimized: returns its value at x and adds its gradient there to g, which is 0 before. */
export type Objective<X> = (x: Arrays<X>, g: Arrays<X>) => number;

type Named<T> = { readonly [name: string]: T };

/** A point that was read. */
export interface ReadPoint<X> {
  /** Its arrays by name, copied as f32; an array without a name is called `x`. */
  readonly parameters: Named<Float32Array<ArrayBuffer>>;
  /** What the function gets, of such arrays: all of them, or the one. */
  arrays(named: object): Arrays<X>;
  /** Copies of such arrays, of the kinds that were given. */
  like(named: object): Like<X>;
  /** An element as messages name it: `weight[3]`. */
  element(name: string, index: number): string;
}

const isNumbers = (value: unknown): value is Numbers =>
  isArray(value) || ["Float32Array", "Float64Array"].includes(kindOf(value) as string);

function readNumbers(where: string, numbers: unknown): Float32Array<ArrayBuffer> {
  const what = "an array of numbers, a Float32Array or a Float64Array";
  if (!isNumbers(numbers)) throw wrongKind(where, what, numbers);
  const read = (x: unknown, i: number) => {
    if (typeof x !== "number") throw wrongKind(`${where}[${i}]`, "a number", x);
    if (!(Math.abs(x) <= largestF32)) throw wrongValue(`${where}[${i}]`, "a number that is finite as f32", x);
    return x;
  };
  let values: number[] = [];
  if (isArray(numbers)) values = readArray(where, what, numbers, read);
  else if (trueLength(numbers) > 0) values = Array.from(numbers, read); // one that is detached has no elements
  if (values.length === 0) throw new RangeError(`${where} expected at least one number, got none`);
  return Float32Array.from(values);
}

function copy(numbers: Numbers, array: Float32Array): number[] | Float32Array | Float64Array {
  if (isArray(numbers)) return Array.from(array);
  return kindOf(numbers) === "Float64Array" ? Float64Array.from(array) : Float32Array.from(array);
}

/** Throws unless `x` is such a point; `where` names it: `minimize: x0`. */
export function readPoint<X>(where: string, x: unknown): ReadPoint<X> {
  if (isNumbers(x)) {
    return {
      parameters: { x: readNumbers(where, x) },
      arrays: (named) => (named as Named<Float32Array>).x as Arrays<X>,
      like: (named) => copy(x, (named as Named<Float32Array>).x as Float32Array) as Like<X>,
      element: (_, index) => `x[${index}]`,
    };
  }
  const what = "an array of numbers, a Float32Array, a Float64Array, or a plain object of them";
  const given = readEntries(where, what, x) as [string, Numbers][];
  if (given.length === 0) throw new RangeError(`${where} expected at least one parameter, got none`);
  const parameters = given.map(([name, numbers]) => [name, readNumbers(`${where}: ${show(name)}`, numbers)] as const);
  return {
    parameters: Object.fromEntries(parameters),
    arrays: (named) => named as Arrays<X>,
    like: (named) =>
      Object.fromEntries(
        given.map(([name, numbers]) => [name, copy(numbers, (named as Named<Float32Array>)[name] as Float32Array)]),
      ) as Like<X>,
    element: (name, index) => `${showNames([name])}[${index}]`,
  };
}
