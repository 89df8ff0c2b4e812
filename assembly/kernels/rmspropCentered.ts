import { add, all, atLeast, div, get, lerp, madd, mul, offset, put, scalar, simd, sqrt, sub, vectors, width } from "../lanes";

// RMSProp divided by the standard deviation, Graves 2013, https://arxiv.org/abs/1308.0850
//   x  = scale * g + l2 * p
//   v <- lerp(v, x*x, gain)
//   a <- lerp(a, x,   gain)
//   p <- keep * p - rate * x / (sqrt(max(v - a*a, 0) + inner) + eps)    rounding makes v - a*a negative
function sweep<T>(i: usize, end: usize, p: usize, g: usize, v: usize, a: usize, c: usize): void {
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Keep = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), Gain = scalar<T>(c, 4), Eps = scalar<T>(c, 5), Inner = scalar<T>(c, 6);
  const Zero = all<T>(0);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = madd(L2, pi, mul(Scale, get<T>(g + i)));
    const vi = lerp(get<T>(v + i), mul(xi, xi), Gain);
    const ai = lerp(get<T>(a + i), xi, Gain);
    const di = sqrt(add(atLeast(sub(vi, mul(ai, ai)), Zero), Inner));
    put(v + i, vi);
    put(a + i, ai);
    put(p + i, sub(mul(Keep, pi), div(mul(Rate, xi), add(di, Eps))));
    i += width<T>();
  } while (i < end);
}

export function rmspropCentered(begin: u32, end: u32, p: usize, g: usize, v: usize, a: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, g, v, a, c);
  sweep<f32>(whole, last, p, g, v, a, c);
}
