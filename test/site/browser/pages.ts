// The pages of the built site. No list of them is written anywhere: they are what the build wrote.
import { readdirSync } from "node:fs";

/** The paths of all pages below the base, without ".html" and "index": "", "learn/", "ko/playground". */
export function pagesIn(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".html"));
  const paths = files.map((file) => file.replace(/\.html$/, "").replace(/(^|\/)index$/, "$1"));
  return paths.filter((path) => path !== "404").sort();
}

export const isKorean = (page: string) => page === "ko/" || page.startsWith("ko/");

/** The path of the same page in English. */
export const english = (page: string) => page.replace(/^ko\//, "");

/** The playground's views, in both languages: the first is the page itself. */
export const viewsOf = (page: string, views: readonly string[]) => views.map((view) => `${page}#v=1&view=${view}`);
