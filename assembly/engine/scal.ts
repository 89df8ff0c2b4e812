import { get, mul, offset, put, scalar, simd, vectors, width } from "../lanes";

// x <- alpha * x
function sweep<T>(i: usize, end: usize, x: usize, c: usize): void {
  const Alpha = scalar<T>(c, 3);
  if (i < end) do {
    put(x + i, mul(Alpha, get<T>(x + i)));
    i += width<T>();
  } while (i < end);
}

export function scal(begin: u32, end: u32, x: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, x, c);
  sweep<f32>(whole, last, x, c);
}
