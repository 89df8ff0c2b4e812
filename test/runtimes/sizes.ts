// What an application pays: the library bundled and minified by esbuild, and compressed.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import * as library from "../../src/index.js";
import { installed, program } from "./project.js";
import { run } from "./run.js";

/** Bytes of everything, after gzip, that may not be exceeded: what it is now, and little more. */
const budget = 64_500;

function bundle(project: string, name: string, text: string): Buffer {
  const out = join(project, name);
  const flags = ["--bundle", "--minify", "--format=esm", `--outfile=${out}`];
  run(installed(".bin/esbuild"), [program(project, `size-${name}`, text), ...flags], { cwd: project });
  return readFileSync(out);
}

const kB = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;
const gzip = (bytes: Buffer) => gzipSync(bytes, { level: 9 }).length;

/** The sizes in words. @throws Error when one rule brings others, or everything exceeds its budget. */
export function sizes(project: string): string {
  const one = bundle(project, "adam.js", 'export { adam } from "simdescent";\n');
  const all = bundle(project, "all.js", 'export * from "simdescent";\n');
  const inside = (rule: string) => one.includes(`name:"${rule}"`);
  const others = Object.keys(library.rules).filter((rule) => rule !== "adam" && inside(rule));
  if (!inside("adam") || others.length > 0) throw new Error(`adam alone brings ${others.join(", ") || "not even itself"}`);
  if (gzip(all) > budget) throw new Error(`everything takes ${kB(gzip(all))} after gzip, more than ${kB(budget)}`);
  const say = (bytes: Buffer) => `${kB(bytes.length)}, gzip ${kB(gzip(bytes))}, brotli ${kB(brotliCompressSync(bytes).length)}`;
  return `adam alone ${say(one)}; everything ${say(all)}`;
}
