import { all, atLeast, atMost, div, get, lerp, madd, mul, offset, put, scalar, simd, sub, vectors, width } from "../lanes";

// Sophia, Liu et al. 2023, https://arxiv.org/abs/2305.14342
//   x  = scale * g + l2 * p
//   m <- lerp(m, x, gain)
//   p <- keep * p - rate * clamp(m / (curve * h + eps), -1, 1)
function sweep<T>(i: usize, end: usize, p: usize, g: usize, m: usize, h: usize, c: usize): void {
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Keep = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), Gain = scalar<T>(c, 4), Curve = scalar<T>(c, 5), Eps = scalar<T>(c, 6);
  const One = all<T>(1), MinusOne = all<T>(-1);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = madd(L2, pi, mul(Scale, get<T>(g + i)));
    const mi = lerp(get<T>(m + i), xi, Gain);
    const step = div(mi, madd(Curve, get<T>(h + i), Eps));
    put(m + i, mi);
    put(p + i, sub(mul(Keep, pi), mul(Rate, atMost(atLeast(step, MinusOne), One))));
    i += width<T>();
  } while (i < end);
}

export function sophia(begin: u32, end: u32, p: usize, g: usize, m: usize, h: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, g, m, h, c);
  sweep<f32>(whole, last, p, g, m, h, c);
}
