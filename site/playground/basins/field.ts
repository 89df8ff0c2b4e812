// A picture of basins, part by part. Runs in a worker, and in Node.
import type { Grid } from "../cells/grid.js";
import { type LayoutKind, layoutOfRaces } from "../particles/layout.js";
import { type Outcomes, outcomesOf, type Runs } from "./outcomes.js";
import { cellsOf, startOf, strides } from "./passes.js";

/** Some cells of a picture. Each stands for a square, `stride` cells wide, until finer passes come. */
export interface Part extends Outcomes {
  readonly cells: Uint32Array<ArrayBuffer>;
  readonly stride: number;
  /** How many of all cells are done, this part included: 0 … 1. */
  readonly done: number;
}

/** Cells of a part: some ten milliseconds. Between parts the worker listens. */
const partSizes: { readonly [kind in LayoutKind]: number } = { elements: 8192, tensors: 1024, optimizers: 128 };

/** The finest pass of each kind. Where a step takes twenty times as long, one cell stands for four. */
export const finest: { readonly [kind in LayoutKind]: number } = { elements: 1, tensors: 2, optimizers: 2 };

/** The parts of a picture, coarse to fine. Numbers do not depend on how cells are divided into parts. */
export function* field(runs: Runs, grid: Grid): Generator<Part, void> {
  const { kind } = layoutOfRaces(runs.setup, runs.surface);
  const passes = strides.filter((stride) => stride >= finest[kind]).map((stride) => ({ stride, cells: cellsOf(grid, stride) }));
  const total = passes.reduce((sum, { cells }) => sum + cells.length, 0);
  let done = 0;
  for (const { stride, cells } of passes) {
    for (let from = 0; from < cells.length; from += partSizes[kind]) {
      const part = cells.slice(from, from + partSizes[kind]);
      const starts = new Float32Array(2 * part.length);
      for (const [i, cell] of part.entries()) starts.set(startOf(grid, runs.surface, cell), 2 * i);
      done += part.length;
      yield { cells: part, stride, done: done / total, ...outcomesOf(runs, starts, kind) };
    }
  }
}
