// The curves of the training view on a common axis, and the words around them.
import { describe, expect, test } from "vitest";
import { strings as flatStrings } from "../../../site/playground/flat/strings.js";
import { parse } from "../../../site/playground/state.js";
import { type Curve, onAxis } from "../../../site/playground/training/curves.js";
import { runLabels } from "../../../site/playground/training/labels.js";
import { planOf } from "../../../site/playground/training/plan.js";
import { strings as trainingStrings } from "../../../site/playground/training/strings.js";

const points = (...list: [update: number, second: number, value: number][]) =>
  list.map(([update, second, value]) => ({ update, second, value }));

const curves: Curve[] = [
  { perEpoch: 10, points: points([0, 0, 8], [10, 1, 4], [20, 2, 2]) },
  { perEpoch: 5, points: points([0, 0, 6], [5, 4, 3]) },
];

describe("curves on one axis", () => {
  test("of updates: the places of all points, straight lines between them, nothing beyond", () => {
    expect(onAxis(curves, "update")).toEqual({
      x: [0, 5, 10, 20],
      values: [
        [8, 6, 4, 2],
        [6, 3, Number.NaN, Number.NaN],
      ],
    });
  });

  test("of epochs: updates divided by those of an epoch", () => {
    expect(onAxis(curves, "epoch")).toEqual({
      x: [0, 1, 2],
      values: [
        [8, 4, 2],
        [6, 3, Number.NaN],
      ],
    });
  });

  test("of seconds", () => {
    expect(onAxis(curves, "second")).toEqual({
      x: [0, 1, 2, 4],
      values: [
        [8, 4, 2, Number.NaN],
        [6, 5.25, 4.5, 3],
      ],
    });
  });

  test("many points are thinned, with both ends", () => {
    const many: Curve = { perEpoch: 1, points: Array.from({ length: 5000 }, (_, i) => ({ update: i, second: i, value: 2 * i })) };
    const { x, values } = onAxis([many], "update");
    expect(x.length).toBe(400);
    expect([x[0], x[399]]).toEqual([0, 4999]);
    for (const [i, value] of values[0].entries()) expect(value).toBeCloseTo(2 * x[i], 8);
  });

  test("of nothing are empty", () => {
    expect(onAxis([], "update")).toEqual({ x: [], values: [] });
    expect(onAxis([{ perEpoch: 1, points: [] }], "second")).toEqual({ x: [], values: [[]] });
  });
});

test("runs are told apart by rule, options or batch", () => {
  const labels = (hash: string) => runLabels(planOf(parse(hash)), (batch) => `batch ${batch}`);
  expect(labels("r=sgd&r=adam")).toEqual(["sgd", "adam"]);
  expect(labels("r=sgd,lr:0.2&r=sgd,lr:0.02&r=sgd,lr:0.2&batches=all,1,32")).toEqual([
    "sgd, batch all",
    "sgd, batch 1",
    "sgd, batch 32",
  ]);
  const same = labels("r=sgd,lr:0.2&r=sgd,lr:0.02&r=adam&batches=8,8,16");
  expect(new Set(same).size).toBe(3);
});

test("Korean texts are Korean where English ones are words", () => {
  const texts = (value: unknown): string[] =>
    typeof value === "string" ? [value] : value && typeof value === "object" ? Object.values(value).flatMap(texts) : [];
  const names = ["SWA", "SAM"];
  for (const { ko } of [trainingStrings, flatStrings])
    for (const text of texts(ko)) if (!names.includes(text)) expect(text).toMatch(/[가-힣]/);
});
