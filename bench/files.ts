// The files of a report: its numbers, and the page and charts made of them.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { charts } from "./charts.js";
import { report } from "./report.js";
import type { Results } from "./results.js";

const numbers = "benchmark.json";

/** The contents of the page and the charts, by the names of their files. */
export function pages(results: Results): Record<string, string> {
  const { document } = parseHTML("<html><body></body></html>");
  const pictures = charts(results, document as unknown as Document);
  return { ...Object.fromEntries(pictures.map(({ file, svg }) => [file, svg])), "benchmark.md": report(results, pictures) };
}

export const readResults = (folder: string): Results => JSON.parse(readFileSync(join(folder, numbers), "utf8"));

export function writePages(folder: string, results: Results): void {
  for (const [file, content] of Object.entries(pages(results))) writeFileSync(join(folder, file), content);
}

export function writeReport(folder: string, results: Results): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, numbers), `${JSON.stringify(results)}\n`);
  writePages(folder, results);
}
