import { reading } from "../checks/check.js";
import { wrongKind } from "../checks/errors.js";
import { kindOf } from "../memory/parameters.js";

/** A file that is read in pieces, so that it need not fit into memory. */
export interface Source {
  /** Bytes of the file. */
  readonly size: number;
  /**
   * Fills all of `into` with the bytes of the file from byte `at`, synchronously. Throws if it cannot. A call asks for 16 MiB at most, and
   * never for bytes beyond `size`. `into` may be a view of a WebAssembly memory, also of a shared one.
   */
  read(into: Uint8Array, at: number): void;
}

/** Bytes of a piece: reads and writes of more than 2 GiB fail in Node. @internal */
export const pieceSize = 2 ** 24;

/** The views of a typed array's bytes, each of 16 MiB at most. @internal */
export function* pieces({ buffer, byteOffset, byteLength }: ArrayBufferView): Generator<Uint8Array, void> {
  for (let at = 0; at < byteLength; at += pieceSize) {
    yield new Uint8Array(buffer, byteOffset + at, Math.min(pieceSize, byteLength - at));
  }
}

/** Fills an array with the bytes of a file from byte `at`. @internal */
export function readBytes(source: Source, into: ArrayBufferView, at: number): void {
  for (const piece of pieces(into)) {
    source.read(piece, at);
    at += piece.length;
  }
}

/** The source of a file in memory, or the source itself. @throws TypeError for other values. @internal */
export function toSource(file: Uint8Array | Source): Source {
  if (kindOf(file) === "Uint8Array") {
    const bytes = file as Uint8Array;
    return { size: bytes.length, read: (into, at) => into.set(bytes.subarray(at, at + into.length)) };
  }
  if (typeof reading("checkpoint: the file", () => (file as Partial<Source> | null)?.read) !== "function") {
    throw wrongKind("checkpoint: the file", "a Uint8Array, or a Source with size and read()", file);
  }
  return file as Source;
}
