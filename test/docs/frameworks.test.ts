import { expect, test } from "vitest";
import { frameworksDoc, withTables } from "../../scripts/frameworks.js";

test("the tables of other frameworks' calls are what the golden values verify: npx tsx scripts/frameworks.ts", () => {
  expect(frameworksDoc()).toBe(withTables(frameworksDoc()));
});
