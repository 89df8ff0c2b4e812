import { add, div, get, mul, offset, put, scalar, simd, sqrt, sub, vectors, width } from "../lanes";

// A step along a mean of gradients, by the root of a mean of squares
//   p <- keep * p - rate * m / (sqrt(v) + eps)
function sweep<T>(i: usize, end: usize, p: usize, m: usize, v: usize, c: usize): void {
  const Keep = scalar<T>(c, 2), Rate = scalar<T>(c, 3), Eps = scalar<T>(c, 4);
  if (i < end) do {
    const di = div(mul(Rate, get<T>(m + i)), add(sqrt(get<T>(v + i)), Eps));
    put(p + i, sub(mul(Keep, get<T>(p + i)), di));
    i += width<T>();
  } while (i < end);
}

export function descend(begin: u32, end: u32, p: usize, m: usize, v: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, m, v, c);
  sweep<f32>(whole, last, p, m, v, c);
}
