import { called, problem } from "./checkpointError.js";
import { dtypeBits, dtypeOf } from "./dtypes.js";
import type { StoredTensor } from "./headerText.js";
import { readBytes, type Source } from "./source.js";

/** Bytes that are converted at once. */
const chunk = 2 ** 16;

/** Widens floats of 16 bits, exactly. `toBits` gives the bits of the float of 32 bits. */
function widen(halves: Uint16Array, toBits: (half: number) => number): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = toBits(halves[i] as number);
  return new Float32Array(bits.buffer);
}

/** F16 has 5 bits of exponent and 10 of fraction, F32 has 8 and 23. */
function fromF16(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return sign | 0x7f800000 | (fraction << 13); // infinity and NaN
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // Subnormal: fraction·2^-24, whose first bit becomes the implicit one.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 1023) << 13);
}

const fromBF16 = (half: number) => half << 16;

const decoders = new Map<string, (bytes: ArrayBuffer) => Float32Array | Float64Array>([
  ["F32", (bytes) => new Float32Array(bytes)],
  ["F64", (bytes) => new Float64Array(bytes)],
  ["F16", (bytes) => widen(new Uint16Array(bytes), fromF16)],
  ["BF16", (bytes) => widen(new Uint16Array(bytes), fromBF16)],
]);

/** Whether `readTensor` converts this type. @internal */
export const isReadable = (dtype: string) => decoders.has(dtype);

/**
 * Reads the elements of a tensor into an array of as many elements. Only F64 is rounded, in a `Float32Array`. NaN keeps its bits where no type
 * changes, and where 16 bits become 32.
 *
 * @throws CheckpointError for types other than F32, F64, F16 and BF16, and for an array of another length. Then nothing was written.
 * @internal
 */
export function readTensor(source: Source, name: string, tensor: StoredTensor, into: Float32Array | Float64Array): void {
  const { dtype, begin, end } = tensor;
  const decode = decoders.get(dtype);
  if (!decode) throw problem("format", called(name), "dtype F32, F64, F16 or BF16", dtype);
  const width = (dtypeBits.get(dtype) as number) / 8;
  const length = (end - begin) / width;
  if (length !== into.length) throw problem("shapes", called(name), `${into.length} elements`, length);
  if (dtype === dtypeOf(into)) {
    readBytes(source, into, begin);
    return;
  }
  for (let at = begin; at < end; at += chunk) {
    const bytes = new Uint8Array(Math.min(chunk, end - at));
    source.read(bytes, at);
    into.set(decode(bytes.buffer), (at - begin) / width);
  }
}
