import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { learnPages } from "../../../site/learn/pages.js";
import { withNumbers } from "../../../site/playground/controls/formula.js";
import { strings as controls } from "../../../site/playground/controls/strings.js";
import { strings as race } from "../../../site/playground/race/strings.js";
import { strings as shell } from "../../../site/playground/shell/strings.js";
import { topicPages } from "../../../site/playground/shell/topics.js";

describe("the explanation of each view and surface", () => {
  it("links a learn page", () => {
    const names = learnPages.map(({ name }) => name);
    for (const page of Object.values(topicPages)) expect(names).toContain(page);
  });

  it.each(["en", "ko"] as const)("has two sentences: %s", (locale) => {
    expect(Object.keys(shell[locale].reasons).sort()).toEqual(Object.keys(topicPages).sort());
    for (const text of Object.values(shell[locale].reasons)) expect(text.match(/[.](?= |$)/g), text).toHaveLength(2);
  });
});

/** All texts, with their places. */
function texts(part: unknown, at: string): [string, string][] {
  if (typeof part === "string") return [[at, part]];
  if (typeof part === "function") return [[at, String((part as (...values: string[]) => string)("1", "2", "3"))]];
  return Object.entries(part as object).flatMap(([name, inner]) => texts(inner, `${at}.${name}`));
}

describe("Korean texts", () => {
  it.each([
    ["controls", controls],
    ["race", race],
    ["shell", shell],
  ])("of %s are translated, and have the terms of the glossary", (_, { en, ko }) => {
    const english = new Map(texts(en, ""));
    for (const [at, text] of texts(ko, "")) {
      expect(text, at).toMatch(/[가-힣]/);
      expect(text, at).not.toBe(english.get(at));
      expect(text, at).not.toMatch(/최소값|경사하강|하이퍼 파라미터|러닝/);
    }
  });
});

/** The files of a folder of the site with Korean in them, without the pages of rules: `generate` has their words. */
function koreanFiles(folder: string): string[] {
  const base = new URL(`../../../site/${folder}/`, import.meta.url);
  const files = readdirSync(base, { recursive: true, encoding: "utf8" }).filter(
    (name) => /\.(ts|md)$/.test(name) && !name.startsWith("rules/"),
  );
  return files.map((name) => readFileSync(new URL(name, base), "utf8")).filter((text) => /[가-힣]/.test(text));
}

it.each(["pages/ko", "learn", "playground", "generate"])("%s: a place is 최솟점, a value 최솟값", (folder) => {
  const files = koreanFiles(folder);
  expect(files.length).toBeGreaterThan(1);
  // The kinds of minima have names with 값; the glossary explains both words.
  const named = /(지역|전역|평탄한|날카로운)\s최솟값|"최솟점, 최솟값"|\*\*최솟점, 최솟값\*\*|그 손실이 최솟값입니다/g;
  for (const text of files) expect(text.replace(named, "")).not.toMatch(/.*(최솟값|최소값|최소점).*/);
});

describe("a formula with numbers", () => {
  it("has the numbers in place of names, also before superscripts", () => {
    expect(withNumbers("v ← beta2·v + (1 − beta2)·g²; m̂ = m/(1 − beta1ᵗ)", { beta1: 0.9, beta2: 0.999 })).toBe(
      "v ← 0.999·v + (1 − 0.999)·g²; m̂ = m/(1 − 0.9ᵗ)",
    );
  });

  it("leaves prose and switches alone", () => {
    expect(withNumbers("With momentum: b ← momentum·b; without nesterov: X = b", { momentum: 0.5, nesterov: true })).toBe(
      "With momentum: b ← 0.5·b; without nesterov: X = b",
    );
  });
});
