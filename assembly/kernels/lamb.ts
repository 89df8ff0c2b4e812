import { add, div, get, lerp, madd, mul, offset, put, scalar, simd, sqrt, vectors, width } from "../lanes";

// LAMB's direction, You et al. 2020, https://arxiv.org/abs/1904.00962; its norm decides about the step
//   x  = scale * g + l2 * p
//   m <- lerp(m, x,   gain1)
//   v <- lerp(v, x*x, gain2)
//   u <- rate * m / (sqrt(v) + eps) + decay * p   rate and eps arrive bias-corrected
function sweep<T>(i: usize, end: usize, p: usize, g: usize, m: usize, v: usize, u: usize, c: usize): void {
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1);
  const Rate = scalar<T>(c, 3), Gain1 = scalar<T>(c, 4), Gain2 = scalar<T>(c, 5), Eps = scalar<T>(c, 6);
  const Decay = scalar<T>(c, 7);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = madd(L2, pi, mul(Scale, get<T>(g + i)));
    const mi = lerp(get<T>(m + i), xi, Gain1);
    const vi = lerp(get<T>(v + i), mul(xi, xi), Gain2);
    put(m + i, mi);
    put(v + i, vi);
    put(u + i, madd(Decay, pi, div(mul(Rate, mi), add(sqrt(vi), Eps))));
    i += width<T>();
  } while (i < end);
}

export function lamb(begin: u32, end: u32, p: usize, g: usize, m: usize, v: usize, u: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, g, m, v, u, c);
  sweep<f32>(whole, last, p, g, m, v, u, c);
}
