import { add, div, get, lerp, madd, mul, offset, put, scalar, simd, sqrt, sub, vectors, width } from "../lanes";

// AdaBelief, Zhuang et al. 2020, https://arxiv.org/abs/2010.07468
//   x  = scale * g + l2 * p
//   m <- lerp(m, x, gain1)
//   s <- lerp(s, (x - m)^2, gain2) + floor
//   p <- keep * p - rate * m / (sqrt(s) + eps)    rate and eps arrive bias-corrected
function sweep<T>(i: usize, end: usize, p: usize, g: usize, m: usize, s: usize, c: usize): void {
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Keep = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), Gain1 = scalar<T>(c, 4), Gain2 = scalar<T>(c, 5), Eps = scalar<T>(c, 6), Floor = scalar<T>(c, 7);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = madd(L2, pi, mul(Scale, get<T>(g + i)));
    const mi = lerp(get<T>(m + i), xi, Gain1);
    const di = sub(xi, mi);
    const si = add(lerp(get<T>(s + i), mul(di, di), Gain2), Floor);
    put(m + i, mi);
    put(s + i, si);
    put(p + i, sub(mul(Keep, pi), div(mul(Rate, mi), add(sqrt(si), Eps))));
    i += width<T>();
  } while (i < end);
}

export function adabelief(begin: u32, end: u32, p: usize, g: usize, m: usize, s: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, g, m, s, c);
  sweep<f32>(whole, last, p, g, m, s, c);
}
