// Pictures made of cells.
import type { Colour } from "./colour.js";

/** Columns and rows of cells. A cell's number is row · columns + column. Row 0 is the bottom of the picture. */
export interface Grid {
  readonly columns: number;
  readonly rows: number;
}

/** The colour of a cell. Stripes tell cells apart without colour. */
export interface Fill {
  readonly colour: Colour;
  readonly striped?: boolean;
}

/** Colours the pixels of a cell, and of those above and to the right of it within a square of `width` cells. Row 0 of the pixels is the top. */
export function paintCell(
  pixels: Uint8ClampedArray,
  grid: Grid,
  cell: number,
  { colour, striped }: Fill,
  width: number,
  scale: number,
) {
  const { columns, rows } = grid;
  const row = Math.floor(cell / columns);
  const column = cell % columns;
  const top = scale * Math.max(0, rows - row - width);
  const right = scale * Math.min(columns, column + width);
  for (let y = top; y < scale * (rows - row); y++) {
    for (let x = scale * column; x < right; x++) {
      const at = 4 * (y * scale * columns + x);
      const light = striped && (x + y) % 6 < 2 ? 0.6 : 1;
      for (let part = 0; part < 3; part++) pixels[at + part] = colour[part] * light;
      pixels[at + 3] = 255;
    }
  }
}
