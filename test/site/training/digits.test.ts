// The file of handwritten digits.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { readImages } from "../../../examples/digits/images.js";
import { type Digits, decompress, level, pack, pixelsPerImage, sizes, source, unpack } from "../../../site/data/digits.js";
import { digitsFile } from "../../../site/data/pack.js";

let file: Uint8Array<ArrayBuffer>;
let digits: Digits;

beforeAll(async () => {
  file = new Uint8Array(digitsFile());
  digits = unpack(await decompress(file));
});

describe("the file of digits", () => {
  test("has at most 600 kB", () => {
    expect(file.length).toBeLessThanOrEqual(600_000);
  });

  test("has the first images of each set, with their labels", () => {
    for (const set of ["train", "test"] as const) {
      const original = readImages(set, sizes[set]);
      expect(digits[set].count).toBe(sizes[set]);
      expect(digits[set].labels).toEqual(Uint8Array.from(original.labels));
      expect(digits[set].pixels.length).toBe(sizes[set] * pixelsPerImage);
    }
  });

  test("loses only the low bits of pixels: each is the nearest of 16 levels", () => {
    for (const set of ["train", "test"] as const) {
      const original = readImages(set, sizes[set]).pixels;
      const { pixels } = digits[set];
      let wrong = 0;
      for (let i = 0; i < pixels.length; i++)
        if (pixels[i] % level !== 0 || Math.abs(pixels[i] - original[i]) > level / 2) wrong += 1;
      expect(wrong).toBe(0);
    }
  });

  test("packed again, it is the same", () => {
    expect(Buffer.compare(pack(digits), gunzipSync(file))).toBe(0);
  });

  test("may come decompressed by the server", async () => {
    const content = new Uint8Array(gunzipSync(file));
    expect(unpack(await decompress(content)).test.labels).toEqual(digits.test.labels);
  });

  test("an incomplete file throws", () => {
    const content = pack(digits);
    for (const length of [0, 7, 8, content.length - 1])
      expect(() => unpack(content.slice(0, length)), `${length} bytes`).toThrow("the file of digits is incomplete");
  });
});

test("source and licence are named, with the changes", () => {
  const readme = readFileSync(new URL("../../../site/data/README.md", import.meta.url), "utf8");
  expect(source.licence).toBe("CC BY-SA 3.0");
  for (const text of [
    source.name,
    source.authors.split(", ")[0],
    source.licence,
    source.licenceAddress,
    source.package,
    "16 grey levels",
  ])
    expect(readme).toContain(text);
  const { devDependencies } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"));
  expect(Object.keys(devDependencies)).toContain(source.package);
});
