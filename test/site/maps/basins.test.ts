// A cell of a basin picture says what a race from its start says.
import { describe, expect, test } from "vitest";
import { field, type Part } from "../../../site/playground/basins/field.js";
import { diverged, outcomesOf, type Runs, unfinished } from "../../../site/playground/basins/outcomes.js";
import { cellsOf, gridOf, startOf, strides } from "../../../site/playground/basins/passes.js";
import { tally } from "../../../site/playground/basins/tally.js";
import { layoutOfRaces } from "../../../site/playground/particles/layout.js";
import { farthest, Reach } from "../../../site/playground/particles/reach.js";
import { raceSteps } from "../../../site/playground/race/steps.js";
import type { RacerSetup } from "../../../site/playground/state.js";
import { type SurfaceName, surfaceNames, surfaceOf } from "../../../site/playground/surfaces.js";

const budget = 120;
const settings: Runs["settings"] = new Map();

const runsOf = (setup: RacerSetup, name: SurfaceName): Runs => ({ setup, surface: surfaceOf(name, settings), settings, budget });

/** What the points of a race say, by distances to all minima. */
function verdict(points: Float32Array, { surface }: Runs): { where: number; steps: number | undefined } {
  const { radius } = new Reach(surface);
  const [x0, x1, y0, y1] = surface.bounds;
  const at = (t: number) => {
    const [x, y] = [points[2 * t], points[2 * t + 1]];
    return surface.minima.findIndex(([u, v]) => (x - u) * (x - u) + (y - v) * (y - v) <= radius * radius);
  };
  const where = at(budget);
  if (where >= 0) {
    let steps = budget;
    while (steps > 0 && at(steps - 1) === where) steps -= 1;
    return { where, steps };
  }
  const [x, y] = [points[2 * budget] - (x0 + x1) / 2, points[2 * budget + 1] - (y0 + y1) / 2];
  const near = Math.max(Math.abs(x), Math.abs(y)) <= farthest * Math.max(x1 - x0, y1 - y0);
  return { where: near ? unfinished : diverged, steps: undefined };
}

/** All parts of a picture, put together. */
function assemble(parts: Iterable<Part>, size: number) {
  const outcomes = { where: new Uint8Array(size), steps: new Uint16Array(size) };
  const known = new Uint8Array(size);
  for (const { cells, where, steps } of parts) {
    for (const [i, cell] of cells.entries()) {
      expect(known[cell]).toBe(0);
      known[cell] = 1;
      outcomes.where[cell] = where[i];
      outcomes.steps[cell] = steps[i];
    }
  }
  return { ...outcomes, known };
}

describe("each cell says what a race says", () => {
  const cases: readonly (readonly [SurfaceName, RacerSetup])[] = [
    ["himmelblau", { rule: "momentum", options: { lr: 0.002 } }],
    ["himmelblau", { rule: "sgd", options: { lr: 0.02 } }],
    ["ripples", { rule: "adam", options: { lr: 0.1 } }],
    ["wells", { rule: "lamb", options: { lr: 0.1 } }],
    ["saddle", { rule: "dog", options: { lr: 1 } }],
    ["noisy", { rule: "adagrad", options: { lr: 0.5 } }],
    ["regression", { rule: "nesterov", options: { lr: 0.05 } }],
  ];
  for (const [name, setup] of cases) {
    test(`${setup.rule} on ${name}`, () => {
      const runs = runsOf(setup, name);
      const grid = gridOf(runs.surface, 12);
      const { where, steps, known } = assemble(field(runs, grid), grid.columns * grid.rows);
      const seen = new Set<number>();
      for (let cell = 0; cell < where.length; cell++) {
        if (!known[cell]) continue;
        const state = { surface: name, start: startOf(grid, runs.surface, cell), racers: [setup], tuned: false, settings };
        const expected = verdict(raceSteps(state, budget)[0], runs);
        expect(where[cell], `cell ${cell}`).toBe(expected.where);
        if (expected.steps !== undefined) expect(steps[cell], `cell ${cell}`).toBe(expected.steps);
        seen.add(where[cell]);
      }
      expect([...seen].some((at) => at < runs.surface.minima.length)).toBe(true);
    });
  }
});

test("a part computed first, alone, or after an abandoned run has the same numbers", () => {
  const runs = runsOf({ rule: "adam", options: { lr: 0.2 } }, "himmelblau");
  const grid = gridOf(runs.surface, 96);
  const abandoned = field(runs, grid);
  for (let i = 0; i < 3; i++) abandoned.next();
  abandoned.return();
  const { where, steps } = assemble(field(runs, grid), grid.columns * grid.rows);
  const starts = Float32Array.from({ length: 2 * where.length }, (_, i) => startOf(grid, runs.surface, i >> 1)[i & 1]);
  const whole = outcomesOf(runs, starts, layoutOfRaces(runs.setup, runs.surface).kind);
  expect(where).toEqual(whole.where);
  expect(steps).toEqual(whole.steps);
});

test("the passes have each cell once", () => {
  for (const grid of [
    { columns: 320, rows: 240 },
    { columns: 33, rows: 17 },
    { columns: 3, rows: 5 },
  ]) {
    const all = strides.flatMap((stride) => [...cellsOf(grid, stride)]).sort((a, b) => a - b);
    expect(all).toEqual(Array.from({ length: grid.columns * grid.rows }, (_, i) => i));
  }
});

test("the lookup of minima agrees with distances", () => {
  for (const name of surfaceNames) {
    const surface = surfaceOf(name, settings);
    const reach = new Reach(surface);
    const { radius } = reach;
    const [x0, x1, y0, y1] = surface.bounds;
    const expected = (x: number, y: number) => {
      const found = surface.minima.findIndex(([u, v]) => (x - u) * (x - u) + (y - v) * (y - v) <= radius * radius);
      return found < 0 ? 255 : found;
    };
    for (const [u, v] of surface.minima) {
      for (let i = 0; i < 200; i++) {
        const [x, y] = [u + radius * 1.5 * Math.sin(i), v + radius * 1.5 * Math.sin(i * 1.7)];
        expect(reach.find(x, y), `${name} (${x}, ${y})`).toBe(expected(x, y));
      }
    }
    for (const x of [x0 - 100, x0, (x0 + x1) / 2, x1, x1 + 100, Number.NaN, Infinity]) {
      for (const y of [y0 - 100, y0, y1, Number.NaN]) expect(reach.find(x, y)).toBe(expected(x, y));
    }
  }
});

test("the table counts shares and medians", () => {
  const outcomes = { where: Uint8Array.of(0, 0, 1, unfinished, diverged, 0), steps: Uint16Array.of(5, 9, 3, 0, 0, 7) };
  const rows = tally(outcomes, Uint8Array.of(1, 1, 1, 1, 1, 0), 2);
  expect(rows).toEqual([
    { where: 0, share: 0.4, median: 9 },
    { where: 1, share: 0.2, median: 3 },
    { where: unfinished, share: 0.2, median: undefined },
    { where: diverged, share: 0.2, median: undefined },
  ]);
});
