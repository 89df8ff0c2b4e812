// Some plugins of the build report errors, and let it pass.
import { expect, inject, test } from "vitest";

test("the build prints no errors", () => {
  const lines = inject("log").split("\n");
  const wrong = lines.filter((line) => /error|exception|failed|not found/i.test(line) && !/\b0 errors/.test(line));
  expect(wrong).toEqual([]);
});
