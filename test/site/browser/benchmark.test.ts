// The benchmark page: it measures, pauses, copies, and has threads after the visitor asks for them.
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { useChromium, withPage } from "./chromium.js";

useChromium();

const start = (page: Page) => page.locator(".island-benchmark .start");
const rows = (page: Page) => page.locator(".island-benchmark tbody tr");

async function measure(page: Page): Promise<void> {
  await start(page).click();
  await rows(page).first().waitFor({ timeout: 60_000 });
}

test("measures a row, and copies it", async () => {
  await withPage("benchmark", { permissions: ["clipboard-read", "clipboard-write"] }, async ({ page, problems }) => {
    await measure(page);
    expect(await page.locator(".island-benchmark .bars li").count()).toBe(4); // adam without threads
    expect(await rows(page).locator("td").allInnerTexts()).toEqual(
      expect.arrayContaining([expect.stringMatching(/^16,384$/), expect.stringMatching(/^[\d.]+ ± [\d.]+$/)]),
    );
    await page.getByRole("button", { name: "Copy JSON" }).click();
    const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
    expect(copied).toMatchObject({
      crossOriginIsolated: false,
      rows: [{ rule: "adam", parameters: 16_384, threads: 1, left: {} }],
    });
    const times = copied.rows[0].nsPerParameter;
    expect(Object.keys(times)).toEqual(["simd", "scalar", "fast", "paper"]);
    for (const { ns } of Object.values<{ ns: number }>(times)) expect(ns).toBeGreaterThan(0);
    expect(times.paper.ns).toBeGreaterThan(times.simd.ns);
    expect(problems).toEqual([]);
  });
});

test("pauses while the page is hidden", async () => {
  await withPage("benchmark", {}, async ({ page }) => {
    const hide = (hidden: boolean) =>
      page.evaluate((hidden) => {
        Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
        document.dispatchEvent(new Event("visibilitychange"));
      }, hidden);
    await start(page).click();
    await hide(true);
    await page.waitForTimeout(4000); // longer than a measurement
    expect(await rows(page).count()).toBe(0);
    await hide(false);
    await rows(page).first().waitFor({ timeout: 60_000 });
  });
});

test("stops when asked", async () => {
  await withPage("ko/benchmark", {}, async ({ page }) => {
    const stop = await page.getByRole("button", { name: "멈추기" }).elementHandle();
    // At once, or a fast machine has measured before a slow browser clicks.
    await start(page).evaluate((button, stop) => {
      (button as HTMLElement).click();
      (stop as HTMLElement).click();
    }, stop);
    await page.getByText("멈추었습니다.", { exact: true }).waitFor();
    expect(await rows(page).count()).toBe(0);
    await measure(page);
  });
});

test("threads after asking, with one more load of the page, until the visitor ends them", async () => {
  await withPage("benchmark", {}, async ({ page, problems, go }) => {
    const isolated = () => page.evaluate(() => crossOriginIsolated);
    expect(await isolated()).toBe(false);
    expect(await page.evaluate(() => navigator.serviceWorker.getRegistrations().then(({ length }) => length))).toBe(0);
    let loads = 0;
    page.on("load", () => {
      loads += 1;
    });
    await page.getByRole("button", { name: "Measure with threads" }).click();
    await rows(page).first().waitFor({ timeout: 60_000 });
    expect(await isolated()).toBe(true);
    expect(loads).toBe(1);
    expect(await page.locator(".island-benchmark .bars .name").allInnerTexts()).toContainEqual(
      expect.stringMatching(/^simdescent, \d+ threads$/),
    );
    // The service worker serves all pages and their workers.
    await go("playground#v=1&view=training");
    expect(await isolated()).toBe(true);
    await go("benchmark");
    expect(await isolated()).toBe(true);
    await page.getByRole("button", { name: "Remove the service worker" }).click();
    await page.getByRole("button", { name: "Measure with threads" }).waitFor();
    expect(await isolated()).toBe(false);
    expect(problems).toEqual([]);
  });
});
