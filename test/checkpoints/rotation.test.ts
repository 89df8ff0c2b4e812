import { describe, expect, test } from "vitest";
import {
  bestFirst,
  latestFirst,
  leftovers,
  listed,
  nameOf,
  rotation,
  targetOf,
  temporaryName,
} from "../../src/checkpoints/rotation.js";

test.each([
  ["step", 1000, undefined, "step-00001000.safetensors"],
  ["step", 0, 0.25, "step-00000000-loss-0.25.safetensors"],
  ["best", 123456789, -1e-7, "best-123456789-loss--1e-7.safetensors"],
  ["step", 3, -0, "step-00000003-loss-0.safetensors"],
] as const)("%s %d with the loss %d", (kind, t, loss, name) => {
  expect(nameOf(kind, t, loss)).toBe(name);
  expect(listed([name])).toEqual([{ file: name, t, loss: loss === undefined ? undefined : loss + 0 }]);
});

test.each([
  "notes.txt",
  "step-1000.safetensors",
  "step-000001000.safetensors",
  "step-00001000.safetensors.tmp",
  "step-00001000-loss-.safetensors",
  "step-00001000-loss-0.50.safetensors",
  "step-00001000-loss-NaN.safetensors.x",
  "first-00001000.safetensors",
  "a/step-00001000.safetensors",
])("%s is no file of a store", (name) => {
  expect(listed([name])).toEqual([]);
  expect(rotation([name, "step-00002000.safetensors"], "step-00002000.safetensors", { keep: 1, best: 0 })).toEqual([]);
});

const step = (t: number, loss?: number) => nameOf("step", t, loss);
const best = (t: number, loss: number) => nameOf("best", t, loss);

test("the order of latest, and of best", () => {
  const names = [best(9, 0.5), step(2, 0.1), step(10), step(7, 0.5), best(3, 0.2)];
  expect(latestFirst(names).map(({ file }) => file)).toEqual([step(10), step(7, 0.5), step(2, 0.1), best(9, 0.5), best(3, 0.2)]);
  expect(bestFirst(names).map(({ file }) => file)).toEqual([step(2, 0.1), best(3, 0.2), best(9, 0.5), step(7, 0.5)]);
  expect(listed(names).map(({ t }) => t)).toEqual([2, 3, 7, 9, 10]);
});

describe("rotation", () => {
  /** The names afterwards. */
  function rotated(names: string[], saved: string, keep: number, best: number): string[] {
    const left = new Set([...names, saved]);
    for (const { from, to } of rotation([...left], saved, { keep, best })) {
      expect(left.delete(from)).toBe(true);
      if (to !== undefined) left.add(to);
    }
    // A second time there is nothing to do.
    expect(rotation([...left], saved, { keep, best })).toEqual([]);
    return [...left].sort();
  }

  test.each([
    ["the last ones stay", [step(1), step(2)], step(3), 2, 0, [step(2), step(3)]],
    ["also one alone", [step(1), step(2)], step(3), 1, 1, [step(3)]],
    [
      "the best gets a name of its own",
      [step(1, 0.1), step(2, 0.5)],
      step(3, 0.3),
      2,
      1,
      [best(1, 0.1), step(2, 0.5), step(3, 0.3)],
    ],
    ["the best among the last ones stays", [best(1, 0.4), step(2, 0.1)], step(3, 0.3), 2, 1, [step(2, 0.1), step(3, 0.3)]],
    ["two best ones", [best(1, 0.4), step(2, 0.1)], step(3, 0.6), 1, 2, [best(1, 0.4), best(2, 0.1), step(3, 0.6)]],
    ["of equal losses the later", [step(1, 0.1), step(2, 0.1)], step(3, 0.3), 1, 1, [best(2, 0.1), step(3, 0.3)]],
    ["no best one", [step(1, 0.1), best(0, 0)], step(3, 0.3), 1, 0, [step(3, 0.3)]],
    ["later steps go", [step(8), step(9, 0.4)], step(3, 0.5), 2, 0, [step(3, 0.5)]],
    ["later steps go, but not the best", [step(8, 0.3), step(9, 0.4)], step(3, 0.5), 2, 1, [best(8, 0.3), step(3, 0.5)]],
    ["one of the same step is replaced", [step(2), step(3)], step(3, 0.5), 2, 1, [step(2), step(3, 0.5)]],
    ["one of the same step stays if it is the best", [step(3, 0.5)], step(3), 2, 1, [best(3, 0.5), step(3)]],
    ["one of the same step and loss counts once", [best(3, 0.5), best(2, 0.6)], step(3, 0.5), 2, 2, [best(2, 0.6), step(3, 0.5)]],
    ["fewer than keep", [], step(3), 2, 1, [step(3)]],
  ])("%s", (_, names, saved, keep, number, wanted) => {
    expect(rotated(names, saved, keep, number)).toEqual(wanted);
  });

  test("renames come before removals", () => {
    const changes = rotation([step(1), step(2, 0.1), step(3), step(4)], step(4), { keep: 1, best: 1 });
    expect(changes.map(({ to }) => to)).toEqual([best(2, 0.1), undefined, undefined]);
  });
});

test("temporary names lead back to the file", () => {
  const name = temporaryName(step(3, 0.5), 123);
  expect(name).toMatch(/^step-00000003-loss-0\.5\.safetensors\.123-\w+\.tmp$/);
  expect(temporaryName(step(3, 0.5), 123)).not.toBe(name);
  expect(targetOf(name)).toBe(step(3, 0.5));
  expect(targetOf(step(3))).toBeUndefined();
  expect(leftovers([name, step(3), "notes.123-x.tmp"])).toEqual([name]);
});
