// Files in the format safetensors, of any header and data.
import { crc32 } from "node:zlib";
import type { Header } from "../../src/checkpoints/headerText.js";

/** A file of a header, in text or bytes, and data. `length` is what the first 8 bytes say. */
export function file(header: string | Uint8Array, data: number | Uint8Array = 0, length?: number | bigint): Uint8Array {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const rest = typeof data === "number" ? Uint8Array.from({ length: data }, (_, i) => i + 1) : data;
  const bytes = new Uint8Array(8 + text.length + rest.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length ?? text.length), true);
  bytes.set(text, 8);
  bytes.set(rest, 8 + text.length);
  return bytes;
}

/** The text of a tensor in a header. */
export const stored = (dtype: string, shape: string, begin: number | string, end: number | string) =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`;

/** A number from 1 to 15 that depends on names, types, shapes and data of all tensors. safetensors_library.py computes the same. */
export function digest(bytes: Uint8Array, { tensors }: Header): number {
  let sum = 0;
  for (const [name, { dtype, shape, begin, end }] of tensors) {
    sum += crc32(bytes.subarray(begin, end), crc32(`${name}\0${dtype}\0${shape.join()}\0`));
  }
  return (sum % 15) + 1;
}

/** Copies of a file, with one bit of its header flipped in each. */
export function* flipped(bytes: Uint8Array): Generator<Uint8Array, void> {
  const header = 8 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  for (let bit = 0; bit < 8 * header; bit++) {
    const copy = Uint8Array.from(bytes);
    copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
    yield copy;
  }
}
