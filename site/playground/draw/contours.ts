// Contour bands of a surface, by the value at each pixel. Bands are about equally wide in the logarithm of value − lowest value.
import type { Surface } from "../surfaces.js";

export const bandCount = 18;

/** Columns of a coarser grid. Data surfaces are slow: their values are interpolated between its points. */
const coarseColumns = 60;

/** A canvas of width × height pixels that shows the bounds of a surface; the y axis points up. */
interface Grid {
  readonly columns: number;
  readonly rows: number;
}

/** The value at the centre of each pixel, row by row. */
function sample({ value, bounds: [x0, x1, y0, y1] }: Surface, { columns, rows }: Grid): Float32Array {
  const values = new Float32Array(columns * rows);
  const [dx, dy] = [(x1 - x0) / columns, (y1 - y0) / rows];
  for (let row = 0, i = 0; row < rows; row++) {
    const y = y1 - (row + 0.5) * dy;
    for (let column = 0; column < columns; column++, i++) values[i] = value(x0 + (column + 0.5) * dx, y);
  }
  return values;
}

/** Values at all pixels from those of a coarser grid, bilinear between its points. */
function enlarge(coarse: Float32Array, from: Grid, to: Grid): Float32Array {
  const values = new Float32Array(to.columns * to.rows);
  const place = (i: number, size: number, coarseSize: number) => {
    const at = Math.min(Math.max(((i + 0.5) * coarseSize) / size - 0.5, 0), coarseSize - 1);
    const first = Math.min(Math.floor(at), coarseSize - 2);
    return { first, rest: at - first };
  };
  const places = Array.from({ length: to.columns }, (_, column) => place(column, to.columns, from.columns));
  for (let row = 0, i = 0; row < to.rows; row++) {
    const { first, rest } = place(row, to.rows, from.rows);
    const [above, below] = [first * from.columns, (first + 1) * from.columns];
    for (let column = 0; column < to.columns; column++, i++) {
      const { first: left, rest: right } = places[column];
      const top = coarse[above + left] * (1 - right) + coarse[above + left + 1] * right;
      const bottom = coarse[below + left] * (1 - right) + coarse[below + left + 1] * right;
      values[i] = top * (1 - rest) + bottom * rest;
    }
  }
  return values;
}

/** Where the bands lie: the k-th begins where value − low + offset is about offset · ratio^k. */
export interface Bands {
  readonly low: number;
  readonly offset: number;
  readonly high: number;
}

/** The bands for a surface with these values. The first is as wide as a sixth of what lies below a tenth of the picture. */
function bandsOf({ minima, value }: Surface, values: Float32Array): Bands {
  const low = Math.min(...minima.map(([x, y]) => value(x, y)));
  const sorted = values.slice().sort();
  const tenth = sorted[Math.floor(sorted.length / 10)];
  return { low, offset: (tenth - low) / 6, high: sorted[sorted.length - 1] };
}

type Colour = readonly [r: number, g: number, b: number];

const themes: { readonly [theme in "light" | "dark"]: { readonly low: Colour; readonly high: Colour; readonly line: Colour } } = {
  light: { low: [255, 255, 255], high: [205, 216, 229], line: [160, 176, 194] },
  dark: { low: [24, 26, 31], high: [52, 64, 80], line: [78, 93, 112] },
};

const mix = (a: Colour, b: Colour, q: number): Colour =>
  [0, 1, 2].map((i) => Math.round(a[i] + (b[i] - a[i]) * q)) as unknown as Colour;

/** Little-endian RGBA, as in the pixels of an ImageData. */
const pixel = ([r, g, b]: Colour) => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;

/**
 * Fills an image with the contour bands of a surface. The bits of a positive f32, as an integer, grow like its logarithm: that saves a
 * logarithm per pixel.
 */
export function drawContours(surface: Surface, image: ImageData, dark: boolean): void {
  const { width, height } = image;
  const grid = { columns: width, rows: height };
  const coarseGrid = { columns: coarseColumns, rows: Math.round((coarseColumns * height) / width) };
  const coarse = sample(surface, coarseGrid);
  const { low, offset, high } = bandsOf(surface, coarse);
  const values = surface.examples ? enlarge(coarse, coarseGrid, grid) : sample(surface, grid);
  const bits = new Int32Array(values.buffer);
  for (let i = 0; i < values.length; i++) values[i] = Math.max(values[i] - low, 0) + offset;
  const ends = new Float32Array([offset, high - low + offset]);
  const [first, last] = new Int32Array(ends.buffer);
  const scale = bandCount / Math.max(last - first, 1);
  for (let i = 0; i < bits.length; i++) bits[i] = Math.min(Math.floor((bits[i] - first) * scale), bandCount + 4);

  const theme = themes[dark ? "dark" : "light"];
  const colours = Uint32Array.from({ length: bandCount + 5 }, (_, i) =>
    pixel(mix(theme.low, theme.high, Math.min(i / (bandCount - 1), 1))),
  );
  const line = pixel(theme.line);
  const pixels = new Uint32Array(image.data.buffer);
  for (let row = 0, i = 0; row < height; row++) {
    for (let column = 0; column < width; column++, i++) {
      const band = bits[i];
      const edge = (column + 1 < width && bits[i + 1] !== band) || (row + 1 < height && bits[i + width] !== band);
      pixels[i] = edge ? line : colours[band];
    }
  }
}
