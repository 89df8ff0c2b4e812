// Which files import which.
import { existsSync, readdirSync, readFileSync } from "node:fs";

/** For each file, the files that it imports. */
export type Graph = ReadonlyMap<string, readonly string[]>;

/** The files that a text imports by a path: as values, as types, and as types in comments of JavaScript. */
export const pathsIn = (text: string): string[] =>
  [...text.matchAll(/\b(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(([, path]) => path as string);

/** The files of a folder and of those in it whose paths match. */
export const filesIn = (folder: URL, matching: RegExp): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => matching.test(file));

/** The imports between the files of a folder, by their paths in it. */
export function readImports(folder: URL): Graph {
  return new Map(
    filesIn(folder, /\.[jt]s$/).map((file) => {
      const address = new URL(file, folder);
      const imported = pathsIn(readFileSync(address, "utf8")).map((path) => {
        const found = [path, path.replace(/\.js$/, ".ts")].map((path) => new URL(path, address)).find((url) => existsSync(url));
        if (!found) throw new Error(`${file} imports ${path}, which does not exist`);
        return found.href.slice(folder.href.length);
      });
      return [file, [...new Set(imported)]];
    }),
  );
}

/** A path from a file to itself; undefined where there is none. */
export function findCircle(graph: Graph): string[] | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    path.push(file);
    for (const next of graph.get(file) ?? []) {
      const circle = visit(next);
      if (circle) return circle;
    }
    path.pop();
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const circle = visit(file);
    if (circle) return circle;
  }
  return undefined;
}

/** All files that these reach, themselves included. */
export function reachedFrom(graph: Graph, entries: readonly string[]): Set<string> {
  const reached = new Set(entries);
  for (const file of reached) for (const next of graph.get(file) ?? []) reached.add(next);
  return reached;
}

/** The longest path of imports, in a graph without circles. */
export function longestPath(graph: Graph): string[] {
  const longest = new Map<string, string[]>();
  const from = (file: string): string[] => {
    const known = longest.get(file);
    if (known) return known;
    const path = [file, ...(graph.get(file) ?? []).map(from).reduce((a, b) => (b.length > a.length ? b : a), [])];
    longest.set(file, path);
    return path;
  };
  return [...graph.keys()].map(from).reduce((a, b) => (b.length > a.length ? b : a), []);
}
