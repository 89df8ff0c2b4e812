// The variants of kernels that were tuned give what a plain loop gives.
import { expect, test } from "vitest";
import * as ladders from "../../bench/ladders/index.js";
import { firstDifference } from "../../bench/ladders/ladder.js";

test.each(Object.entries(ladders))("%s", async (_, ladder) => {
  expect(await firstDifference(ladder)).toBeUndefined();
});

test("a variant that is wrong is found", async () => {
  const wrong = { ...ladders.signed, source: ladders.signed.source.replaceAll("signed(Rate, v)", "signed(v, Rate)") };
  expect(await firstDifference(wrong)).toContain("signed4 of 4 elements: element");
});
