// A cell of a rate map has the loss of a race at that rate.
import { rules } from "simdescent";
import { describe, expect, test } from "vitest";
import { accepts, ruleNames, ruleOf } from "../../../site/playground/options.js";
import { raceSteps } from "../../../site/playground/race/steps.js";
import { axisOf, nearest, otherOptions, rateAxis } from "../../../site/playground/rates/axes.js";
import { rateCurve } from "../../../site/playground/rates/curve.js";
import { bestCell, cellCount, type MapPart, type MapRuns, rateMap, setupOf } from "../../../site/playground/rates/map.js";
import { type SurfaceName, surfaceOf } from "../../../site/playground/surfaces.js";

const settings: MapRuns["state"]["settings"] = new Map();
const budget = 40;

function runsOf(rule: string, other: string, name: SurfaceName): MapRuns {
  const surface = surfaceOf(name, settings);
  const setup = { rule, options: {} };
  const axis = axisOf(ruleOf(rule).spec, other);
  const some = axis.values.filter((_, i) => axis.values.length < 5 || i % 9 === 1);
  return { setup, surface, state: { start: surface.start, settings }, other: { ...axis, values: some }, budget };
}

function assemble(parts: Iterable<MapPart>, size: number): Float64Array {
  const losses = new Float64Array(size).fill(-1);
  for (const { cells, losses: some } of parts) for (const [i, cell] of cells.entries()) losses[cell] = some[i];
  return losses;
}

describe("each cell has the loss of a race", () => {
  const cases = [
    ["adam", "beta1", "rosenbrock"],
    ["rprop", "etaPlus", "himmelblau"],
    ["nesterov", "momentum", "regression"],
    ["rmsprop", "centered", "beale"],
  ] as const;
  for (const [rule, other, name] of cases) {
    test(`${rule} on ${name} by ${other}`, () => {
      const runs = runsOf(rule, other, name);
      const losses = assemble(rateMap(runs), cellCount(runs.other));
      expect(losses).not.toContain(-1);
      for (let cell = 0; cell < losses.length; cell += 7) {
        const racers = [setupOf(runs, cell)];
        const points = raceSteps({ surface: name, start: runs.surface.start, racers, tuned: false, settings }, budget)[0];
        const loss = runs.surface.value(points[2 * budget], points[2 * budget + 1]);
        if (losses[cell] < Infinity) expect(losses[cell]).toBe(loss);
        else expect(!(Math.abs(points[2 * budget]) < 20 && Math.abs(points[2 * budget + 1]) < 20)).toBe(true);
      }
      const best = bestCell(losses) as number;
      expect(losses[best]).toBe(Math.min(...losses));
    });
  }
});

test("an abandoned map changes nothing in the next one", () => {
  const runs = runsOf("sgd", "weightDecay", "bowl");
  const first = assemble(rateMap(runs), cellCount(runs.other));
  const abandoned = rateMap(runs);
  abandoned.next();
  abandoned.return();
  expect(assemble(rateMap(runs), cellCount(runs.other))).toEqual(first);
});

describe("the axes of every option of every rule", () => {
  for (const rule of ruleNames) {
    test(rule, () => {
      const { spec } = ruleOf(rule);
      for (const name of otherOptions(spec)) {
        const { values, ticks } = axisOf(spec, name);
        const [fallback] = spec.hyper[name];
        expect(new Set(values).size).toBe(values.length);
        expect(values.length).toBeGreaterThan(1);
        expect(ticks.filter((tick) => values.includes(tick)).length, name).toBeGreaterThan(1);
        if (typeof fallback === "number") expect([...values].sort((a, b) => Number(a) - Number(b))).toEqual(values);
        // The library accepts each value by itself, except where two options must be in order.
        for (const value of spec.ordered ? [] : values) expect(accepts(rule, { [name]: value }), `${name} = ${value}`).toBe(true);
        const cell = values[nearest(axisOf(spec, name), fallback)];
        if (typeof fallback === "boolean" || fallback === 0) expect(cell).toBe(fallback);
        else expect(Math.abs(Number(cell) - fallback)).toBeLessThanOrEqual(0.15 * fallback);
      }
    });
  }

  test("the rate axis has the default rate of every rule", () => {
    for (const { spec } of Object.values(rules)) {
      const [lr] = spec.hyper.lr;
      expect(rateAxis.values).toContain(lr);
    }
  });
});

test("the range test suggests a rate that works", () => {
  const surface = surfaceOf("regression", settings);
  const state = { tuned: false, start: surface.start, settings: new Map([["batch", "32"]]) };
  const { rates, smoothed, suggestion } = rateCurve({ rule: "sgd", options: {} }, surface, state);
  expect(rates.length).toBe(smoothed.length);
  expect(suggestion).toBeGreaterThan(1e-3);
  const racers = [{ rule: "sgd", options: { lr: (suggestion as number) / 3 } }];
  const points = raceSteps({ ...state, surface: "regression", racers }, 300)[0];
  const [x, y] = points.subarray(600);
  expect(surface.value(x, y)).toBeLessThan(1.5 * surface.value(...surface.minima[0]));
  expect(() => rateCurve({ rule: "rprop", options: {} }, surface, state)).toThrow(/lr can be set later/);
});
