import { isArray, readArray, readEntries, readOptions } from "../checks/check.js";
import { show, wrongKind, wrongValue } from "../checks/errors.js";
import { elements, type Shape } from "../numerics/shape.js";
import { findOverlap } from "./overlap.js";

/**
 * A parameter: its length, its shape, its initial values, or shape and values. Values are copied. An array is a shape, with at most
 * 32 sizes: `[1, 2, 3]` has 6 elements.
 */
export type Parameter =
  | number
  | Shape
  | Float32Array
  | {
      /** Sizes of the axes. */
      readonly shape: Shape;
      /** Initial values, in row-major order, which are copied. */
      readonly values: Float32Array;
    };

/** Parameters by name. */
export type ParameterMap<P = Record<string, unknown>> = { readonly [K in keyof P]: Parameter };

/** A parameter in the engine. */
export interface Tensor {
  readonly name: string;
  readonly shape: Shape;
  readonly length: number;
  readonly initial?: Float32Array;
}

/** The tensors with copies of their initial values, for values in a memory that may change before they are read. */
export const copyInitial = (tensors: readonly Tensor[]): Tensor[] =>
  tensors.map((tensor) => (tensor.initial ? { ...tensor, initial: tensor.initial.slice() } : tensor));

// The getters of type and length that all typed arrays share. They read internal slots, so that other realms and subclasses pass, and
// look-alikes do not.
const typedArray = Object.getPrototypeOf(Float32Array.prototype) as object;
const getter = (key: PropertyKey) => Object.getOwnPropertyDescriptor(typedArray, key)?.get as () => unknown;
const tagOf = getter(Symbol.toStringTag);
const lengthOf = getter("length") as () => number;

/** The name of a typed array's type, such as "Float32Array"; undefined for other values. */
export const kindOf = (value: unknown) => tagOf.call(value) as string | undefined;

export const isFloat32Array = (value: unknown): value is Float32Array => kindOf(value) === "Float32Array";
export const trueLength = (array: Float32Array | Float64Array) => lengthOf.call(array);

const kinds = "a length, a shape, a Float32Array, or { shape, values }";

/** Maximum number of dimensions. No array library allows more, so a longer array holds values. */
const maxDimensions = 32;

function readTensor(where: string, name: string, parameter: unknown): Tensor {
  if (typeof parameter === "number") {
    if (!Number.isSafeInteger(parameter) || parameter < 1) throw wrongValue(where, "a length of at least 1", parameter);
    return { name, shape: Object.freeze([parameter]), length: parameter };
  }
  if (isArray(parameter)) {
    // The caller may mean values: minimize takes them in a plain array.
    const what = "a shape of sizes of at least 1 (values go into a Float32Array)";
    const shape = readArray(where, what, parameter, (size, axis) => {
      if (typeof size !== "number") throw wrongKind(where, "a shape of numbers", parameter);
      if (!Number.isSafeInteger(size) || size < 1) throw wrongValue(where, what, parameter);
      if (axis === maxDimensions) throw wrongValue(where, `${what}, ${maxDimensions} sizes at most`, parameter);
      return size;
    });
    if (shape.length === 0) throw wrongValue(where, what, shape);
    return { name, shape: Object.freeze(shape), length: elements(shape) };
  }
  if (isFloat32Array(parameter)) {
    const length = trueLength(parameter);
    if (length === 0) throw new RangeError(`${where} expected at least one element, got an empty or detached Float32Array`);
    return { name, shape: Object.freeze([length]), length, initial: parameter };
  }
  const entries = readEntries(where, kinds, parameter);
  if (!entries.some(([key]) => key === "shape" || key === "values")) throw wrongKind(where, kinds, parameter);
  const { shape, values } = Object.fromEntries(readOptions(where, ["shape", "values"], Object.fromEntries(entries)));
  if (!isArray(shape)) throw wrongKind(`${where}: shape`, "a shape", shape);
  const tensor = readTensor(where, name, shape);
  if (!isFloat32Array(values)) throw wrongKind(`${where}: values`, "a Float32Array", values);
  const length = trueLength(values);
  if (length !== tensor.length) throw wrongValue(`${where}: values`, `${tensor.length} elements, as its shape has`, length);
  return { ...tensor, initial: values };
}

/** Throws if two arrays share bytes. Their copies would not, so tied parameters would drift apart. */
function checkDistinct(where: string, named: readonly { readonly name: string; readonly array: Float32Array }[]): void {
  const spans = named.map(({ name, array: { buffer, byteOffset: begin, byteLength } }) => {
    return { name, buffer, begin, end: begin + byteLength };
  });
  const pair = findOverlap(spans);
  if (!pair) return;
  const names = pair.map(({ name }) => show(name)).join(" and ");
  throw new RangeError(`${where}: parameters ${names} share memory; expected separate arrays`);
}

/** Reads the caller's parameters, in the caller's order. Errors name rule and parameter. */
export function readParameters(rule: string, parameters: unknown): Tensor[] {
  const tensors = readEntries(`${rule}: parameters`, `a plain object whose values are each ${kinds}`, parameters).map(
    ([name, parameter]) => readTensor(`${rule}: parameter ${show(name)}`, name, parameter),
  );
  if (tensors.length === 0) throw new RangeError(`${rule}: parameters expected at least one parameter, got none`);
  checkDistinct(
    rule,
    tensors.flatMap(({ name, initial }) => (initial ? [{ name, array: initial }] : [])),
  );
  return tensors;
}
