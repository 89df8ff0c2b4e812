// One descent: from the start of a landscape, step by step, until the budget ends.
import type { Landscape, Point } from "./landscapes.js";

/** Where a method is, and how it goes on from there. */
export interface Descent {
  readonly point: Float32Array;
  step(): void;
}

/** Converged is who comes this close to the minimum and stays so until the budget ends, */
export const tolerance = 1e-3;
export const budget = 100_000;
/** and was on the way never farther from it than so many times the start. */
export const farthest = 10;

export interface Outcome {
  /** After so many steps it stayed close; undefined if it had not within the budget, or went too far. */
  readonly steps: number | undefined;
  /** From the minimum, at the end. */
  readonly distance: number;
}

const squaredDistance = (p: Point | Float32Array, q: Point) => (p[0] - q[0]) * (p[0] - q[0]) + (p[1] - q[1]) * (p[1] - q[1]);

/** Goes to the end of the budget; or gives up, if it has not converged within `limit` steps, which a search may lower. */
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

/** The points of the first steps, the start first. */
export function path({ point, step }: Descent, steps: number): Point[] {
  const points: Point[] = [[point[0], point[1]]];
  for (let t = 0; t < steps; t++) {
    step();
    points.push([point[0], point[1]]);
  }
  return points;
}
