import { add, div, Full, get, isPlain, moved, mul, offset, Plain, put, scalar, simd, sqrt, vectors, width } from "../lanes";

// A step along a mean of gradients, divided by the root of a mean of squares
//   p <- p - decay * p - rate * m / (sqrt(v) + eps)
function sweep<T, F>(i: usize, end: usize, p: usize, m: usize, v: usize, c: usize): void {
  if (isPlain<T, F>(c)) { sweep<T, Plain>(i, end, p, m, v, c); return; }
  const Decay = scalar<T>(c, 2), Rate = scalar<T>(c, 3), Eps = scalar<T>(c, 4);
  if (i < end) do {
    const pi = get<T>(p + i);
    const di = div(mul(Rate, get<T>(m + i)), add(sqrt(get<T>(v + i)), Eps));
    put(p + i, moved<T, F>(pi, di, Decay));
    i += width<T>();
  } while (i < end);
}

export function adamStep(begin: u32, end: u32, p: usize, m: usize, v: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128, Full>(first, whole, p, m, v, c);
  sweep<f32, Full>(whole, last, p, m, v, c);
}
