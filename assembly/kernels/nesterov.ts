import { all, get, madd, mul, offset, put, simd, sub, vectors, width } from "../lanes";

// Nesterov momentum at the shifted point, Sutskever et al. 2013, https://proceedings.mlr.press/v28/sutskever13.html
//   x  = scale * g + l2 * p
//   b <- momentum * b + x
//   p <- keep * p - rate * (momentum * b + x)
function sweep<T>(i: usize, end: usize, p: usize, g: usize, b: usize,
  scale: f32, l2: f32, keep: f32, rate: f32, momentum: f32): void {
  const Scale = all<T>(scale), L2 = all<T>(l2), Keep = all<T>(keep);
  const Rate = all<T>(rate), Momentum = all<T>(momentum);
  for (; i < end; i += width<T>()) {
    const pi = get<T>(p + i);
    const xi = madd(L2, pi, mul(Scale, get<T>(g + i)));
    const bi = madd(Momentum, get<T>(b + i), xi);
    put(b + i, bi);
    put(p + i, sub(mul(Keep, pi), mul(Rate, madd(Momentum, bi, xi))));
  }
}

export function nesterov(begin: u32, end: u32, p: usize, g: usize, b: usize,
  scale: f32, l2: f32, keep: f32, rate: f32, momentum: f32): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, g, b, scale, l2, keep, rate, momentum);
  sweep<f32>(whole, last, p, g, b, scale, l2, keep, rate, momentum);
}
