// The cells of a picture, and their order: first few and far apart, then those between.
import type { Grid } from "../cells/grid.js";
import type { Point, Surface } from "../surfaces.js";

/** Distances between the cells of each pass. */
export const strides: readonly number[] = [16, 8, 4, 2, 1];

/** The cells that a pass adds: those on its grid that are on no coarser one. */
export function cellsOf({ columns, rows }: Grid, stride: number): Uint32Array<ArrayBuffer> {
  const cells: number[] = [];
  for (let row = 0; row < rows; row += stride) {
    const known = stride < strides[0] && row % (2 * stride) === 0;
    for (let column = known ? stride : 0; column < columns; column += known ? 2 * stride : stride)
      cells.push(row * columns + column);
  }
  return Uint32Array.from(cells);
}

/** A grid with `size` cells along the picture's longer side. */
export function gridOf({ bounds: [x0, x1, y0, y1] }: Surface, size: number): Grid {
  const longer = Math.max(x1 - x0, y1 - y0);
  return { columns: Math.round((size * (x1 - x0)) / longer), rows: Math.round((size * (y1 - y0)) / longer) };
}

/** The start that stands for a cell: its center, with few digits, so that links stay short. */
export function startOf({ columns, rows }: Grid, { bounds: [x0, x1, y0, y1] }: Surface, cell: number): Point {
  const digits = Math.max(0, 3 - Math.floor(Math.log10(x1 - x0)));
  const x = x0 + ((x1 - x0) * ((cell % columns) + 0.5)) / columns;
  const y = y0 + ((y1 - y0) * (Math.floor(cell / columns) + 0.5)) / rows;
  return [Number(x.toFixed(digits)), Number(y.toFixed(digits))];
}

/** The cell in which a point is, or the one next to it in the picture. */
export function cellOf({ columns, rows }: Grid, { bounds: [x0, x1, y0, y1] }: Surface, [x, y]: Point): number {
  const index = (part: number, count: number) => Math.min(Math.max(Math.floor(part * count), 0), count - 1);
  return index((y - y0) / (y1 - y0), rows) * columns + index((x - x0) / (x1 - x0), columns);
}
