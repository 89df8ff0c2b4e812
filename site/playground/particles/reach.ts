// Which minimum a point has reached. The same test in the swarm, the basins and their tables.
import type { Surface } from "../surfaces.js";

/** `find` returns the index of a minimum, or this. */
export const nowhere = 255;

/** A point has reached a minimum within this radius: a fiftieth of the picture's shorter side, at most a quarter of the least distance of two minima. */
function radiusOf({ bounds: [x0, x1, y0, y1], minima }: Surface): number {
  let least = Math.min(x1 - x0, y1 - y0) / 50;
  for (const [i, [x, y]] of minima.entries()) {
    for (const [u, v] of minima.slice(0, i)) least = Math.min(least, Math.sqrt((x - u) * (x - u) + (y - v) * (y - v)) / 4);
  }
  return least;
}

/**
 * Looks points up in a grid of squares. Circles are 2·radius apart or more, and a square's side is radius/2, so at most one circle touches
 * a square. A class with fields, not a closure: loops over all particles call `find`, and V8 inlines it for all surfaces.
 */
export class Reach {
  /** A point has reached a minimum when it is at most this far from it. */
  readonly radius: number;
  readonly #left: number;
  readonly #low: number;
  readonly #perUnit: number;
  readonly #columns: number;
  readonly #rows: number;
  readonly #near: Uint8Array;
  readonly #minima: Float64Array;
  readonly #square: number;

  constructor(surface: Surface) {
    const { bounds, minima } = surface;
    const [x0, x1, y0, y1] = bounds;
    const radius = radiusOf(surface);
    this.radius = radius;
    this.#square = radius * radius;
    this.#left = x0 - radius;
    this.#low = y0 - radius;
    this.#perUnit = 2 / radius;
    const index = (distance: number) => Math.floor(distance * this.#perUnit);
    this.#columns = index(x1 + radius - this.#left) + 1;
    this.#rows = index(y1 + radius - this.#low) + 1;
    this.#near = new Uint8Array(this.#columns * this.#rows).fill(nowhere);
    this.#minima = Float64Array.from(minima.flat());
    for (const [number, [x, y]] of minima.entries()) {
      for (let row = index(y - radius - this.#low); row <= index(y + radius - this.#low); row++) {
        const begin = row * this.#columns;
        this.#near.fill(number, begin + index(x - radius - this.#left), begin + index(x + radius - this.#left) + 1);
      }
    }
  }

  /** The index of the minimum that this point has reached, or `nowhere`. */
  find(x: number, y: number): number {
    const column = (x - this.#left) * this.#perUnit;
    const row = (y - this.#low) * this.#perUnit;
    if (!(column >= 0 && column < this.#columns && row >= 0 && row < this.#rows)) return nowhere; // also NaN
    const index = this.#near[(row | 0) * this.#columns + (column | 0)];
    if (index === nowhere) return nowhere;
    const dx = x - this.#minima[2 * index];
    const dy = y - this.#minima[2 * index + 1];
    return dx * dx + dy * dy <= this.#square ? index : nowhere;
  }

  /** How many of these points, x and y in turns, have reached a minimum. */
  count(points: Float32Array): number {
    let count = 0;
    for (let i = 0; i < points.length; i += 2) if (this.find(points[i], points[i + 1]) !== nowhere) count += 1;
    return count;
  }
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
