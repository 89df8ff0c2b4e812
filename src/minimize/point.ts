// The caller's points in parameter space: an array of numbers, or several arrays by name.

import { isArray, largestF32, readArray, readEntries } from "../checks/check.js";
import { show, showNames, wrongKind, wrongValue } from "../checks/errors.js";
import { kindOf, trueLength } from "../memory/parameters.js";

/** An array of numbers, typed or not. */
export type Numbers = readonly number[] | Float32Array | Float64Array;

/** An array of numbers, or arrays of numbers by name. */
export type Point<X = Record<string, unknown>> = Numbers | { readonly [K in keyof X]: Numbers };

/** A point as f gets it: a Float32Array, or Float32Arrays by name. */
export type Arrays<X> = X extends Numbers ? Float32Array<ArrayBuffer> : { readonly [K in keyof X]: Float32Array<ArrayBuffer> };

/** An array of the same kind as `N`, which can be written to. */
export type SameKind<N> = N extends Float32Array
  ? Float32Array<ArrayBuffer>
  : N extends Float64Array
    ? Float64Array<ArrayBuffer>
    : number[];

/** Another point, in arrays of the same kind. */
export type Like<X> = X extends Numbers ? SameKind<X> : { [K in keyof X]: SameKind<X[K]> };

/** A function to minimize. It returns its value at x, and adds its gradient to g, which is 0 before. */
export type Objective<X> = (x: Arrays<X>, g: Arrays<X>) => number;

type Named<T> = { readonly [name: string]: T };

/** The caller's point, checked and copied. */
export interface ReadPoint<X> {
  /** Its arrays by name, copied as f32. An array without a name is called `x`. */
  readonly parameters: Named<Float32Array<ArrayBuffer>>;
  /** Named arrays in the form that f gets: all of them, or the only one. */
  arrays(named: object): Arrays<X>;
  /** Copies of named arrays, in arrays of the caller's kind. */
  like(named: object): Like<X>;
  /** The name of an element in messages: `weight[3]`. */
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
  else if (trueLength(numbers) > 0) values = Array.from(numbers, read); // a detached array has no elements
  if (values.length === 0) throw new RangeError(`${where} expected at least one number, got none`);
  return Float32Array.from(values);
}

function copy(numbers: Numbers, array: Float32Array): number[] | Float32Array | Float64Array {
  if (isArray(numbers)) return Array.from(array);
  return kindOf(numbers) === "Float64Array" ? Float64Array.from(array) : Float32Array.from(array);
}

/** Reads and checks a point. `where` names it in messages: `minimize: x0`. */
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
