// The search for what is not finite in arrays outside an optimizer's memory: piece by piece, copied to where a kernel sees it. That takes a
// tenth of the time of a loop in JavaScript.

import { largestF32 } from "../checks/check.js";
import { argumentsAddress, firstBlock } from "../memory/layout.js";
import { float } from "../numerics/shape.js";
import { KernelArguments } from "./kernelArguments.js";
import { allocate, instantiate } from "./wasm.js";

const most = 8192;

const make = () => {
  const memory = allocate(firstBlock + most * float);
  new KernelArguments(memory.buffer, argumentsAddress(0), 0, most).scalars<"allWithin">("limit", largestF32);
  return { kernels: instantiate(memory), place: new Float32Array(memory.buffer, firstBlock, most) };
};

let search: ReturnType<typeof make> | undefined;

/** The array in pieces that `allFinite` takes. */
export function piecesOf({ buffer, byteOffset, length }: Float32Array): readonly Float32Array[] {
  return Array.from({ length: Math.ceil(length / most) }, (_, i) => {
    return new Float32Array(buffer, byteOffset + i * most * float, Math.min(most, length - i * most));
  });
}

/** Whether no number is NaN or infinite. */
export function allFinite(pieces: readonly Float32Array[]): boolean {
  search ??= make();
  const { kernels, place } = search;
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i] as Float32Array;
    place.set(piece);
    if (!kernels.allWithin(0, piece.length, firstBlock, argumentsAddress(0))) return false;
  }
  return true;
}
