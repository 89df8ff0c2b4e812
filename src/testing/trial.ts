// Steps of a rule on made-up parameters and gradients.

import type { Optimizer } from "../engine/optimizer.js";
import type { Hypers, Slots } from "../engine/spec.js";
import type { Shape } from "../numerics/shape.js";
import type { Rule } from "../rules/define.js";

/** A rule whose types are not known. */
// biome-ignore lint/suspicious/noExplicitAny: as in Optimizer.
export type AnyRule = Rule<any, any>;
export type AnyOptimizer = Optimizer<Record<string, Shape>, Hypers, Slots>;
export type AnyOptions = { readonly [name: string]: unknown };

/** Float number `index` of stream `seed`, from -1 to 1, the same on every engine. */
export function sample(seed: number, index: number): number {
  let x = Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(seed + 1, 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d);
  x = Math.imul(x ^ (x >>> 12), 0x297a2d39);
  return Math.fround(((x ^ (x >>> 15)) >>> 0) / 2 ** 31 - 1);
}

/** Initial parameter number `index`. */
export const start = (index: number) => sample(0, index);

/** The gradient of element `index` in step `t`. Every eighth element has none. */
export const gradient = (t: number, index: number) => (index % 8 === 7 ? 0 : sample(t, index));

/** Makes an optimizer of these tensors. Element i of all tensors together starts at `start(first + i)`. */
export function make(rule: AnyRule, shapes: Readonly<Record<string, Shape>>, options: AnyOptions = {}, first = 0): AnyOptimizer {
  const opt = rule(shapes, options as never) as unknown as AnyOptimizer;
  fill(opt.params, start, first);
  return opt;
}

/** Fills arrays with element(first), element(first + 1), … */
export function fill(arrays: Readonly<Record<string, Float32Array>>, element: (index: number) => number, first = 0): void {
  let index = first;
  for (const array of Object.values(arrays)) for (let i = 0; i < array.length; i++) array[i] = element(index++);
}

/** Makes `steps` steps, from t = opt.t + 1. */
export function train(opt: AnyOptimizer, steps: number, first = 0, element = gradient): AnyOptimizer {
  for (let i = 0; i < steps; i++) {
    const t = opt.t + 1;
    fill(opt.grads, (index) => element(t, index), first);
    opt.step();
  }
  return opt;
}

/** Copies of the parameters and of the state arrays, by name: `p`, `state.m`. All tensors of an array together. */
export function arraysOf({ params, state }: AnyOptimizer): Map<string, Float32Array> {
  const together = (views: object) => Float32Array.from(Object.values(views).flatMap((view: Float32Array) => [...view]));
  const slots = Object.entries<object | undefined>(state).flatMap(([slot, views]) =>
    views ? [[`state.${slot}`, together(views)] as const] : [],
  );
  return new Map([["p", together(params)], ...slots]);
}

const bits = (array: Float32Array) => new Uint32Array(array.buffer, array.byteOffset, array.length);

/** The first difference of bits between two sets of arrays, in words; undefined if there is none. */
export function difference(
  found: ReadonlyMap<string, Float32Array>,
  expected: ReadonlyMap<string, Float32Array>,
): string | undefined {
  for (const [name, array] of expected) {
    const other = found.get(name) as Float32Array;
    const [ours, theirs] = [bits(other), bits(array)];
    const i = theirs.findIndex((word, i) => word !== ours[i]);
    if (i >= 0 || ours.length !== theirs.length) return `${name}[${i}] expected ${array[i]}, got ${other[i]}`;
  }
  return undefined;
}
