import { elements, type Shape } from "../numerics/shape.js";
import { called, problem } from "./checkpointError.js";
import { dtypeOf } from "./dtypes.js";
import { isWellFormed, maxHeader, metadataName } from "./headerText.js";
import { pieces } from "./source.js";

/** A tensor for a file. @internal */
export interface TensorEntry {
  readonly name: string;
  readonly shape: Shape;
  /** The elements, row-major. The file has them as F32 or F64. */
  readonly data: Float32Array | Float64Array;
}

function quote(text: string): string {
  if (isWellFormed(text)) return JSON.stringify(text);
  throw problem("names", "a name", "whole characters", text);
}

/** The order of the library safetensors: widest type first, which aligns the data, then by name. */
const inOrder = (tensors: readonly TensorEntry[]) =>
  [...tensors].sort((a, b) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT || (a.name < b.name ? -1 : 1));

/** The length of the header, and the header. The text is written by hand, because an object would move names such as "10" to the front. */
function encodeHeader(tensors: readonly TensorEntry[], metadata: ReadonlyMap<string, string>): Uint8Array {
  const names = new Set([metadataName]);
  const parts: string[] = [];
  const texts = [...metadata].map(([key, value]) => `${quote(key)}:${quote(value)}`);
  if (texts.length > 0) parts.push(`"${metadataName}":{${texts.join()}}`);
  let at = 0;
  for (const { name, shape, data } of tensors) {
    if (names.has(name)) throw problem("names", "the file", "each name once, and none of its own", name);
    names.add(name);
    if (elements(shape) !== data.length) throw problem("shapes", called(name), `a shape of ${data.length} elements`, shape);
    const end = at + data.byteLength;
    parts.push(`${quote(name)}:{"dtype":"${dtypeOf(data)}","shape":[${shape}],"data_offsets":[${at},${end}]}`);
    at = end;
  }
  const text = new TextEncoder().encode(`{${parts.join()}}`);
  const length = Math.ceil(text.length / 8) * 8;
  if (length > maxHeader) throw problem("format", "the header", `at most ${maxHeader} bytes`, length);
  const header = new Uint8Array(8 + length).fill(32, 8); // spaces
  new DataView(header.buffer).setUint32(0, length, true);
  header.set(text, 8);
  return header;
}

/**
 * Writes a file in the format safetensors: calls `write` with its bytes in order, in pieces of 16 MiB at most. Pieces after the header are
 * views of the tensors' memory. Equal tensors and metadata give equal bytes, whatever the order of the tensors.
 *
 * @returns The number of bytes.
 * @throws CheckpointError before the first piece: for names that occur twice or that UTF-8 cannot represent, for a shape of another number of
 * elements, and for a header above 100 MB.
 * @internal
 */
export function writeSafetensors(
  tensors: readonly TensorEntry[],
  metadata: ReadonlyMap<string, string>,
  write: (piece: Uint8Array) => void,
): number {
  const ordered = inOrder(tensors);
  let size = 0;
  for (const array of [encodeHeader(ordered, metadata), ...ordered.map(({ data }) => data)]) {
    for (const piece of pieces(array)) write(piece);
    size += array.byteLength;
  }
  return size;
}
