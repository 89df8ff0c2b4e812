// Which minimum a point has reached. The same test in the swarm, the basins and their tables.
import type { Surface } from "../surfaces.js";

/** `find` returns the index of a minimum, or this. */
export const nowhere = 255;

export interface Reach {
  /** A point has reached a minimum when it is at most this far from it. */
  readonly radius: number;
  /** The index of the minimum that this point has reached, or `nowhere`. */
  find(x: number, y: number): number;
}

/** The radius: a fiftieth of the picture's shorter side, and at most a quarter of the distance between two minima. */
function radiusOf({ bounds: [x0, x1, y0, y1], minima }: Surface): number {
  let least = Math.min(x1 - x0, y1 - y0) / 50;
  for (const [i, [x, y]] of minima.entries()) {
    for (const [u, v] of minima.slice(0, i)) least = Math.min(least, Math.sqrt((x - u) * (x - u) + (y - v) * (y - v)) / 4);
  }
  return least;
}

/**
 * Looks points up in a grid of squares. Circles are 2·radius apart or more, and a square's side is radius/2, so at most one circle touches
 * a square.
 */
export function reachOf(surface: Surface): Reach {
  const { bounds, minima } = surface;
  const [x0, x1, y0, y1] = bounds;
  const radius = radiusOf(surface);
  const side = radius / 2;
  const left = x0 - radius;
  const low = y0 - radius;
  const columns = Math.ceil((x1 + radius - left) / side) + 1;
  const rows = Math.ceil((y1 + radius - low) / side) + 1;
  const near = new Uint8Array(columns * rows).fill(nowhere);
  for (const [index, [x, y]] of minima.entries()) {
    for (let row = Math.floor((y - radius - low) / side); row <= (y + radius - low) / side; row++) {
      for (let column = Math.floor((x - radius - left) / side); column <= (x + radius - left) / side; column++) {
        near[row * columns + column] = index;
      }
    }
  }
  const xs = Float64Array.from(minima, ([x]) => x);
  const ys = Float64Array.from(minima, ([, y]) => y);
  const square = radius * radius;
  return {
    radius,
    find(x, y) {
      const column = (x - left) / side;
      const row = (y - low) / side;
      if (!(column >= 0 && column < columns && row >= 0 && row < rows)) return nowhere; // also NaN
      const index = near[Math.floor(row) * columns + Math.floor(column)];
      if (index === nowhere) return nowhere;
      const dx = x - xs[index];
      const dy = y - ys[index];
      return dx * dx + dy * dy <= square ? index : nowhere;
    },
  };
}

/** A point is lost when it is not finite, or this many times the picture's size away from the picture's center. */
export const farthest = 10;

/** Whether a point is lost, for the pictures of this surface. */
export function lostOf({ bounds: [x0, x1, y0, y1] }: Surface): (x: number, y: number) => boolean {
  const x = (x0 + x1) / 2;
  const y = (y0 + y1) / 2;
  const far = farthest * Math.max(x1 - x0, y1 - y0);
  return (px, py) => !(Math.abs(px - x) <= far && Math.abs(py - y) <= far);
}
