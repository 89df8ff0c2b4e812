// A project outside of this repository, with the packed library installed and the programs of the tests.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./run.js";

const here = fileURLToPath(new URL(".", import.meta.url));

/** A program installed by test/runtimes/package.json. */
export const installed = (path: string) => join(here, "node_modules", path);

/** Makes the project. Returns its folder, which is removed when this process ends. */
export function makeProject(): string {
  const project = mkdtempSync(join(tmpdir(), "simdescent-"));
  process.on("exit", () => rmSync(project, { recursive: true, force: true }));
  const [{ filename }] = JSON.parse(run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", project]));
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module", sideEffects: false }));
  run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", filename], { cwd: project });
  mkdirSync(join(project, "src"));
  for (const file of ["../support/bits.js", "check.js", "checkpoints.js", "page.js"])
    cpSync(join(here, file), join(project, "src", basename(file)));
  const table = readFileSync(join(here, "../bits.json"), "utf8");
  writeFileSync(join(project, "src/expected.js"), `export const expected = ${table};`);
  return project;
}

/** The imports of every program: the library, and the expected table. */
export const imports = `import * as library from "simdescent";
import * as table from "./bits.js";
import { check } from "./check.js";
import { expected } from "./expected.js";
`;

/** Writes a program into the project. Returns its path. */
export function program(project: string, name: string, text: string): string {
  const path = join(project, "src", name);
  writeFileSync(path, text);
  return path;
}
