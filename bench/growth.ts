// How the time of a step grows with the number of parameters.

export interface Line {
  /** Milliseconds of a step without parameters. */
  readonly fixed: number;
  /** Milliseconds of each parameter. */
  readonly each: number;
  /** The largest part by which a point is off the line. */
  readonly off: number;
}

/** The line time = fixed + each · n whose relative errors have the least squares. Two points at least. */
export function fitLine(points: readonly { readonly n: number; readonly time: number }[]): Line {
  // Every equation fixed + each · n = time, divided by its time.
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
