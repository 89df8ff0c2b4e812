// What the benchmark computes from its measurements.
import { describe, expect, test } from "vitest";
import { fitLine } from "../../bench/growth.js";
import { interleaved, middle } from "../../bench/interleaved.js";
import { count, models, tensors } from "../../bench/workloads.js";

test("a line through points that are on one", () => {
  const { fixed, each, off } = fitLine([10, 1000, 1e6].map((n) => ({ n, time: 3 + 0.5 * n })));
  expect(fixed).toBeCloseTo(3, 8);
  expect(each).toBeCloseTo(0.5, 12);
  expect(off).toBeLessThanOrEqual(1e-9); // what rounding leaves
});

test("median, and half the middle half", () => {
  expect(middle([9, 1, 5, 3, 7])).toEqual({ median: 5, spread: 2 });
});

describe("interleaved", () => {
  const task = (name: string, milliseconds: number, log: string[] = []) => ({
    name,
    run(steps: number) {
      log.push(name);
      return Promise.resolve(milliseconds * steps);
    },
  });

  test("a time told by a promise is the time of a step", async () => {
    const measured = await interleaved([task("a", 0.25), task("b", 1)], { rounds: 5, milliseconds: 1, budget: 1e6 });
    expect(measured).toEqual([
      { median: 0.25, spread: 0, ratio: 1, ratioSpread: 0 },
      { median: 1, spread: 0, ratio: 4, ratioSpread: 0 },
    ]);
  });

  test("in turn, forwards and backwards", async () => {
    const log: string[] = [];
    await interleaved([task("a", 1, log), task("b", 1, log)], { rounds: 4, milliseconds: 1, budget: 1e6 });
    expect(log.slice(-16).join("")).toBe("aabbbbaaaabbbbaa"); // a step to warm up, and a sample
  });

  test("what takes too long is in fewer rounds, three at least", async () => {
    const log: string[] = [];
    const [, { ratio }] = await interleaved([task("a", 1), task("b", 1000, log)], { rounds: 9, milliseconds: 1, budget: 10 });
    expect(ratio).toBe(1000);
    expect(log.length).toBe(2 + 3); // two to find out how long it takes, and no step to warm up
  });
});

test("the models have the numbers of tensors and parameters that their papers' code has", () => {
  const sizes = Object.values(models).map((shapes) => [Object.keys(shapes).length, count(shapes)]);
  expect(sizes).toEqual([
    [4, 10_345],
    [62, 11_689_512],
    [148, 124_439_808],
  ]);
});

test("rules that look at tensors get square matrices, of at most 512 rows", () => {
  expect(tensors({ perTensor: true }, 1024)).toEqual({ x0: [32, 32] });
  expect(Object.values(tensors({ perTensor: true }, 2 ** 20))).toEqual(Array(4).fill([512, 512]));
  expect(tensors({ perTensor: true }, 1000)).toEqual({ x: [1000] });
  expect(tensors({}, 1024)).toEqual({ x: [1024] });
});
