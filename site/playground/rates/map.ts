// A map of rates: the loss after some steps for each learning rate and each value of another option. Runs in a worker, and in Node.
import { lostOf } from "../particles/reach.js";
import { makeRacer, type Racer } from "../racers.js";
import type { RacerSetup, State } from "../state.js";
import type { Surface } from "../surfaces.js";
import { type Axis, rateAxis } from "./axes.js";

export interface MapRuns {
  readonly setup: RacerSetup;
  readonly surface: Surface;
  /** `tuned` has no effect: each cell has its rate. */
  readonly state: Pick<State, "start" | "settings">;
  readonly other: Axis;
  /** Steps of each run. */
  readonly budget: number;
}

/** A cell's number is row · columns + column: a column for each rate, a row for each value of the other option. */
export const cellCount = ({ values }: Axis) => values.length * rateAxis.values.length;

export const rowOf = (cell: number) => Math.floor(cell / rateAxis.values.length);
export const columnOf = (cell: number) => cell % rateAxis.values.length;

/** The setup of a cell. */
export function setupOf({ setup: { rule, options }, other }: Pick<MapRuns, "setup" | "other">, cell: number): RacerSetup {
  const lr = rateAxis.values[columnOf(cell)];
  return { rule, options: { ...options, lr, [other.name]: other.values[rowOf(cell)] } };
}

/** The loss of a cell after all steps; infinity if the point is lost, NaN if the library refuses the options. */
function lossOf(runs: MapRuns, cell: number, isLost: (x: number, y: number) => boolean): number {
  const { surface, state, budget } = runs;
  let racer: Racer;
  try {
    racer = makeRacer(setupOf(runs, cell), surface, { ...state, tuned: false });
  } catch {
    return Number.NaN;
  }
  for (let t = 0; t < budget && !racer.diverged; t++) racer.step();
  const loss = racer.diverged || isLost(racer.point[0], racer.point[1]) ? Infinity : racer.loss();
  racer.dispose();
  return loss;
}

export interface MapPart {
  readonly cells: Uint32Array<ArrayBuffer>;
  readonly losses: Float64Array<ArrayBuffer>;
  /** How many of all cells are done, this part included: 0 … 1. */
  readonly done: number;
}

const partSize = 64;

/** A number without common factors with the number of cells, near the golden section of it: its multiples visit all cells, spread evenly. */
function strideFor(count: number): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  let stride = Math.max(1, Math.round(count * 0.618));
  while (divisor(stride, count) !== 1) stride += 1;
  return stride;
}

/** The parts of a map, spread over the map at first. */
export function* rateMap(runs: MapRuns): Generator<MapPart, void> {
  const count = cellCount(runs.other);
  const stride = strideFor(count);
  const order = Uint32Array.from({ length: count }, (_, i) => (i * stride) % count);
  const isLost = lostOf(runs.surface);
  for (let from = 0; from < count; from += partSize) {
    const cells = order.slice(from, from + partSize);
    const losses = Float64Array.from(cells, (cell) => lossOf(runs, cell, isLost));
    yield { cells, losses, done: Math.min(1, (from + partSize) / count) };
  }
}

/** The cell with the lowest loss; undefined if there is none. */
export function bestCell(losses: Float64Array): number | undefined {
  let best: number | undefined;
  for (let cell = 0; cell < losses.length; cell++) {
    if (losses[cell] < (best === undefined ? Infinity : losses[best])) best = cell;
  }
  return best;
}
