import { Full, get, gradient, isPlain, moved, mul, offset, Plain, put, scalar, simd, vectors, width } from "../lanes";

// Gradient descent, Robbins & Monro 1951, https://doi.org/10.1214/aoms/1177729586
//   x  = scale * g + l2 * p
//   p <- p - decay * p - rate * x
function sweep<T, F>(i: usize, end: usize, p: usize, g: usize, c: usize): void {
  if (isPlain<T, F>(c)) { sweep<T, Plain>(i, end, p, g, c); return; }
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Decay = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = gradient<T, F>(get<T>(g + i), pi, Scale, L2);
    put(p + i, moved<T, F>(pi, mul(Rate, xi), Decay));
    i += width<T>();
  } while (i < end);
}

export function sgd(begin: u32, end: u32, p: usize, g: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128, Full>(first, whole, p, g, c);
  sweep<f32, Full>(whole, last, p, g, c);
}
