// The colours of a basin picture: a hue for each minimum, fainter the more steps it took.
import { type Colour, mix } from "../cells/colour.js";
import type { Fill } from "../cells/grid.js";
import { diverged, unfinished } from "./outcomes.js";

export interface Palette {
  /** Used in turns when there are more minima. */
  readonly minima: readonly Colour[];
  readonly background: Colour;
  readonly unfinished: Colour;
  readonly diverged: Colour;
}

/** How strong the colour of a minimum is after this many steps: 1 for none, 0.2 for all of them. */
export const strength = (steps: number, budget: number) => 1 - (0.8 * Math.log(1 + steps)) / Math.log(1 + budget);

export function fillOf(where: number, steps: number, budget: number, palette: Palette): Fill {
  if (where === diverged) return { colour: palette.diverged, striped: true };
  if (where === unfinished) return { colour: palette.unfinished };
  return { colour: mix(palette.background, palette.minima[where % palette.minima.length], strength(steps, budget)) };
}
