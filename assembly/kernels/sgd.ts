import { get, madd, mul, offset, put, scalar, simd, sub, vectors, width } from "../lanes";

// Gradient descent, Robbins & Monro 1951, https://doi.org/10.1214/aoms/1177729586
//   x  = scale * g + l2 * p
//   p <- keep * p - rate * x
function sweep<T>(i: usize, end: usize, p: usize, g: usize, c: usize): void {
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Keep = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = madd(L2, pi, mul(Scale, get<T>(g + i)));
    put(p + i, sub(mul(Keep, pi), mul(Rate, xi)));
    i += width<T>();
  } while (i < end);
}

export function sgd(begin: u32, end: u32, p: usize, g: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, g, c);
  sweep<f32>(whole, last, p, g, c);
}
