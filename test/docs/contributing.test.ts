// The pages of the top level name scripts, files and functions that exist.
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { draw, drawing } from "../../scripts/architecture.js";
import { filesIn } from "../support/imports.js";

const root = new URL("../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");

const pages = ["ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/decisions.md"];

/** What a page has between backquotes. */
const code = (page: string) =>
  [
    ...read(page)
      .replace(/```.*?```/gs, "")
      .matchAll(/`([^`]+)`/g),
  ].map(([, text]) => text as string);

const { scripts } = JSON.parse(read("package.json")) as { scripts: Readonly<Record<string, string>> };

test("docs/architecture.svg shows the rooms and imports of src/: npm run architecture", () => {
  expect(drawing()).toBe(draw());
});

test("CONTRIBUTING.md has every script of package.json that one calls", () => {
  const called = Object.keys(scripts).filter((name) => !/^(pre|prepare$)/.test(name));
  const commands = called.map((name) => (["start", "test"].includes(name) ? `npm ${name}` : `npm run ${name}`));
  const named = code("CONTRIBUTING.md");
  expect(commands.filter((command) => !named.includes(command))).toEqual([]);
});

test.each(pages)("%s names scripts, files and functions that exist", (page) => {
  const named = code(page);
  const commands = named.flatMap((text) => /^npm run ([\w:-]+)/.exec(text)?.[1] ?? []);
  expect(commands.filter((name) => !(name in scripts))).toEqual([]);

  // A name in an example is novel.
  const paths = named.filter((text) => /^(\.ci|assembly|bench|docs|examples|scripts|src|test)\/[\w./-]*$/.test(text));
  expect(paths.filter((path) => !path.includes("novel") && !existsSync(new URL(path, root)))).toEqual([]);

  const sources = ["src/", "assembly/"].flatMap((folder) => {
    const address = new URL(folder, root);
    return filesIn(address, /\.(ts|js)$/).map((file) => readFileSync(new URL(file, address), "utf8"));
  });
  const functions = named.flatMap((text) => /^(?:\w+\.)?#?(\w+)\(.*\)$/.exec(text)?.[1] ?? []);
  const unknown = functions.filter((name) => !sources.some((source) => new RegExp(`\\b${name}\\b`).test(source)));
  expect(unknown.filter((name) => !["fill"].includes(name))).toEqual([]);
});
