import { get, offset, put, simd, vectors, width } from "../lanes";

// y <- x
function sweep<T>(i: usize, end: usize, x: usize, y: usize): void {
  if (i < end) do {
    put(y + i, get<T>(x + i));
    i += width<T>();
  } while (i < end);
}

export function copy(begin: u32, end: u32, x: usize, y: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, x, y);
  sweep<f32>(whole, last, x, y);
}
