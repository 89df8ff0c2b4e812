// The pictures of a page as a hash.
import { createHash } from "node:crypto";
import type { Page } from "playwright-core";

/** A hash of the pixels of all canvases in programs of the page. */
export async function pictures(page: Page): Promise<string> {
  const urls = await page.evaluate(() => {
    return [...document.querySelectorAll<HTMLCanvasElement>(".island canvas")].map((canvas) => canvas.toDataURL());
  });
  if (urls.length === 0) throw new Error(`no picture on ${page.url()}`);
  return createHash("sha256").update(urls.join()).digest("hex");
}
