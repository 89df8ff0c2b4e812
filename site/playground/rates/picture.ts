// The colours of a rate map: the lower the loss, the stronger. Another hue where it is above that of the start.
import { type Colour, mix } from "../cells/colour.js";
import type { Fill } from "../cells/grid.js";
import type { Surface } from "../surfaces.js";

export interface Palette {
  readonly background: Colour;
  readonly lower: Colour;
  readonly higher: Colour;
  readonly lost: Colour;
}

/** Powers of ten between the palest and the strongest colour. */
const decades = 6;

/** The loss above that of the lowest minimum, relative to the start's. */
export function excessOf({ value, minima }: Surface, start: readonly [number, number]): (loss: number) => number {
  const low = Math.min(...minima.map(([x, y]) => value(x, y)));
  const first = value(start[0], start[1]) - low || 1; // a start at the minimum
  return (loss) => (loss - low) / first;
}

/** How strong the colour of this excess is: 0 for that of the start, 1 for 10⁻⁶ of it and less. */
export const strength = (excess: number) => Math.min(1, Math.max(0, -Math.log10(Math.max(excess, 1e-12)) / decades));

/** The colour of a strength. */
export const shade = (strength: number, { background, lower }: Palette) => mix(background, lower, 0.08 + 0.92 * strength);

/** The fill of a cell; undefined if the library refuses its options. */
export function fillOf(loss: number, excess: (loss: number) => number, palette: Palette): Fill | undefined {
  if (Number.isNaN(loss)) return undefined;
  if (loss === Infinity) return { colour: palette.lost, striped: true };
  const relative = excess(loss);
  return { colour: relative > 1 ? worse(palette) : shade(strength(relative), palette) };
}

/** The colour of cells with a loss above the start's. */
export const worse = ({ background, higher }: Palette) => mix(background, higher, 0.45);
