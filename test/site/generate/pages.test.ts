// The generated pages as a whole: links, anchors, twins in Korean, the sidebar, the files that are in the repository.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { generatedPages } from "../../../site/generate/generated.js";
import { glossary } from "../../../site/generate/glossary.js";
import { guideFiles } from "../../../site/generate/guide.js";
import { anchorOf, guideName, rewriteLinks, withAnchors } from "../../../site/generate/markdown.js";
import { frontMatter, pagesFolder, readFrontMatter } from "../../../site/generate/page.js";

const generated = new Map(generatedPages().map(({ path, text }) => [path, text]));

/** Pages that a person wrote, with the ending. */
const written = readdirSync(pagesFolder, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".md") && !/^(guide|rules|api|ko\/rules)\//.test(path))
  .map((path) => [path, readFileSync(join(pagesFolder, path), "utf8")] as const);

/** All pages except those of the API: as they would be after generating now. */
const pages = new Map([
  ...written,
  ...[...generated].flatMap(([path, text]) => (typeof text === "string" ? [[path, text] as const] : [])),
]);

const prose = (text: string) => text.replace(/^```.*?^```$/gms, "").replace(/`[^`\n]*`/g, "code");

/** The anchors of a page: those that it names, and those that its headings get. */
const anchors = (text: string) =>
  [...text.replace(/^```.*?^```$/gms, "").matchAll(/^#+ (.*?)(?: \{#(\S+)\})?$/gm)].map(
    ([, heading, named]) => named ?? anchorOf(heading),
  );

/** The file of a page at an address of the site. */
function fileAt(address: string): string {
  const path = address.slice(1);
  return path === "" || path.endsWith("/") ? `${path}index.md` : `${path}.md`;
}

/** Links and pictures of a page that lead nowhere. The API is not generated here. */
function broken(text: string): string[] {
  const links = [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link);
  return links.filter((link) => {
    if (/^https?:|^\/api\//.test(link)) return false;
    const [address, anchor] = link.split("#");
    if (/\.svg$/.test(address)) return !generated.has(`public${address}`);
    if (!address) return anchor !== undefined && !anchors(text).includes(anchor);
    const target = address.startsWith("/") ? pages.get(fileAt(address)) : undefined;
    if (target === undefined) return true;
    return anchor !== undefined && !anchor.startsWith("v=") && !anchors(target).includes(anchor);
  });
}

const texts = [...generated].flatMap(([path, text]) => (path.endsWith(".md") ? [{ path, text: String(text) }] : []));
const summaries = written.filter(([path]) => path.startsWith("ko/guide/")).map(([path, text]) => ({ path, text }));

describe.each([...texts, ...summaries])("$path", ({ path, text }) => {
  test("has no dead link", () => {
    expect(broken(text)).toEqual([]);
  });

  test("has a title, a description and one heading of the first level", () => {
    const { title, description } = readFrontMatter(text);
    expect(title).toBeTruthy();
    expect(description).toBeTruthy();
    expect(text.replace(/^```.*?^```$/gms, "").match(/^# .*$/gm)).toHaveLength(1);
  });

  test("has a twin in the other language", () => {
    expect([...pages.keys()]).toContain(path.startsWith("ko/") ? path.slice(3) : `ko/${path}`);
  });
});

test("every anchor of a page is unique", () => {
  for (const { path, text } of texts) {
    const found = anchors(text);
    expect(new Set(found).size, path).toBe(found.length);
  }
});

test("the guide has a page for README.md and for every page of docs/ but two", () => {
  const names = readdirSync(new URL("../../../docs", import.meta.url)).filter((name) => name.endsWith(".md"));
  expect(guideFiles.length).toBe(names.length - 2 + 1);
  for (const file of guideFiles) expect(generated.has(`guide/${guideName(file)}.md`)).toBe(true);
});

test("a Korean summary has 5 to 10 lines, and links to the English page", () => {
  for (const { path, text } of summaries.filter(({ path }) => path !== "ko/guide/index.md")) {
    const lines =
      text
        .split("---\n")
        .at(-1)
        ?.split("\n")
        .filter((line) => line.trim() && !line.startsWith("#")) ?? [];
    expect(lines.length, path).toBeGreaterThanOrEqual(5);
    expect(lines.length, path).toBeLessThanOrEqual(10);
    expect(text).toContain(`](/guide/${path.replace(/^ko\/guide\/|\.md$/g, "")})`);
  }
});

test.each(["glossary.md", "ko/glossary.md", "ko/guide/index.md"])(
  "%s in the repository is what is generated now: npx tsx site/generate/main.ts",
  (path) => {
    expect(readFileSync(join(pagesFolder, path), "utf8")).toBe(generated.get(path));
  },
);

test("the glossary has each term once, in both languages", () => {
  expect(glossary.length).toBeGreaterThanOrEqual(40);
  for (const locale of ["en", "ko"] as const) {
    expect(new Set(glossary.map((term) => term[locale])).size).toBe(glossary.length);
    for (const { meaning } of glossary) expect(meaning[locale]).toMatch(/\.$/);
  }
});

describe("links", () => {
  test.each([
    ["[fit](docs/training.md#fit)", "README.md", "[fit](/guide/training#fit)"],
    ["[`sophia`](rules.md#sophia)", "docs/gradients.md", "[`sophia`](/rules/sophia)"],
    ["[rules.md](rules.md)", "docs/optimizer.md", "[rules.md](/rules/)"],
    ["[README](../README.md#train)", "docs/training.md", "[README](/guide/start#train)"],
    ["![a picture](paths.svg)", "docs/convergence.md", "![a picture](/guide/paths.svg)"],
    ["[iris](examples/iris/main.js)", "README.md", "iris (`examples/iris/main.js`)"],
    ["[assembly/lanes.ts](../assembly/lanes.ts)", "docs/own-rules.md", "`assembly/lanes.ts`"],
    ["[two](#lines) `[no](link.md)`", "docs/tfjs.md", "[two](/guide/tfjs#lines) `[no](link.md)`"],
    ["[paper](https://arxiv.org/abs/1)", "README.md", "[paper](https://arxiv.org/abs/1)"],
  ])("%s", (text, page, expected) => {
    expect(rewriteLinks(text, page)).toBe(expected);
  });

  test("code is left as it is", () => {
    const text = "```js\n// [a](b.md)\n# no heading\n```\n";
    expect(withAnchors(rewriteLinks(text, "README.md"))).toBe(text);
  });
});

