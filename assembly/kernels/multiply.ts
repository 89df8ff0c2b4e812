import { get, mul, offset, put, simd, vectors, width } from "../lanes";

// y <- x * y
function sweep<T>(i: usize, end: usize, x: usize, y: usize): void {
  if (i < end) do {
    put(y + i, mul(get<T>(x + i), get<T>(y + i)));
    i += width<T>();
  } while (i < end);
}

export function multiply(begin: u32, end: u32, x: usize, y: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, x, y);
  sweep<f32>(whole, last, x, y);
}
