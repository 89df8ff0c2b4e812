// The search, in both languages.
import { expect, test } from "vitest";
import { useChromium, withPage } from "./chromium.js";

useChromium();

/** The texts of the results. */
async function results(path: string, words: string): Promise<string[]> {
  return withPage(path, {}, async ({ page }) => {
    await page.keyboard.press("Control+k");
    await page.locator("#localsearch-input").fill(words);
    await page.locator(".VPLocalSearchBox .result").first().waitFor();
    return page.locator(".VPLocalSearchBox .result").allInnerTexts();
  });
}

test("momentum", async () => {
  expect((await results("", "momentum")).join("\n")).toMatch(/momentum/i);
});

test("Korean words without the space between them", async () => {
  expect((await results("ko/", "경사하강법")).join("\n")).toContain("경사 하강법");
});