test("front matter is YAML: strings in quotes, or plain words", () => {
  const plain = /^[\p{L}\d](?:(?!: | #).)*$/u;
  for (const { path, text } of [...texts, ...summaries]) {
    const [, block = ""] = /^---\n(.*?)\n---\n/s.exec(text) ?? [];
    for (const line of block.split("\n"))
      expect(line.replace(/^\w+: /, ""), path).toMatch(line.includes(': "') ? /^".*"$/ : plain);
  }
});

test("front matter is read as it was written", () => {
  const fields = { title: 'a "quoted" title: here', order: 3 };
  expect(readFrontMatter(`${frontMatter(fields)}# Text\n`)).toEqual({ title: fields.title, order: "3" });
});

test.runIf(existsSync(join(pagesFolder, "rules/adam.md")))(
  "the sidebar has every page of the guide and of the rules",
  async () => {
    const { sidebar } = await import("../../../site/generate/sidebar.js");
    for (const locale of ["en", "ko"] as const) {
      const text = JSON.stringify(sidebar(locale));
      const root = locale === "en" ? "" : "/ko";
      for (const file of guideFiles) expect(text).toContain(`"${root}/guide/${guideName(file)}"`);
      for (const { path } of texts.filter(({ path }) => path.startsWith("rules/") && path !== "rules/index.md"))
        expect(text).toContain(`"${root}/${path.replace(".md", "")}"`);
    }
  },
);
