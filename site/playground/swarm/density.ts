// The picture of a swarm: how many particles each pixel has, and the colour for that.
import type { Colour } from "../cells/colour.js";
import type { Surface } from "../surfaces.js";

/** Counts the particles in each pixel. Row 0 is the top of the picture. */
export function countInto(counts: Uint16Array, points: Float32Array, columns: number, rows: number, bounds: Surface["bounds"]) {
  const [x0, x1, y0, y1] = bounds;
  const perX = columns / (x1 - x0);
  const perY = rows / (y1 - y0);
  counts.fill(0);
  for (let i = 0; i < points.length; i += 2) {
    const column = (points[i] - x0) * perX;
    const row = (y1 - points[i + 1]) * perY;
    if (column >= 0 && column < columns && row >= 0 && row < rows) {
      const at = (row | 0) * columns + (column | 0);
      if (counts[at] < 65535) counts[at]++;
    }
  }
}

/** Opacity 0 … 255 of a pixel with `count` particles: one is clearly visible, and 64 or more are opaque. */
export const opacity = (count: number) => (count === 0 ? 0 : Math.min(255, 95 + Math.round((160 * Math.log2(count)) / 6)));

const opacities = Uint8Array.from({ length: 64 }, (_, count) => opacity(count));

/** Colours each pixel with the mean of the rules' colours, weighted by their particles there. */
export function paint(pixels: Uint8ClampedArray, counts: readonly Uint16Array[], colours: readonly Colour[]): void {
  const rules = counts.length;
  const reds = Float64Array.from(colours, ([red]) => red);
  const greens = Float64Array.from(colours, ([, green]) => green);
  const blues = Float64Array.from(colours, ([, , blue]) => blue);
  const size = pixels.length / 4;
  for (let i = 0; i < size; i++) {
    let total = 0;
    for (let rule = 0; rule < rules; rule++) total += counts[rule][i];
    if (total === 0) {
      pixels[4 * i + 3] = 0;
      continue;
    }
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let rule = 0; rule < rules; rule++) {
      const weight = counts[rule][i];
      red += weight * reds[rule];
      green += weight * greens[rule];
      blue += weight * blues[rule];
    }
    pixels[4 * i] = red / total;
    pixels[4 * i + 1] = green / total;
    pixels[4 * i + 2] = blue / total;
    pixels[4 * i + 3] = total < 64 ? opacities[total] : 255;
  }
}
