import { all, offset, put, simd, vectors, width } from "../lanes";

// x <- 0
function sweep<T>(i: usize, end: usize, x: usize): void {
  const None = all<T>(0);
  if (i < end) do {
    put(x + i, None);
    i += width<T>();
  } while (i < end);
}

export function setZero(begin: u32, end: u32, x: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, x);
  sweep<f32>(whole, last, x);
}
