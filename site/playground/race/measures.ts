// What charts and tables show of a lane.
import type { Surface } from "../surfaces.js";
import type { Lane } from "./race.js";

/** A racer has arrived once its distance to a minimum is below this. */
export const tolerance = 1e-3;

/** Times the width of the picture: a racer farther from all minima counts as diverged. */
const farthest = 10;

export function distance(surface: Surface, x: number, y: number): number {
  let least = Infinity;
  for (const [mx, my] of surface.minima) least = Math.min(least, (x - mx) * (x - mx) + (y - my) * (y - my));
  return Number.isFinite(x) && Number.isFinite(y) ? Math.sqrt(least) : Number.NaN;
}

export const lossAt = ({ value }: Surface, { points }: Lane, t: number): number => value(points[2 * t], points[2 * t + 1]);

export const distanceAt = (surface: Surface, { points }: Lane, t: number): number =>
  distance(surface, points[2 * t], points[2 * t + 1]);

/** The length of step t relative to its gradient: the rate at which plain gradient descent makes a step of this length. */
export function rateAt({ points, gradients }: Lane, t: number): number {
  if (t === 0) return Number.NaN;
  const [dx, dy] = [points[2 * t] - points[2 * t - 2], points[2 * t + 1] - points[2 * t - 1]];
  const [gx, gy] = [gradients[2 * t - 2], gradients[2 * t - 1]];
  return Math.sqrt((dx * dx + dy * dy) / (gx * gx + gy * gy));
}

/** The shortest step relative to the point whose length can be measured: the rounding of a Float32 is then at most 2 % of it. */
const measurable = 2 ** -18;

/** The rates along x and along y: the length of step t ÷ its gradient, for each axis. NaN at the start, and where the step is too short. */
export function axisRatesAt({ points, gradients }: Lane, t: number): readonly [x: number, y: number] {
  const along = (i: number) => {
    const move = Math.abs(points[2 * t + i] - points[2 * t - 2 + i]);
    return move > measurable * Math.abs(points[2 * t + i]) ? move / Math.abs(gradients[2 * t - 2 + i]) : Number.NaN;
  };
  return t === 0 ? [Number.NaN, Number.NaN] : [along(0), along(1)];
}

/** The first step from which the racer stays within the tolerance until `last`; undefined if there is none. */
export function arrival(surface: Surface, lane: Lane, last: number): number | undefined {
  let t = last + 1;
  while (t > 0 && distanceAt(surface, lane, t - 1) < tolerance) t -= 1;
  return t <= last ? t : undefined;
}

/** Whether the racer has left the picture far behind, or met a gradient that is not finite. */
export function hasDiverged(surface: Surface, lane: Lane, t: number): boolean {
  const [x0, x1, y0, y1] = surface.bounds;
  const size = Math.max(x1 - x0, y1 - y0);
  return (lane.racer?.diverged ?? false) || !(distanceAt(surface, lane, t) < farthest * size);
}
