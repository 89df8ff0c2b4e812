// Fits the time of a step as a line over the number of parameters.

export interface Line {
  /** Milliseconds of a step without parameters. */
  readonly fixed: number;
  /** Milliseconds per parameter. */
  readonly each: number;
  /** The largest relative error of a point. */
  readonly off: number;
}

/** Least squares of the relative errors of time = fixed + each·n. Needs at least two points. */
export function fitLine(points: readonly { readonly n: number; readonly time: number }[]): Line {
  // The normal equations of fixed / time + each·n / time = 1.
  let [aa, ab, bb, a, b] = [0, 0, 0, 0, 0];
  for (const { n, time } of points) {
    const [x, y] = [1 / time, n / time];
    aa += x * x;
    ab += x * y;
    bb += y * y;
    a += x;
    b += y;
  }
  const determinant = aa * bb - ab * ab;
  const fixed = (a * bb - b * ab) / determinant;
  const each = (b * aa - a * ab) / determinant;
  const off = Math.max(...points.map(({ n, time }) => Math.abs(fixed + each * n - time) / time));
  return { fixed, each, off };
}
