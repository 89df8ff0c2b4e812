// The generated pages, and the folder that they are written to.
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export type Locale = "en" | "ko";

export const locales: readonly Locale[] = ["en", "ko"];

export interface Page {
  /** The path in site/pages, with the ending. */
  readonly path: string;
  readonly text: string | Uint8Array;
}

/** The repository. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

export const pagesFolder = fileURLToPath(new URL("../pages/", import.meta.url));

export const readSource = (path: string) => readFileSync(join(root, path), "utf8");

/** What addresses of pages in a language begin with. */
export const prefix = (locale: Locale) => (locale === "en" ? "" : "/ko");

/** The front matter of a page. */
export function frontMatter(fields: { readonly [name: string]: string | number | undefined }): string {
  const lines = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${JSON.stringify(value)}`],
  );
  return ["---", ...lines, "---", "", ""].join("\n");
}

/** The fields of the front matter that `frontMatter` wrote, or that a person wrote in the same form. */
export function readFrontMatter(text: string): { readonly [name: string]: string } {
  const [, block = ""] = /^---\n(.*?)\n---\n/s.exec(text) ?? [];
  const fields = block.split("\n").flatMap((line) => {
    const [, name, value] = /^(\w+): (.+)$/.exec(line) ?? [];
    return name ? [[name, /^"/.test(value) ? JSON.parse(value) : value]] : [];
  });
  return Object.fromEntries(fields);
}

/** Writes the pages that changed, and removes files of `folders` that are no longer among them. */
export function writePages(pages: readonly Page[], folders: readonly string[]): void {
  for (const { path, text } of pages) {
    const file = join(pagesFolder, path);
    mkdirSync(dirname(file), { recursive: true });
    const old = statSync(file, { throwIfNoEntry: false })?.isFile() ? readFileSync(file) : undefined;
    const bytes = Buffer.from(text);
    if (!old?.equals(bytes)) writeFileSync(file, bytes);
  }
  const written = new Set(pages.map(({ path }) => path));
  for (const folder of folders) {
    const files = readdirSync(join(pagesFolder, folder), { recursive: true, encoding: "utf8", withFileTypes: true });
    for (const file of files.filter((entry) => entry.isFile())) {
      const path = join(file.parentPath, file.name);
      if (!written.has(path.slice(pagesFolder.length))) rmSync(path);
    }
  }
}
