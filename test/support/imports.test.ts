import { expect, test } from "vitest";
import { findCircle, longestPath, pathsIn, reachedFrom } from "./imports.js";

const graph = (imports: Record<string, string[]>) => new Map(Object.entries(imports));
const tree = graph({ index: ["a", "b"], a: ["c"], b: ["c"], c: ["d"], d: [], lost: ["d"] });

test("imports of values and types, exports, imports for their effects, types in comments", () => {
  const text = `import a, { b } from "./a.js";
import type { C } from "../c.js";
import {
  d,
} from "./d.js";
import "./effects.js";
import other from "package";
export * from "./all.js";
export type { E } from "./e.js";
/** @typedef {import("./types.js").T} T */
const later = import("./later.js");`;
  const names = ["./a.js", "../c.js", "./d.js", "./effects.js", "./all.js", "./e.js", "./types.js", "./later.js"];
  expect(pathsIn(text)).toEqual(names);
});

test("a circle is found wherever it is", () => {
  expect(findCircle(tree)).toBeUndefined();
  expect(findCircle(graph({ index: ["a"], a: ["b"], b: ["c"], c: ["a"] }))).toEqual(["a", "b", "c", "a"]);
  expect(findCircle(graph({ index: [], a: ["a"] }))).toEqual(["a", "a"]);
});

test("files that are reached, and the longest path", () => {
  expect([...reachedFrom(tree, ["index"])]).toEqual(["index", "a", "b", "c", "d"]);
  expect(longestPath(tree)).toEqual(["index", "a", "c", "d"]);
});
