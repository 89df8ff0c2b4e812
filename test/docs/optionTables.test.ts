import { expect, test } from "vitest";
import { optionTable, splitDefault } from "../../scripts/optionTables.js";

test.each([
  ["Most steps. Default 10,000.", "Most steps.", "10,000"],
  ["Default 0.9. Decays.", "Decays.", "0.9"],
  ["Frobs. Default 1e-9; 0 never ends.", "Frobs. 0 never ends.", "1e-9"],
  ["Most seconds. No limit by default.", "Most seconds.", "no limit"],
  ["By default each batch is one piece.", "By default each batch is one piece.", undefined],
])("the default of %j is told from its meaning", (text, meaning, value) => {
  expect(splitDefault(text)).toEqual({ meaning, value });
});

test("a table has the options of an interface, or those that are asked for, and refuses others", () => {
  const rows = optionTable("SharpnessOptions").split("\n").slice(2);
  expect(rows.map((row) => row.split("`")[1])).toEqual(["radius", "adaptive", "steps", "samples", "seed"]);
  expect(optionTable("SharpnessOptions", ["seed"]).split("\n").length).toBe(3);
  expect(() => optionTable("SharpnessOptions", ["sede"])).toThrow("SharpnessOptions has no option sede");
  expect(() => optionTable("Sharpnes")).toThrow("src expected to have one interface Sharpnes, has 0");
});
