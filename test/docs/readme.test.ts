import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readme, withTable } from "../../scripts/readme.js";
import { patience } from "../support/patience.js";

const root = fileURLToPath(new URL("..", import.meta.url));

test("the table of optimizers is what the specs say", () => {
  expect(readme()).toBe(withTable(readme()));
});

const examples = [...readme().matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code);

test("there are examples", () => {
  expect(examples.length).toBeGreaterThanOrEqual(2);
});

test.each(examples.map((code, i) => ({ code, name: `example ${i + 1}` })))("$name runs as it stands", ({ code }) => {
  // In a process of its own, from the built package, as a reader would.
  const options = { cwd: root, encoding: "utf8", timeout: patience } as const;
  const printed = execFileSync(process.execPath, ["--input-type=module", "--eval", code], options);
  const promised = [...code.matchAll(/\/\/ prints (.*)/g)].map(([, text]) => text);
  expect(promised.length).toBeGreaterThan(0);
  expect(printed.trim().split("\n")).toEqual(promised);
});
