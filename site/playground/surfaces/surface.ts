export type Point = readonly [number, number];

/** A loss of two parameters. From + − × ÷ √ and the library's own functions only: the same bits on every engine. */
export interface Surface {
  readonly title: { readonly en: string; readonly ko: string };
  /** The formula, readable; "" for data. */
  readonly formula: string;
  /** What the canvas shows. */
  readonly bounds: readonly [x0: number, x1: number, y0: number, y1: number];
  readonly start: Point;
  /** All local minima in bounds, the global one first. */
  readonly minima: readonly Point[];
  value(x: number, y: number): number;
  gradient(x: number, y: number, g: Float32Array | Float64Array): void;
  /** An estimate of both second derivatives, never negative. */
  curvature?(x: number, y: number, h: Float32Array | Float64Array): void;
  /** Data surfaces: the loss is the mean over this many examples. */
  readonly examples?: number;
  /** The gradient of the mean over the examples order[from] … order[to − 1]. */
  batchGradient?(x: number, y: number, order: Uint32Array, from: number, to: number, g: Float32Array | Float64Array): void;
  /** Standard deviation of the noise that a racer adds to each derivative; 0 if left out. */
  readonly noise?: number;
}

/** The stationary point near `start`, by Newton's method with differences of the gradient. */
export function refine(gradient: Surface["gradient"], start: Point): Point {
  const [g, right, left] = [new Float64Array(2), new Float64Array(2), new Float64Array(2)];
  const h = 2 ** -17;
  let [x, y] = start;
  for (let i = 0; i < 30; i++) {
    gradient(x, y, g);
    gradient(x + h, y, right);
    gradient(x - h, y, left);
    const [xx, xy] = [(right[0] - left[0]) / (2 * h), (right[1] - left[1]) / (2 * h)];
    gradient(x, y + h, right);
    gradient(x, y - h, left);
    const yy = (right[1] - left[1]) / (2 * h);
    const determinant = xx * yy - xy * xy;
    x -= (yy * g[0] - xy * g[1]) / determinant;
    y -= (xx * g[1] - xy * g[0]) / determinant;
  }
  return [x, y];
}
