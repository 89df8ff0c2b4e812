// Finds NaN and infinity in arrays outside an optimizer's memory. Copies them piece by piece to a memory of its own, and calls a kernel:
// a tenth of the time of a loop in JavaScript.

import { largestF32 } from "../checks/check.js";
import { argumentsAddress, firstBlock } from "../memory/layout.js";
import { allocate } from "../memory/wasmMemory.js";
import { float } from "../numerics/shape.js";
import { engine } from "./generated.js";
import { KernelArguments } from "./kernelArguments.js";
import { instantiate } from "./wasm.js";

const pieceLength = 8192;

const makeSearch = () => {
  const memory = allocate(firstBlock + pieceLength * float);
  new KernelArguments(memory.buffer, argumentsAddress(0), 0, pieceLength).scalars<"allWithin">("limit", largestF32);
  return { kernels: instantiate(memory, [engine]), copy: new Float32Array(memory.buffer, firstBlock, pieceLength) };
};

let search: ReturnType<typeof makeSearch> | undefined;

/** Views of an array for `allFinite`, in pieces of at most 8192 elements. */
export function piecesOf({ buffer, byteOffset, length }: Float32Array): readonly Float32Array[] {
  return Array.from({ length: Math.ceil(length / pieceLength) }, (_, i) => {
    return new Float32Array(buffer, byteOffset + i * pieceLength * float, Math.min(pieceLength, length - i * pieceLength));
  });
}

/** Whether all elements are finite. */
export function allFinite(pieces: readonly Float32Array[]): boolean {
  search ??= makeSearch();
  const { kernels, copy } = search;
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i] as Float32Array;
    copy.set(piece);
    if (!kernels.allWithin(0, piece.length, firstBlock, argumentsAddress(0))) return false;
  }
  return true;
}
