import { add, all, div, get, lerp, madd, mul, offset, put, simd, sqrt, sub, vectors, width } from "../lanes";

// Adam, Kingma & Ba 2015, https://arxiv.org/abs/1412.6980
//   x  = scale * g + l2 * p
//   m <- lerp(m, x,   gain1)
//   v <- lerp(v, x*x, gain2)
//   p <- keep * p - rate * m / (sqrt(v) + eps)    rate and eps arrive bias-corrected
function sweep<T>(i: usize, end: usize, p: usize, g: usize, m: usize, v: usize,
  scale: f32, l2: f32, keep: f32, rate: f32, gain1: f32, gain2: f32, eps: f32): void {
  const Scale = all<T>(scale), L2 = all<T>(l2), Keep = all<T>(keep);
  const Rate = all<T>(rate), Gain1 = all<T>(gain1), Gain2 = all<T>(gain2), Eps = all<T>(eps);
  for (; i < end; i += width<T>()) {
    const pi = get<T>(p + i);
    const xi = madd(L2, pi, mul(Scale, get<T>(g + i)));
    const mi = lerp(get<T>(m + i), xi, Gain1);
    const vi = lerp(get<T>(v + i), mul(xi, xi), Gain2);
    put(m + i, mi);
    put(v + i, vi);
    put(p + i, sub(mul(Keep, pi), div(mul(Rate, mi), add(sqrt(vi), Eps))));
  }
}

export function adam(begin: u32, end: u32, p: usize, g: usize, m: usize, v: usize,
  scale: f32, l2: f32, keep: f32, rate: f32, gain1: f32, gain2: f32, eps: f32): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, g, m, v, scale, l2, keep, rate, gain1, gain2, eps);
  sweep<f32>(whole, last, p, g, m, v, scale, l2, keep, rate, gain1, gain2, eps);
}
