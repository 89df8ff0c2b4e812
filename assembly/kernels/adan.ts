import { add, div, get, lerp, madd, mul, offset, put, scalar, simd, sqrt, sub, vectors, width } from "../lanes";

// Adan, Xie et al. 2022, https://arxiv.org/abs/2208.06677
//   x  = scale * g + l2 * p
//   d  = known * (x - q)            q is the x of the step before; known is 0 at the first step, else 1
//   y  = x + beta2 * d
//   m <- lerp(m, x,   gain1)
//   w <- lerp(w, d,   gain2)
//   n <- lerp(n, y*y, gain3)
//   q <- x
//   p <- keep * p - (rate * m + slope * w) / (sqrt(n) + eps)    rate, slope and eps arrive bias-corrected
function sweep<T>(i: usize, end: usize, p: usize, g: usize, m: usize, w: usize, n: usize, q: usize, c: usize): void {
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Keep = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), Gain1 = scalar<T>(c, 4), Gain2 = scalar<T>(c, 5), Gain3 = scalar<T>(c, 6);
  const Eps = scalar<T>(c, 7), Slope = scalar<T>(c, 8), Beta2 = scalar<T>(c, 9), Known = scalar<T>(c, 10);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = madd(L2, pi, mul(Scale, get<T>(g + i)));
    const di = mul(Known, sub(xi, get<T>(q + i)));
    const yi = madd(Beta2, di, xi);
    const mi = lerp(get<T>(m + i), xi, Gain1);
    const wi = lerp(get<T>(w + i), di, Gain2);
    const ni = lerp(get<T>(n + i), mul(yi, yi), Gain3);
    put(m + i, mi);
    put(w + i, wi);
    put(n + i, ni);
    put(q + i, xi);
    put(p + i, sub(mul(Keep, pi), div(madd(Rate, mi, mul(Slope, wi)), add(sqrt(ni), Eps))));
    i += width<T>();
  } while (i < end);
}

export function adan(begin: u32, end: u32, p: usize, g: usize, m: usize, w: usize, n: usize, q: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, g, m, w, n, q, c);
  sweep<f32>(whole, last, p, g, m, w, n, q, c);
}
