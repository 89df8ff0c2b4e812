// The size of the library in an application: bundled and minified by esbuild, and compressed.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import * as library from "../../src/index.js";
import { installed, program } from "./project.js";
import { run } from "./run.js";

/** Maximum sizes after gzip, in bytes: a little more than now. */
const budget = { adam: 26_500, everything: 78_500 };

function bundle(project: string, name: string, text: string): Buffer {
  const out = join(project, name);
  const flags = ["--bundle", "--minify", "--format=esm", `--outfile=${out}`];
  run(installed(".bin/esbuild"), [program(project, `size-${name}`, text), ...flags], { cwd: project });
  return readFileSync(out);
}

const kB = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;
const gzip = (bytes: Buffer) => gzipSync(bytes, { level: 9 }).length;

/** The sizes as text. @throws Error if a bundle of one rule contains others, or checkpoints, or everything exceeds the budget. */
export function sizes(project: string): string {
  const one = bundle(project, "adam.js", 'export { adam } from "simdescent";\n');
  const all = bundle(project, "all.js", 'export * from "simdescent";\n');
  const inside = (rule: string) => one.includes(`name:"${rule}"`);
  const others = Object.keys(library.rules).filter((rule) => rule !== "adam" && inside(rule));
  if (!inside("adam") || others.length > 0)
    throw new Error(`a bundle of adam expected adam alone, got ${others.join(", ") || "none"}`);
  if (one.includes("checkpoint: ")) throw new Error("a bundle of adam expected no checkpoints, got some"); // their messages begin so
  for (const [what, bytes] of [
    ["adam", gzip(one)],
    ["everything", gzip(all)],
  ] as const)
    if (bytes > budget[what]) throw new Error(`${what} takes ${kB(bytes)} after gzip, more than ${kB(budget[what])}`);
  const say = (bytes: Buffer) => `${kB(bytes.length)}, gzip ${kB(gzip(bytes))}, brotli ${kB(brotliCompressSync(bytes).length)}`;
  return `adam alone ${say(one)}; everything ${say(all)}`;
}
