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

/** Colours a cell, and the cells above and to the right of it within a square of this width. Row 0 of the pixels is the top. */
export function paintCell(pixels: Uint8ClampedArray, { columns, rows }: Grid, cell: number, fill: Fill, width = 1): void {
  const [red, green, blue] = fill.colour;
  const row = Math.floor(cell / columns);
  const column = cell % columns;
  for (let y = row; y < Math.min(rows, row + width); y++) {
    for (let x = column; x < Math.min(columns, column + width); x++) {
      const at = 4 * ((rows - 1 - y) * columns + x);
      const light = fill.striped && (x + y) % 6 < 2 ? 0.6 : 1;
      pixels[at] = red * light;
      pixels[at + 1] = green * light;
      pixels[at + 2] = blue * light;
      pixels[at + 3] = 255;
    }
  }
}
