import { atLeast, atMost, div, get, lerp, madd, mul, offset, put, scalar, simd, sqrt, sub, vectors, width } from "../lanes";

// ADOPT, Taniguchi et al. 2024, https://arxiv.org/abs/2411.02853, with the clipping of its section on ImageNet
//   x  = scale * g + l2 * p
//   u  = clamp(x / max(sqrt(v), eps), -bound, bound)    v from before this step
//   m <- lerp(m, u,   gain1)
//   v <- lerp(v, x*x, gain2)
//   p <- keep * p - rate * m
function sweep<T>(i: usize, end: usize, p: usize, g: usize, m: usize, v: usize, c: usize): void {
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Keep = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), Gain1 = scalar<T>(c, 4), Gain2 = scalar<T>(c, 5), Eps = scalar<T>(c, 6);
  const Low = scalar<T>(c, 7), High = scalar<T>(c, 8);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = madd(L2, pi, mul(Scale, get<T>(g + i)));
    const vi = get<T>(v + i);
    const ui = atMost(atLeast(div(xi, atLeast(sqrt(vi), Eps)), Low), High);
    const mi = lerp(get<T>(m + i), ui, Gain1);
    put(m + i, mi);
    put(v + i, lerp(vi, mul(xi, xi), Gain2));
    put(p + i, sub(mul(Keep, pi), mul(Rate, mi)));
    i += width<T>();
  } while (i < end);
}

export function adopt(begin: u32, end: u32, p: usize, g: usize, m: usize, v: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, g, m, v, c);
  sweep<f32>(whole, last, p, g, m, v, c);
}
