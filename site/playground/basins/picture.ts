// The colours of a basin picture: a hue for each minimum, fainter the more steps it took.
import { type Colour, mix } from "../cells/colour.js";
import type { Fill } from "../cells/grid.js";
import type { Point } from "../surfaces.js";
import { diverged, unfinished } from "./outcomes.js";

export interface Palette {
  /** The colour of each minimum. */
  readonly minima: readonly Colour[];
  readonly background: Colour;
  readonly unfinished: Colour;
  readonly diverged: Colour;
}

/** The number of a colour for each minimum. With more minima than colours, those of the same colour are far apart. */
export function spread(minima: readonly Point[], colours: number): number[] {
  const numbers: number[] = [];
  for (const [x, y] of minima) {
    // For each colour the square of the distance to its nearest minimum so far.
    const distances = new Float64Array(colours).fill(Infinity);
    for (const [i, number] of numbers.entries()) {
      const [u, v] = minima[i];
      distances[number] = Math.min(distances[number], (x - u) * (x - u) + (y - v) * (y - v));
    }
    numbers.push(distances.indexOf(Math.max(...distances)));
  }
  return numbers;
}

/** How strong the colour of a minimum is after this many steps: 1 for none, 0.2 for all of them. */
export const strength = (steps: number, budget: number) => 1 - (0.8 * Math.log(1 + steps)) / Math.log(1 + budget);

export function fillOf(where: number, steps: number, budget: number, palette: Palette): Fill {
  if (where === diverged) return { colour: palette.diverged, striped: true };
  if (where === unfinished) return { colour: palette.unfinished };
  return { colour: mix(palette.background, palette.minima[where], strength(steps, budget)) };
}
