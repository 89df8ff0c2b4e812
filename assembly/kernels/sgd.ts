import { all, get, madd, mul, offset, put, simd, sub, vectors, width } from "../lanes";

// Gradient descent, Robbins & Monro 1951, https://doi.org/10.1214/aoms/1177729586
//   x  = scale * g + l2 * p
//   p <- keep * p - rate * x
function sweep<T>(i: usize, end: usize, p: usize, g: usize,
  scale: f32, l2: f32, keep: f32, rate: f32): void {
  const Scale = all<T>(scale), L2 = all<T>(l2), Keep = all<T>(keep);
  const Rate = all<T>(rate);
  for (; i < end; i += width<T>()) {
    const pi = get<T>(p + i);
    const xi = madd(L2, pi, mul(Scale, get<T>(g + i)));
    put(p + i, sub(mul(Keep, pi), mul(Rate, xi)));
  }
}

export function sgd(begin: u32, end: u32, p: usize, g: usize,
  scale: f32, l2: f32, keep: f32, rate: f32): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, g, scale, l2, keep, rate);
  sweep<f32>(whole, last, p, g, scale, l2, keep, rate);
}
