// The picture of a swarm: how many particles of each rule a pixel has, and the colour for that.
import type { Colour } from "../cells/colour.js";
import type { Surface } from "../surfaces.js";

/** Opacity 0 … 255 of a pixel with `count` particles: one is clearly visible, and 64 or more are opaque. */
export const opacity = (count: number) => (count === 0 ? 0 : Math.min(255, 95 + Math.round((160 * Math.log2(count)) / 6)));

const opacities = Uint8Array.from({ length: 65 }, (_, count) => opacity(count));

export class Density {
  readonly #columns: number;
  readonly #rows: number;
  readonly #bounds: Surface["bounds"];
  readonly #rules: number;
  // The numbers of all rules in a pixel are neighbours.
  readonly #counts: Uint16Array;

  constructor(columns: number, rows: number, bounds: Surface["bounds"], rules: number) {
    this.#columns = columns;
    this.#rows = rows;
    this.#bounds = bounds;
    this.#rules = rules;
    this.#counts = new Uint16Array(columns * rows * rules);
  }

  /** Sets all numbers to 0. */
  clear(): void {
    this.#counts.fill(0);
  }

  /** Counts the particles of a rule, x and y in turns. Row 0 is the top of the picture. */
  add(rule: number, points: Float32Array): void {
    const counts = this.#counts;
    const rules = this.#rules;
    const columns = this.#columns;
    const rows = this.#rows;
    const [x0, x1, y0, y1] = this.#bounds;
    const perX = columns / (x1 - x0);
    const perY = rows / (y1 - y0);
    for (let i = 0; i < points.length; i += 2) {
      const column = (points[i] - x0) * perX;
      const row = (y1 - points[i + 1]) * perY;
      if (column >= 0 && column < columns && row >= 0 && row < rows) {
        const at = ((row | 0) * columns + (column | 0)) * rules + rule;
        if (counts[at] < 65535) counts[at]++;
      }
    }
  }

  /** The number of a rule's particles in a pixel. */
  at(column: number, row: number, rule: number): number {
    return this.#counts[(row * this.#columns + column) * this.#rules + rule];
  }

  /** Colours each pixel with the mean of the rules' colours, weighted by their particles there. */
  paint(pixels: Uint8ClampedArray, colours: readonly Colour[]): void {
    const counts = this.#counts;
    const rules = this.#rules;
    const parts = Float64Array.from(colours.flat());
    const words = new Uint32Array(pixels.buffer, pixels.byteOffset, pixels.length / 4);
    for (let i = 0, at = 0; i < words.length; i++, at += rules) {
      let total = 0;
      for (let rule = 0; rule < rules; rule++) total += counts[at + rule];
      if (total === 0) {
        words[i] = 0;
        continue;
      }
      let [red, green, blue] = [0, 0, 0];
      for (let rule = 0; rule < rules; rule++) {
        const count = counts[at + rule];
        red += count * parts[3 * rule];
        green += count * parts[3 * rule + 1];
        blue += count * parts[3 * rule + 2];
      }
      const part = 1 / total;
      // Little-endian: red is the lowest byte.
      words[i] = (opacities[Math.min(total, 64)] << 24) | ((blue * part) << 16) | ((green * part) << 8) | (red * part);
    }
  }
}
