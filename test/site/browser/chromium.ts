// Debian's Chromium, driven by playwright-core.
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, inject } from "vitest";

/** The same pixels on every machine. */
const sameColors = ["--force-color-profile=srgb", "--font-render-hinting=none", "--disable-lcd-text"];

/** The phone of the tests. */
export const phone = { width: 390, height: 844 };

/** A page, and what went wrong on it. */
export interface Visit {
  readonly page: Page;
  readonly problems: readonly string[];
  /** Goes to a page of the site, and waits until it is there. */
  go(path: string): Promise<void>;
}

let browser: Browser;

/** Starts the browser of a test file. */
export function useChromium(): void {
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", ...sameColors] });
  });
  afterAll(() => browser.close());
}

/** Errors on the console, failed requests, and requests to other hosts. */
function watch(page: Page, address: string): string[] {
  const problems: string[] = [];
  const { origin } = new URL(address);
  page.on("pageerror", (error) => problems.push(`error: ${error.stack ?? error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith("http") && url.origin !== origin) problems.push(`another host: ${url}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) problems.push(`${response.status()}: ${response.url()}`);
  });
  page.on("requestfailed", (request) => {
    // The browser aborts requests when the next page opens. That is no failure.
    if (request.failure()?.errorText !== "net::ERR_ABORTED") problems.push(`${request.failure()?.errorText}: ${request.url()}`);
  });
  return problems;
}

async function visitIn(context: BrowserContext): Promise<Visit> {
  const address = inject("address");
  const page = await context.newPage();
  return {
    page,
    problems: watch(page, address),
    async go(path) {
      await page.goto("about:blank"); // so that another hash loads the page, too
      await page.goto(address + path, { waitUntil: "networkidle" });
      await page.waitForFunction(() => !document.querySelector(".island[aria-busy=true]"));
      await page.evaluate(() => document.fonts.ready);
    },
  };
}

/** Opens a page with a storage of its own. */
export async function open(path: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const visit = await visitIn(await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options }));
  await visit.go(path);
  return visit;
}

/** An empty page that shares storage and cache with another. */
export const another = ({ page }: Visit): Promise<Visit> => visitIn(page.context());

/** Opens a page, uses it, and closes it. */
export async function withPage<T>(path: string, options: BrowserContextOptions, use: (visit: Visit) => Promise<T>): Promise<T> {
  const visit = await open(path, options);
  try {
    return await use(visit);
  } finally {
    await visit.page.context().close();
  }
}
