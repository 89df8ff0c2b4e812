// Adam with and without bias correction from the same start.
import { adam, type Optimizer } from "simdescent";
import { memory } from "../../playground/options.js";
import { numberSetting, type State } from "../../playground/state.js";
import { type Point, type Surface, surfaceOf } from "../../playground/surfaces.js";
import { withoutCorrection } from "../../playground/withoutCorrection.js";

export interface Descent {
  readonly points: readonly Point[];
  /** How far each step moves x, divided by the learning rate. Item 0 is that of step 1. */
  readonly moves: readonly number[];
}

/** The betas and the rate that the figure changes. */
export interface Betas {
  readonly lr: number;
  readonly beta1: number;
  readonly beta2: number;
}

function descend(
  rule: typeof adam | typeof withoutCorrection,
  betas: Betas,
  surface: Surface,
  start: Point,
  steps: number,
): Descent {
  const optimizer: Optimizer = rule({ point: Float32Array.from(start) }, { ...betas, memory });
  const point = optimizer.params.point;
  const points: Point[] = [[point[0], point[1]]];
  const moves: number[] = [];
  for (let t = 0; t < steps; t++) {
    surface.gradient(point[0], point[1], optimizer.grads.point);
    optimizer.step();
    moves.push(Math.abs(point[0] - points[t][0]) / betas.lr);
    points.push([point[0], point[1]]);
  }
  optimizer.dispose();
  return { points, moves };
}

/** The rate and the betas of a state's first racer, Adam's defaults where it has none. */
export function betasOf({ racers: [{ options }] }: State): Betas {
  const { hyper } = adam.spec;
  const value = (name: keyof Betas) => Number(options[name] ?? hyper[name][0]);
  return { lr: value("lr"), beta1: value("beta1"), beta2: value("beta2") };
}

export function bothDescents(state: State, betas: Betas, steps: number): { corrected: Descent; uncorrected: Descent } {
  const surface = surfaceOf(state.surface, state.settings);
  return {
    corrected: descend(adam, betas, surface, state.start, steps),
    uncorrected: descend(withoutCorrection, betas, surface, state.start, steps),
  };
}

/** Steps that the figure shows. */
export const stepsOf = ({ settings }: State): number => Math.round(numberSetting(settings, "steps", 100, 1, 1000));
