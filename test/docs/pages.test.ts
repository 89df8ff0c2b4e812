// README.md and the pages of docs/: what is generated, the links, and the examples.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { pages, readPage, regenerate } from "../../scripts/readme.js";
import { patience } from "../support/patience.js";

const root = new URL("../../", import.meta.url);

/** The text without code. */
const prose = (text: string) => text.replace(/```.*?```/gs, "").replace(/`[^`]*`/g, (code) => code.replace(/[[\]()#]/g, ""));

/** The anchors of a page's headings, as GitHub makes them. */
const anchors = (text: string) =>
  [...text.replace(/```.*?```/gs, "").matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );

/** The links and pictures of a page that lead nowhere. */
function broken(page: string): string[] {
  const links = [...prose(readPage(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link as string);
  return links.filter((link) => {
    if (/^https?:/.test(link)) return false;
    const [path, anchor] = link.split("#");
    const file = new URL(path || page.replace(/.*\//, ""), new URL(page, root));
    if (!existsSync(file)) return true;
    return anchor !== undefined && !anchors(readFileSync(file, "utf8")).includes(anchor);
  });
}

const languages = ["js", "ts", "html", "sh", "json", "http", "text", "diff"];

describe.each(pages)("%s", (page) => {
  const text = readPage(page);
  const blocks = [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language, code]) => ({ language, code: code as string }));
  const examples = blocks.filter(({ language }) => language === "js").map(({ code }, i) => ({ code, name: `example ${i + 1}` }));

  test("has what is generated as the code says now: npm run readme", () => {
    expect(text).toBe(regenerate(text));
  });

  test("has no broken links", () => {
    expect(broken(page)).toEqual([]);
  });

  test("has JavaScript in blocks that this test runs", () => {
    expect(blocks.filter(({ language = "" }) => !languages.includes(language))).toEqual([]);
  });

  if (examples.length === 0) return;
  test.each(examples)("$name runs as it stands", ({ code }) => {
    // In a process of its own, from the built package, as a reader would.
    const options = { cwd: fileURLToPath(root), encoding: "utf8", timeout: patience } as const;
    const printed = execFileSync(process.execPath, ["--input-type=module", "--eval", code], options);
    const promised = [...code.matchAll(/\/\/ prints (.*)/g)].map(([, text]) => text);
    expect(promised.length).toBeGreaterThan(0);
    expect(printed.trim().split("\n")).toEqual(promised);
  });
});

test("README.md is short", () => {
  expect(Buffer.byteLength(readPage("README.md"))).toBeLessThanOrEqual(14_000);
});
