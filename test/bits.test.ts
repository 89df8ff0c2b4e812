// The table of bits holds for every build and every number of threads. Other engines and processors: test/runtimes/.
import { readFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import * as library from "../src/index.js";
import { bits, differences, type Table } from "./support/bits.js";
import { eager } from "./support/pools.js";

const expected = JSON.parse(readFileSync(new URL("bits.json", import.meta.url), "utf8")) as Table;
const build = (name: string) => new WebAssembly.Module(readFileSync(new URL(`../build/${name}.wasm`, import.meta.url)));

afterEach(() => library.useModule(build("plain")));

test.each(["plain", "scalar"])("the %s build", async (name) => {
  library.useModule(build(name));
  expect(differences(await bits(library), expected)).toEqual([]);
});

test.each([
  [2, "65537"],
  [3, "65537, 100 steps"],
  [4, "65537, 100 steps"],
  [7, "65537, 100 steps"],
])("%d threads: %s", async (size, column) => {
  const pool = await eager(size);
  const found = await bits(library, { options: { threads: pool }, only: [column] });
  pool.close();
  expect(Object.keys(found)).toEqual(Object.keys(library.rules));
  expect(differences(found, expected, [column])).toEqual([]);
});

test("one bit that differs, and a row or column that is missing, are differences", async () => {
  const { sgd } = await bits(library, { only: ["1", "5"] });
  const other = { 1: sgd[1], 5: sgd[5].replace(/.$/, (digit) => (digit === "0" ? "1" : "0")) };
  expect(differences({ sgd: other }, { sgd })).toEqual([`sgd on 5: expected ${sgd[5]}, got ${other[5]}`]);
  expect(differences({ sgd: { 1: sgd[1] } }, { sgd })).toEqual([`sgd on 5: expected ${sgd[5]}, got undefined`]);
  expect(differences({}, { sgd })).toHaveLength(2);
  expect(differences({ sgd, adam: { 1: "0" } }, { sgd })).toEqual(["adam on 1: expected undefined, got 0"]);
});
