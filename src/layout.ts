// How arrays lie in a WebAssembly memory.

import type { Tensor } from "./parameters.js";
import { float } from "./shape.js";

/** A Float32Array for each parameter: views of one WebAssembly memory, valid as long as the optimizer. */
export type Views<P> = { readonly [K in keyof P]: Float32Array<ArrayBuffer> };

const cacheLine = 64;

/** Where the scalars and sums of the sweeps are that an optimizer has. */
export const sweepAddress = (index: number) => cacheLine * (1 + 2 * index);

/** Where arrays begin. The compiler takes for granted that none is below 1024, so that constant offsets never wrap around. */
export const firstBlock = 1024;

/** Bytes of a block of so many floats: blocks start on cache lines. */
export const blockBytes = (floats: number) => Math.ceil((floats * float) / cacheLine) * cacheLine;

/** A record that inherits no names, not even `__proto__`. V8 finds its properties seven times as fast as Object.create(null)'s. */
// biome-ignore lint/complexity/useArrowFunction: it is a constructor.
const NamedRecord = function () {} as unknown as new () => Record<string, Float32Array>;
NamedRecord.prototype = Object.freeze(Object.create(null));

/** An array of the memory: contiguous, a segment for each group of tensors, a view for each tensor. */
export interface Block<P> {
  readonly address: number;
  readonly whole: Float32Array<ArrayBuffer>;
  readonly segments: readonly number[];
  readonly views: Views<P>;
}

/**
 * The array at an address, whose segments take so many bytes and whose tensors lie there without gaps, group by group, each
 * of its length or another one. The views are in the order of `tensors`.
 */
export function layOut<P>(
  memory: WebAssembly.Memory,
  address: number,
  tensors: readonly Tensor[],
  groups: readonly { readonly tensors: readonly Tensor[] }[],
  sizes: readonly number[],
  lengthOf: (tensor: Tensor) => number = ({ length }) => length,
): Block<P> {
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
  const views = new NamedRecord();
  for (const tensor of tensors)
    views[tensor.name] = new Float32Array(memory.buffer, places.get(tensor) as number, lengthOf(tensor));
  const whole = new Float32Array(memory.buffer, address, (end - address) / float);
  return { address, whole, segments, views: Object.freeze(views) as Views<P> };
}
