// How arrays lie in a WebAssembly memory.

import type { Tensor } from "./parameters.js";

/** A Float32Array for each parameter: views of one WebAssembly memory, valid as long as the optimizer. */
export type Views<P> = { readonly [K in keyof P]: Float32Array<ArrayBuffer> };

const float = Float32Array.BYTES_PER_ELEMENT;
const cacheLine = 64;

/** Where the scalars and sums of a step are. */
export const sweepAddress = cacheLine;

/** Where arrays begin. The compiler takes for granted that none is below 1024, so that constant offsets never wrap around. */
export const firstBlock = 1024;

/** Bytes of a block of so many floats: blocks start on cache lines. */
export const blockBytes = (floats: number) => Math.ceil((floats * float) / cacheLine) * cacheLine;

/** A record that inherits no names, not even `__proto__`. V8 finds its properties seven times as fast as Object.create(null)'s. */
// biome-ignore lint/complexity/useArrowFunction: it is a constructor.
const NamedRecord = function () {} as unknown as new () => Record<string, Float32Array>;
NamedRecord.prototype = Object.freeze(Object.create(null));

/** A view for each tensor, one after the other without gaps, of its length or another one. */
export function viewsAt<P>(
  memory: WebAssembly.Memory,
  address: number,
  tensors: readonly Tensor[],
  lengthOf: (tensor: Tensor) => number = ({ length }) => length,
): Views<P> {
  const views = new NamedRecord();
  let at = address;
  for (const tensor of tensors) {
    const length = lengthOf(tensor);
    views[tensor.name] = new Float32Array(memory.buffer, at, length);
    at += length * float;
  }
  return Object.freeze(views) as Views<P>;
}
