// The learn pages: what English and Korean have in common, their length, and the Korean terms.
import { describe, expect, test } from "vitest";
import { learnPages } from "../../../site/learn/pages.js";
import { languages, read } from "./pages.js";

const names = learnPages.map(({ name }) => name);

/** A page without front matter and the test at its end. */
const body = (language: string, name: string) =>
  read(language, name)
    .replace(/^---[\s\S]*?\n---\n/, "")
    .replace(/^::: details[\s\S]*$/m, "");

const title = (text: string) => text.match(/^# (.*)$/m)?.[1];

describe("the index", () => {
  test.each(languages)("%s lists the pages in order, by their titles", (language) => {
    const links = [...read(language, "index").matchAll(/\[([^\]]*)\]\(\.\/(\w+)\)/g)].map(([, text, name]) => ({ text, name }));
    expect(links).toEqual(names.map((name) => ({ text: title(body(language, name)), name })));
  });
});

/** What both languages have alike: headings, items, rows, formulas, figure, and where links lead. */
function skeleton(language: string, name: string) {
  const text = body(language, name);
  return {
    headings: [...text.matchAll(/^(#+) /gm)].map(([, marks]) => marks),
    items: [...text.matchAll(/^(- |\d\. )/gm)].map(([mark]) => mark),
    rows: (text.match(/^\|/gm) ?? []).length,
    formulas: [...text.matchAll(/\$\$?[^$]+\$\$?/g)].map(([formula]) =>
      formula.replace(/\\(text|mathrm)\{[^}]*\}/g, "").replace(/\s+/g, " "),
    ),
    figure: text.match(/<Island [^>]*>/g),
    links: [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target.replace(/^\/ko\//, "/")),
    test: read(language, name).match(/^<<< .*$/m)?.[0],
  };
}

describe.each(names)("%s", (name) => {
  test("is alike in both languages", () => {
    expect(skeleton("ko/", name)).toEqual(skeleton("", name));
  });

  test("shows its own test", () => {
    expect(skeleton("", name).test).toBe(`<<< @/../../test/site/learn/claims.test.ts#${name}`);
  });
});

test.each(names.filter((name) => name !== "which"))("%s has 120 to 250 words", (name) => {
  const text = body("", name)
    .replace(/<Island[^>]*>/g, "")
    .replace(/\$\$?[^$]+\$\$?/g, "");
  const words = text.match(/[\p{L}\p{N}][\p{L}\p{N}.,’'-]*/gu)?.length;
  expect(words).toBeGreaterThanOrEqual(120);
  expect(words).toBeLessThanOrEqual(250);
});

/** Terms, longest first: a term's first use on a page has the English word behind it. */
const terms = [
  "확률적 경사 하강법", "미니 배치 경사 하강법", "배치 경사 하강법", "경사 하강법", "네스테로프 가속 경사", "미니 배치", "배치 크기", "배치", "에폭", "갱신",
  "지역 최솟값", "전역 최솟값", "평탄한 최솟값", "날카로운 최솟값", "최솟점", "안장점", "손실 함수", "손실 곡면", "손실", "등고선", "학습률 스케줄", "적응적 학습률", "학습률",
  "모멘텀", "속도", "지나침", "발산", "매개변수", "기울기", "2차 모멘트", "지수 이동 평균", "편향 보정", "잡음", "시드", "곡률", "웜업", "옵티마이저",
]; // biome-ignore format: a list

/** Headings, formulas and lists of links do not count as uses. */
const prose = (name: string) =>
  body("ko/", name)
    .replace(/^#.*$/gm, "")
    .replace(/^\d\d?\. \[.*$/gm, "")
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/\$\$?[^$]+\$\$?/g, "")
    .replace(/\s+/g, " ");

describe("Korean", () => {
  test.each(["index", ...names])("%s gives the English of each term at its first use", (name) => {
    let text = prose(name);
    const introduced: string[] = [];
    const missing: string[] = [];
    for (const term of terms) {
      const at = text.indexOf(term);
      if (at < 0) continue;
      const known = introduced.some((longer) => longer.includes(term));
      const english = /^\([가-힣, ]*[A-Za-z -]+/.test(text.slice(at + term.length));
      if (!known && !english) missing.push(text.slice(Math.max(0, at - 10), at + 25));
      introduced.push(term);
      text = text.replaceAll(term, "□".repeat(term.length));
    }
    expect(missing).toEqual([]);
  });

  test.each(["index", ...names])("%s ends its sentences in the formal style", (name) => {
    const sentences = prose(name).match(/[^.?|]*[가-힣)]\**[.?](?=[\s)*]|$)/g) ?? [];
    expect(sentences.length).toBeGreaterThan(5);
    for (const sentence of sentences) expect(sentence).toMatch(/(니다|십시오|니까)(\([^)]*\))?\**[.?]$/);
  });
});
