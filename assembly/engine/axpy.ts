import { get, madd, offset, put, scalar, simd, vectors, width } from "../lanes";

// y <- x + alpha * d
function sweep<T>(i: usize, end: usize, x: usize, d: usize, y: usize, c: usize): void {
  const Alpha = scalar<T>(c, 3);
  if (i < end) do {
    put(y + i, madd(Alpha, get<T>(d + i), get<T>(x + i)));
    i += width<T>();
  } while (i < end);
}

export function axpy(begin: u32, end: u32, x: usize, d: usize, y: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, x, d, y, c);
  sweep<f32>(whole, last, x, d, y, c);
}
