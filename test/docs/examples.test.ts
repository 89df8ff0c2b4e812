import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import * as library from "../../src/index.js";
import { Editor } from "../support/editor.js";
import { patience } from "../support/patience.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The code after each @example in the comments of a file; empty where an example is no block of code. */
function examplesOf(file: string): string[] {
  const text = readFileSync(`${root}src/${file}`, "utf8");
  const blocks = [...text.matchAll(/^( *)\* @example\n(.*?)^\1\*\//gms)].map(([, , block = ""]) =>
    block.replace(/^ *\* ?/gm, ""),
  );
  return blocks.map((block) => block.match(/^```ts\n(.*)```\n$/s)?.[1] ?? "");
}

/** Examples as one program. They leave out what they import from the package. */
function program(examples: readonly string[]): string {
  const code = examples.join("\n");
  const names = Object.keys(library).filter((name) => new RegExp(`(?<!\\w|\\w\\.)${name}\\(`).test(code));
  const imports = [`import { ${names.join(", ")} } from "simdescent";`, ...(code.match(/^import .*$/gm) ?? [])];
  const blocks = examples.map((example) => `{\n${example.replace(/^import .*$/gm, "")}}`);
  return [...imports, ...blocks].join("\n");
}

const files = readdirSync(`${root}src`, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
const table = files.flatMap((file) => {
  const examples = examplesOf(file);
  return examples.length > 0 ? [{ file, examples, code: program(examples) }] : [];
});

let editor: Editor;
beforeAll(() => {
  editor = new Editor();
});

test("there are examples", () => {
  expect(table.flatMap(({ examples }) => examples).length).toBeGreaterThanOrEqual(35);
});

test.each(table)("the examples in $file are code that compiles and prints what they say", ({ examples, code }) => {
  expect(examples).not.toContain("");
  editor.open(code);
  expect(editor.errors).toEqual([]);
  // In a process of its own, from the built package, as a reader would.
  const options = { cwd: root, encoding: "utf8", timeout: patience } as const;
  const printed = execFileSync(process.execPath, ["--input-type=module", "--eval", code], options);
  const promised = [...code.matchAll(/\/\/ prints (.*)/g)].map(([, text]) => text);
  expect(printed.split("\n").slice(0, -1)).toEqual(promised);
});
