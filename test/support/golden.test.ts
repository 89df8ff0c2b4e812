// The index of the golden values is complete: test/golden/README.md.
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readGolden } from "./golden.js";

const folder = new URL("../golden/", import.meta.url);
const index = readFileSync(new URL("README.md", folder), "utf8");
const files = readdirSync(folder).filter((name) => name !== "README.md" && name !== "__pycache__");

/** The rows of the table. The names of files are in backquotes. */
const rows = [...index.matchAll(/^\| `(\w+)\.json` \| `([\w.]+)` \| (.*?) \| (.*?) \| (.*?) \| (.*?) \|$/gm)].map(
  ([, values = "", program = "", versions = "", , run = ""]) => ({ values, program, versions, run }),
);

test("every file of values has a row, and every row a file", () => {
  const found = files.flatMap((name) => (name.endsWith(".json") ? [name.slice(0, -5)] : []));
  expect(rows.map(({ values }) => values).sort()).toEqual(found.sort());
});

test("every program has a row, and every row a program", () => {
  const found = files.filter((name) => /_golden\.(py|mjs|ts)$/.test(name));
  expect(rows.map(({ program }) => program).sort()).toEqual(found.sort());
});

test("every file of the folder is in the index", () => {
  for (const name of files) expect(index).toContain(`\`${name}\``);
});

test.each(rows)("$values: $program writes it, and the version is that of the values", ({ values, program, versions, run }) => {
  expect(readFileSync(new URL(program, folder), "utf8")).toMatch(new RegExp(`^(""|//).*Writes ${values}\\.json`));
  expect(run).toContain(`test/golden/${program}`);
  const golden = readGolden<object>(values);
  const parts: readonly { readonly version: string }[] = "version" in golden ? [golden as never] : Object.values(golden);
  for (const { version } of parts) expect(versions).toContain(version);
});
