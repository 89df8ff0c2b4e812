import { describe, expect, test } from "vitest";
import { type Line, type LinePoint, strongWolfe } from "../../src/minimize/lineSearch.js";
import { readGolden } from "../support/golden.js";

/** Value and derivative. */
type Function = (x: number) => [number, number];

const gamma = (beta: number) => Math.sqrt(1 + beta ** 2) - beta;
const yanai = (beta1: number, beta2: number): Function => {
  return (x) => {
    const [a, b] = [Math.sqrt((1 - x) ** 2 + beta2 ** 2), Math.sqrt(x ** 2 + beta1 ** 2)];
    return [gamma(beta1) * a + gamma(beta2) * b, (gamma(beta1) * (x - 1)) / a + (gamma(beta2) * x) / b];
  };
};

const functions: Record<string, Function> = {
  thuente1: (x) => [-x / (x ** 2 + 2), (x ** 2 - 2) / (x ** 2 + 2) ** 2],
  thuente2: (x) => {
    const y = x + 0.004;
    return [y ** 5 - 2 * y ** 4, 5 * y ** 4 - 8 * y ** 3];
  },
  thuente4: yanai(0.001, 0.001),
  thuente5: yanai(0.01, 0.001),
  thuente6: yanai(0.001, 0.01),
  kink: (x) => [Math.abs(x - 0.3), Math.sign(x - 0.3)],
  bumps: (x) => {
    const [a, b] = [x ** 2 - 5 * x + 6.2, 0.3 + (x - 4) ** 2];
    return [a ** 2 * b, 2 * a * (2 * x - 5) * b + a ** 2 * 2 * (x - 4)];
  },
};

/** Searches from 0 and keeps account of the steps; `same` says which steps are the kept point to rounding. */
function search(
  f: Function,
  first: number,
  options: { most?: number; longest?: number; same?: (a: number, b: number) => boolean },
) {
  const { most = 25, longest = Infinity, same = (a, b) => a === b } = options;
  const steps: number[] = [];
  let kept = 0;
  let last = 0;
  const line: Line = {
    at: (step): LinePoint | undefined => {
      last = step;
      if (same(step, kept)) return undefined;
      steps.push(step);
      const [value, slope] = f(step);
      return { step, value, slope };
    },
    keep: () => {
      kept = last;
    },
  };
  const [value, slope] = f(0);
  const found = strongWolfe(line, { step: 0, value, slope }, first, longest, 1e-9, most);
  expect(found.point.step).toBe(found.kept ? kept : last);
  return { ...found, steps };
}

/** A search of PyTorch: the steps that it tried, and the one that it took. */
interface Search {
  readonly function: string;
  readonly first: number;
  readonly most: number;
  readonly steps: readonly number[];
  readonly step: number;
}

describe("PyTorch's searches", () => {
  const { searches } = readGolden<{ readonly searches: readonly Search[] }>("lbfgs");

  test.each(searches)("$function, first step $first, $most trials", ({ function: name, first, most, steps, step }) => {
    const actual = search(functions[name], first, { most });
    // Both in f64; the powers and derivatives above are written another way.
    const near = (a: number, b: number) => Math.abs(a - b) <= 1e-6 * Math.abs(b);
    expect(actual.steps.length).toBe(steps.length);
    for (const [i, step] of steps.entries()) if (!near(actual.steps[i], step)) expect.fail(`${actual.steps[i]}, not ${step}`);
    // Where trials run out on the way further, PyTorch may go back to the start; this search takes the lowest point it saw.
    const back = step === 0 && steps.length === most + 1;
    if (back && actual.point.value < functions[name](0)[0]) expect(actual.steps).toContain(actual.point.step);
    else if (!(actual.point.step === step || near(actual.point.step, step)))
      expect.fail(`took ${actual.point.step}, not ${step}`);
  });
});

describe("cases that PyTorch does not handle", () => {
  test("values that are not finite: halves the interval", () => {
    const { steps, point } = search((x) => (x < 0.1 ? [-x, -1] : [Infinity, Infinity]), 1, {});
    expect(steps.slice(0, 4)).toEqual([1, 0.5, 0.25, 0.125]);
    if (!(point.step > 0.09 && point.step < 0.1)) expect.fail(`took ${point.step}`);
  });

  test("a first step that rounding hides: ten times as long", () => {
    const { steps } = search((x) => [(x - 100) ** 2, 2 * (x - 100)], 1, { same: (a, b) => Math.abs(a - b) < 50 });
    expect(steps[0]).toBe(100);
  });

  test("an interpolation that rounding hides: a tenth away from the end", () => {
    const f = (x: number): [number, number] => (x === 1 ? [1e9, 1e9] : [-1e-6 * x, -1e-6]);
    const { steps } = search(f, 1, { same: (a, b) => Math.abs(a - b) < 1e-6 });
    expect(steps.slice(0, 2)).toEqual([1, 0.1]);
  });

  test("no point left between the two: the lower one", () => {
    const { steps, point } = search((x) => [x, -1], 1, { same: (a, b) => Math.abs(a - b) < 0.2 });
    expect([point.step, steps.every((step) => step >= 0.2)]).toEqual([0, true]);
    expect(steps.length).toBeLessThan(10);
  });

  test.each<[string, Function]>([
    ["a loss of -Infinity", (x) => [x > 5 ? -Infinity : -x, -1]],
    ["a slope of -Infinity", (x) => [-x, x > 5 ? -Infinity : -1]],
    ["the end of the line", (x) => [-x, -1]],
  ])("unbounded: %s", (_, f) => {
    const { point, unbounded } = search(f, 1, { longest: 1000 });
    expect(unbounded).toBe(true);
    expect(Number.isFinite(point.value) && Number.isFinite(point.slope)).toBe(true);
    expect(point.step).toBeGreaterThan(0);
  });
});
