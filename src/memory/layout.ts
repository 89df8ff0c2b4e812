// How arrays lie in a WebAssembly memory.

import { float } from "../numerics/shape.js";
import type { Tensor } from "./parameters.js";

/** A Float32Array for each parameter: views of one WebAssembly memory. */
export type Views<P> = { readonly [K in keyof P]: Float32Array<ArrayBuffer> };

export const cacheLine = 64;

/** Where the scalars and sums of the args are that an optimizer has, from the start of its block. */
export const argumentsAddress = (index: number) => cacheLine * (1 + 2 * index);

/** The least address of an array. The compiler takes for granted that none is below 1024, so that constant offsets never wrap around. */
export const firstBlock = 1024;

/**
 * Bytes between arrays. Those of 2^n floats would otherwise lie on the same places of every cache, and a step over many of them would
 * take three times as long (Adan at 2^24: 5.0 ns per parameter, 1.7 with it). So few that all gaps of a rule are less than 4 KiB.
 */
export const gap = 7 * cacheLine;

/** Bytes of a block of so many floats: blocks start on cache lines. */
export const blockBytes = (floats: number) => Math.ceil((floats * float) / cacheLine) * cacheLine;

/** A record that inherits no names, not even `__proto__`. V8 finds its properties seven times as fast as Object.create(null)'s. */
// biome-ignore lint/complexity/useArrowFunction: it is a constructor.
const NamedRecord = function () {} as unknown as new () => Record<string, Float32Array>;
NamedRecord.prototype = Object.freeze(Object.create(null));

type LengthOf = (tensor: Tensor) => number;
const fullLength: LengthOf = ({ length }) => length;

/** The byte address of each tensor in an array. */
export type ParameterAddresses = ReadonlyMap<Tensor, number>;

/** An array in one piece, a segment for each group of tensors. */
export interface Block {
  readonly segments: readonly number[];
  readonly places: ParameterAddresses;
}

/**
 * The array at an address, whose segments take so many bytes and whose tensors lie there without gaps, group by group, each
 * of its length or another one.
 */
export function layOut(
  address: number,
  groups: readonly { readonly tensors: readonly Tensor[] }[],
  sizes: readonly number[],
  lengthOf = fullLength,
): Block {
  const places = new Map<Tensor, number>();
  const segments: number[] = [];
  let end = address;
  for (const [i, group] of groups.entries()) {
    segments.push(end);
    let at = end;
    for (const tensor of group.tensors) {
      places.set(tensor, at);
      at += lengthOf(tensor) * float;
    }
    end += sizes[i] as number;
  }
  return { segments, places };
}

/** The tensors of an array, in their order. */
export function viewsOf<P>(
  buffer: ArrayBuffer,
  tensors: readonly Tensor[],
  places: ParameterAddresses,
  lengthOf = fullLength,
): Views<P> {
  const views = new NamedRecord();
  for (const tensor of tensors) views[tensor.name] = new Float32Array(buffer, places.get(tensor) as number, lengthOf(tensor));
  return Object.freeze(views) as Views<P>;
}
