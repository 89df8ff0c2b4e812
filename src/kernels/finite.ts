// Searches arrays outside an optimizer's memory for NaN, infinity and large numbers. Copies them piece by piece to a memory of its own, and calls a kernel:
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
  return {
    kernels: instantiate(memory, [engine]),
    args: new KernelArguments(memory.buffer, argumentsAddress(0), 0, pieceLength),
    copy: new Float32Array(memory.buffer, firstBlock, pieceLength),
  };
};

let search: ReturnType<typeof makeSearch> | undefined;

/** Views of an array for `allWithin`, in pieces of at most 8192 elements. */
export function piecesOf({ buffer, byteOffset, length }: Float32Array): readonly Float32Array[] {
  return Array.from({ length: Math.ceil(length / pieceLength) }, (_, i) => {
    return new Float32Array(buffer, byteOffset + i * pieceLength * float, Math.min(pieceLength, length - i * pieceLength));
  });
}

/** Whether no element exceeds the limit. NaN exceeds every limit. By default: whether all elements are finite. */
export function allWithin(pieces: readonly Float32Array[], limit = largestF32): boolean {
  search ??= makeSearch();
  const { kernels, args, copy } = search;
  args.scalars<"allWithin">("limit", limit);
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i] as Float32Array;
    copy.set(piece);
    if (!kernels.allWithin(0, piece.length, firstBlock, args.c)) return false;
  }
  return true;
}
