import { add, div, get, lerp, madd, mul, offset, put, scalar, simd, sqrt, sub, vectors, width } from "../lanes";

// Adam, Kingma & Ba 2015, https://arxiv.org/abs/1412.6980
//   x  = scale * g + l2 * p
//   m <- lerp(m, x,   gain1)
//   v <- lerp(v, x*x, gain2)
//   p <- keep * p - rate * m / (sqrt(v) + eps)    rate and eps arrive bias-corrected
function sweep<T>(i: usize, end: usize, p: usize, g: usize, m: usize, v: usize, c: usize): void {
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Keep = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), Gain1 = scalar<T>(c, 4), Gain2 = scalar<T>(c, 5), Eps = scalar<T>(c, 6);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = madd(L2, pi, mul(Scale, get<T>(g + i)));
    const mi = lerp(get<T>(m + i), xi, Gain1);
    const vi = lerp(get<T>(v + i), mul(xi, xi), Gain2);
    put(m + i, mi);
    put(v + i, vi);
    put(p + i, sub(mul(Keep, pi), div(mul(Rate, mi), add(sqrt(vi), Eps))));
    i += width<T>();
  } while (i < end);
}

export function adam(begin: u32, end: u32, p: usize, g: usize, m: usize, v: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, g, m, v, c);
  sweep<f32>(whole, last, p, g, m, v, c);
}
