// The rooms of src/: each says in its README what it is for, and which other rooms it may import.
import { existsSync, readdirSync, readFileSync } from "node:fs";

export interface Room {
  readonly name: string;
  /** One sentence. */
  readonly purpose: string;
  readonly mayImport: readonly string[];
}

const source = new URL("../../src/", import.meta.url);

/** The paragraphs of a README after its heading. */
export function paragraphsOf(folder: URL): string[] {
  const file = new URL("README.md", folder);
  if (!existsSync(file)) throw new Error(`${file.pathname} is missing: say there in one sentence what the folder is for`);
  const [, ...paragraphs] = readFileSync(file, "utf8")
    .trim()
    .split(/\n{2,}/);
  return paragraphs.map((paragraph) => paragraph.replaceAll("\n", " "));
}

function readRoom(name: string): Room {
  const [purpose = "", second = ""] = paragraphsOf(new URL(`${name}/`, source));
  const [, list] = /^May import: (.*)\.$/.exec(second) ?? [];
  if (list === undefined)
    throw new Error(`src/${name}/README.md expected a second paragraph like "May import: numerics, checks."`);
  return { name, purpose, mayImport: list === "nothing" ? [] : list.split(", ") };
}

/** All rooms. */
export const readRooms = (): Room[] =>
  readdirSync(source, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [readRoom(entry.name)] : []));
