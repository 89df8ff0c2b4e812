import { add, div, get, lerp, madd, mul, offset, put, scalar, signed, simd, sqrt, sub, vectors, width } from "../lanes";

// Yogi, Zaheer et al. 2018, https://papers.nips.cc/paper/2018/hash/90365351ccc7437a1309dc64e4db32a3-Abstract.html
//   x  = scale * g + l2 * p
//   m <- lerp(m, x, gain1)
//   v <- v - gain2 * sign(v - x*x) * x*x
//   p <- keep * p - rate * m / (sqrt(v) + eps)    rate and eps arrive bias-corrected
function sweep<T>(i: usize, end: usize, p: usize, g: usize, m: usize, v: usize, c: usize): void {
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Keep = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), Gain1 = scalar<T>(c, 4), Gain2 = scalar<T>(c, 5), Eps = scalar<T>(c, 6);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = madd(L2, pi, mul(Scale, get<T>(g + i)));
    const mi = lerp(get<T>(m + i), xi, Gain1);
    const si = mul(xi, xi);
    const vi = get<T>(v + i);
    const wi = sub(vi, mul(Gain2, signed(si, sub(vi, si))));
    put(m + i, mi);
    put(v + i, wi);
    put(p + i, sub(mul(Keep, pi), div(mul(Rate, mi), add(sqrt(wi), Eps))));
    i += width<T>();
  } while (i < end);
}

export function yogi(begin: u32, end: u32, p: usize, g: usize, m: usize, v: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, g, m, v, c);
  sweep<f32>(whole, last, p, g, m, v, c);
}
