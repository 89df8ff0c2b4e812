// What holds on every page, seen on a phone: no errors, nothing from other hosts, no sideways scroll, its weight.
import { beforeAll, describe, expect, inject, test } from "vitest";
import { another, open, phone, useChromium, type Visit } from "./chromium.js";
import { english, isKorean } from "./pages.js";

interface Seen {
  readonly path: string;
  readonly problems: readonly string[];
  readonly width: number;
  readonly lang: string;
  readonly title: string;
  /** Bytes of everything that the page loads, compressed, without data and what is loaded in advance for other pages. */
  readonly bytes: number;
}

/** Pages open at the same time. */
const atOnce = 6;

const pages = inject("pages");
// One template makes the pages of the API: every tenth is enough, and all of them with API=all.
const isOfApi = (page: string) => english(page).startsWith("api/");
const ofApi = pages.filter(isOfApi).filter((_, i) => process.env.API === "all" || i % 10 === 0);
const visited = [...pages.filter((page) => !isOfApi(page)), ...ofApi];
const seen: Seen[] = [];

useChromium();

async function see({ page, problems, go }: Visit, path: string): Promise<Seen> {
  const before = problems.length;
  await go(path);
  const facts = await page.evaluate(() => {
    const early = new Set([...document.querySelectorAll<HTMLLinkElement>("link[rel=prefetch]")].map(({ href }) => href));
    const loads = performance.getEntries().filter((entry) => entry instanceof PerformanceResourceTiming);
    const own = loads.filter(({ name }) => !early.has(name) && !/\.bin$/.test(name));
    const { scrollWidth, lang } = document.documentElement;
    return { width: scrollWidth, lang, title: document.title, bytes: own.reduce((sum, load) => sum + load.encodedBodySize, 0) };
  });
  return { path, problems: problems.slice(before), ...facts };
}

beforeAll(async () => {
  const waiting = [...visited];
  const walk = async (visit: Visit) => {
    for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) seen.push(await see(visit, path));
  };
  const first = await open(visited[0], { viewport: phone, isMobile: true, hasTouch: true });
  const others = Array.from({ length: atOnce - 1 }, () => another(first));
  await Promise.all([first, ...(await Promise.all(others))].map(walk));
}, 600_000);

/** The pages for which something is wrong, with what. */
const wrong = <T>(find: (page: Seen) => T | undefined | false) =>
  Object.fromEntries(seen.flatMap((page) => (find(page) ? [[page.path, find(page)]] : [])));

test("the site has all of its parts", () => {
  const parts = new Set(pages.map(english).map((page) => page.split("/")[0]));
  expect([...parts]).toEqual(
    expect.arrayContaining(["", "learn", "guide", "rules", "api", "playground", "benchmark", "glossary"]),
  );
  expect(ofApi.length).toBeGreaterThan(10);
  expect(seen.length).toBe(visited.length);
});

test("no errors, no failed requests, nothing from other hosts", () => {
  expect(wrong(({ problems }) => problems.length > 0 && problems)).toEqual({});
});

test("no sideways scroll on a phone", () => {
  expect(wrong(({ width }) => width > phone.width && width)).toEqual({});
});

test("language and title", () => {
  expect(wrong(({ path, lang }) => lang !== (isKorean(path) ? "ko" : "en") && lang)).toEqual({});
  expect(wrong(({ title }) => !title.includes("simdescent") && `"${title}"`)).toEqual({});
});

test("every page but the API is in both languages", () => {
  const own = (korean: boolean) => pages.filter((page) => isKorean(page) === korean && !isOfApi(page));
  expect(own(true).map(english)).toEqual(own(false));
});

describe("weight in KiB, compressed", () => {
  const heavier = (part: RegExp, most: number) =>
    wrong(({ path, bytes }) => part.test(english(path)) && bytes > most * 1024 && Math.round(bytes / 1024));

  test("pages to read: at most 100", () => {
    expect(heavier(/^(guide|rules|api)\//, 100)).toEqual({});
  });

  test("the playground: at most 180, without data", () => {
    expect(heavier(/^playground$/, 180)).toEqual({});
  });
});
