import { add, all, div, get, lerp, madd, mul, offset, put, simd, sqrt, sub, vectors, width } from "../lanes";

// RMSProp, Tieleman & Hinton 2012, https://www.cs.toronto.edu/~hinton/coursera/lecture6/lec6.pdf
//   x  = scale * g + l2 * p
//   v <- lerp(v, x*x, gain)
//   p <- keep * p - rate * x / (sqrt(v) + eps)
function sweep<T>(i: usize, end: usize, p: usize, g: usize, v: usize,
  scale: f32, l2: f32, keep: f32, rate: f32, gain: f32, eps: f32): void {
  const Scale = all<T>(scale), L2 = all<T>(l2), Keep = all<T>(keep);
  const Rate = all<T>(rate), Gain = all<T>(gain), Eps = all<T>(eps);
  for (; i < end; i += width<T>()) {
    const pi = get<T>(p + i);
    const xi = madd(L2, pi, mul(Scale, get<T>(g + i)));
    const vi = lerp(get<T>(v + i), mul(xi, xi), Gain);
    put(v + i, vi);
    put(p + i, sub(mul(Keep, pi), div(mul(Rate, xi), add(sqrt(vi), Eps))));
  }
}

export function rmsprop(begin: u32, end: u32, p: usize, g: usize, v: usize,
  scale: f32, l2: f32, keep: f32, rate: f32, gain: f32, eps: f32): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, g, v, scale, l2, keep, rate, gain, eps);
  sweep<f32>(whole, last, p, g, v, scale, l2, keep, rate, gain, eps);
}
