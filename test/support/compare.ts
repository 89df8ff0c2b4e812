/** The largest magnitude. */
export const peak = (array: ArrayLike<number>) => Array.from(array).reduce((max, x) => Math.max(max, Math.abs(x)), 0);

/**
 * The largest error relative to the expected values. If any is negative, errors are relative to the largest magnitude instead: sums of
 * signed terms may cancel, but have the rounding errors of their terms. NaN if any value is NaN.
 */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.NaN;
  const largest = peak(expected);
  const signed = Array.from(expected).some((x) => x < 0);
  return Array.from(expected).reduce((worst, x, i) => {
    const size = signed ? largest : Math.abs(x);
    return Math.max(worst, actual[i] === x ? 0 : Math.abs(actual[i] - x) / size);
  }, 0);
}

/** Throws unless the relative error is within the tolerance. NaN is not. */
export function checkClose(what: string, actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  const error = relativeError(actual, expected);
  if (!(error <= tolerance)) throw new Error(`${what} is ${error} off`);
}
