// The layout of arrays in a WebAssembly memory.

import { float } from "../numerics/shape.js";
import type { Tensor } from "./parameters.js";

/** A Float32Array for each parameter: views of one WebAssembly memory. */
export type Views<P> = { readonly [K in keyof P]: Float32Array<ArrayBuffer> };

export const cacheLine = 64;

/** The offset of kernel arguments number `index` (scalars and sums) in an optimizer's block. */
export const argumentsAddress = (index: number) => cacheLine * (1 + 2 * index);

/** The lowest address of an array. The compiler assumes at least 1024, so that constant offsets never wrap around. */
export const firstBlock = 1024;

/**
 * Bytes between arrays. Without them, arrays of 2^n floats compete for the same sets of every cache, and a step over many arrays takes
 * three times as long (Adan at 2^24: 5.0 ns per parameter, 1.7 with gaps). All gaps of a rule together stay below 4 KiB.
 */
export const gap = 7 * cacheLine;

/** Bytes, or an address, rounded up to whole cache lines. */
export const wholeLines = (bytes: number) => Math.ceil(bytes / cacheLine) * cacheLine;

/** Bytes of a block of `floats` floats, in whole cache lines. */
export const blockBytes = (floats: number) => wholeLines(floats * float);

/** A record that inherits no names, not even `__proto__`. V8 reads it seven times as fast as Object.create(null). */
// biome-ignore lint/complexity/useArrowFunction: it is a constructor.
const NamedRecord = function () {} as unknown as new () => Record<string, Float32Array>;
NamedRecord.prototype = Object.freeze(Object.create(null));

type LengthOf = (tensor: Tensor) => number;
const fullLength: LengthOf = ({ length }) => length;

/** The byte address of each tensor of an array. */
export type ParameterAddresses = ReadonlyMap<Tensor, number>;

/** A contiguous array with a segment for each group of tensors: the byte addresses of segments and tensors. */
export interface ArrayLayout {
  readonly segments: readonly number[];
  readonly tensors: ParameterAddresses;
}

/**
 * The layout of an array at `address`. The segment of group i takes sizes[i] bytes. The tensors of a group follow each other without
 * gaps, with lengthOf(tensor) elements each; default: the tensor's length.
 */
export function arrayLayout(
  address: number,
  groups: readonly { readonly tensors: readonly Tensor[] }[],
  sizes: readonly number[],
  lengthOf = fullLength,
): ArrayLayout {
  const addresses = new Map<Tensor, number>();
  const segments: number[] = [];
  let end = address;
  for (const [i, group] of groups.entries()) {
    segments.push(end);
    let at = end;
    for (const tensor of group.tensors) {
      addresses.set(tensor, at);
      at += lengthOf(tensor) * float;
    }
    end += sizes[i] as number;
  }
  return { segments, tensors: addresses };
}

/** A view of each tensor of an array, in the order of `tensors`. */
export function viewsOf<P>(
  buffer: ArrayBuffer,
  tensors: readonly Tensor[],
  addresses: ParameterAddresses,
  lengthOf = fullLength,
): Views<P> {
  const views = new NamedRecord();
  for (const tensor of tensors) views[tensor.name] = new Float32Array(buffer, addresses.get(tensor) as number, lengthOf(tensor));
  return Object.freeze(views) as Views<P>;
}
