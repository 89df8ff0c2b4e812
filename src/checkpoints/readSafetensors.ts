// Reads the header of a file in the format safetensors: 8 bytes with the length n of the header, n bytes of JSON, and the data of the
// tensors without gaps. Takes nothing that the library safetensors 0.8.0 refuses.
import { called, problem } from "./checkpointError.js";
import { dtypeBits } from "./dtypes.js";
import { type Header, maxHeader, parseHeader, type StoredTensor } from "./headerText.js";
import { readBytes, type Source } from "./source.js";

const prefix = 8;

function readText(source: Source): { readonly text: string; readonly dataBegin: number } {
  if (!(source.size >= prefix)) throw problem("format", "the file", `at least ${prefix} bytes`, source.size);
  const view = new DataView(new ArrayBuffer(prefix));
  readBytes(source, view, 0);
  const length = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  const most = Math.min(maxHeader, source.size - prefix);
  if (length > most) throw problem("format", "the header", `at most ${most} bytes`, length);
  const bytes = new Uint8Array(length);
  readBytes(source, bytes, prefix);
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes), dataBegin: prefix + length };
  } catch {
    throw problem("format", "the header", "UTF-8", bytes);
  }
}

/** Bits of a tensor. @throws CheckpointError for an unknown type, and for 2^53 bits or more. */
function bitsOf(name: string, { dtype, shape }: StoredTensor): number {
  let bits = dtypeBits.get(dtype);
  if (bits === undefined) throw problem("format", called(name), "a type of the format", dtype);
  // As in the library, the order counts: [0, 2^50, 2^50] passes, [2^50, 2^50, 0] does not.
  for (const size of shape) {
    bits *= size;
    if (!Number.isSafeInteger(bits)) throw problem("format", called(name), "a shape of less than 2^53 bits", shape);
  }
  return bits;
}

/**
 * The tensors and the metadata of a file. Ranges of bytes are from its beginning. Reads the header alone.
 *
 * @throws CheckpointError if the file is not as the format demands.
 * @internal
 */
export function readSafetensors(source: Source): Header {
  const { text, dataBegin } = readText(source);
  const { tensors, metadata } = parseHeader(text);
  let at = 0;
  for (const [name, tensor] of [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end)) {
    const { begin, end } = tensor;
    if (begin !== at) throw problem("format", called(name), `data_offsets from ${at}`, begin);
    const bits = bitsOf(name, tensor);
    if ((end - begin) * 8 !== bits) throw problem("format", called(name), `${bits / 8} bytes of data`, end - begin);
    tensors.set(name, { ...tensor, begin: dataBegin + begin, end: dataBegin + end });
    at = end;
  }
  if (dataBegin + at !== source.size) throw problem("format", "the file", `${dataBegin + at} bytes`, source.size);
  return { tensors, metadata };
}
