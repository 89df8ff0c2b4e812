// One descent on a landscape, until the budget of steps ends.
import type { Landscape, Point } from "./landscapes.js";

/** A method in progress: its point, and its next step. */
export interface Descent {
  readonly point: Float32Array;
  step(): void;
}

/** A method has converged once its distance to the minimum stays below this until the budget ends. */
export const tolerance = 1e-3;
/** Number of steps. */
export const budget = 100_000;
/** Maximum distance to the minimum, relative to the start's. A method that goes farther fails. */
export const farthest = 10;

export interface Outcome {
  /** Steps until convergence; undefined without convergence. */
  readonly steps: number | undefined;
  /** Distance to the minimum at the end. */
  readonly distance: number;
}

const squaredDistance = (p: Point | Float32Array, q: Point) => (p[0] - q[0]) * (p[0] - q[0]) + (p[1] - q[1]) * (p[1] - q[1]);

/** Runs a method. Ends with the budget, or after `limit` steps without convergence. A search may lower the limit. */
export function descend({ point, step }: Descent, { start, minimum }: Landscape, limit = budget): Outcome {
  const close = tolerance * tolerance;
  const far = farthest * farthest * squaredDistance(start, minimum);
  let steps: number | undefined = 1;
  for (let t = 1; t <= budget && steps !== undefined; t++) {
    step();
    const square = squaredDistance(point, minimum);
    if (!(square < close)) steps = t < limit && square <= far ? t + 1 : undefined;
  }
  return { steps, distance: Math.sqrt(squaredDistance(point, minimum)) };
}

/** The start and the points after each of the first steps. */
export function path({ point, step }: Descent, steps: number): Point[] {
  const points: Point[] = [[point[0], point[1]]];
  for (let t = 0; t < steps; t++) {
    step();
    points.push([point[0], point[1]]);
  }
  return points;
}
