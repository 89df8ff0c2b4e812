import { all, get, larger, largest, offset, simd, vectors, width } from "../lanes";

// The largest magnitude |x|, the infinity norm; NaN when any element is NaN.
// A maximum does not depend on the order of its elements.
function sweep<T>(i: usize, end: usize, x: usize): f32 {
  let peak = all<T>(0);
  if (i < end) do {
    peak = larger(peak, get<T>(x + i));
    i += width<T>();
  } while (i < end);
  return largest(peak);
}

export function maxAbs(begin: u32, end: u32, x: usize): f32 {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  let result = sweep<f32>(whole, last, x);
  if (simd) result = larger<f32>(result, sweep<v128>(first, whole, x));
  return result;
}
