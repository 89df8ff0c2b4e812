// Colours of pixels.

/** Red, green and blue, each 0 … 255. */
export type Colour = readonly [red: number, green: number, blue: number];

/** Reads "#0b5cad". */
export function readColour(text: string): Colour {
  const bits = Number.parseInt(text.slice(1), 16);
  return [bits >> 16, (bits >> 8) & 255, bits & 255];
}

export const mix = (a: Colour, b: Colour, share: number): Colour => [
  Math.round(a[0] + (b[0] - a[0]) * share),
  Math.round(a[1] + (b[1] - a[1]) * share),
  Math.round(a[2] + (b[2] - a[2]) * share),
];
