import { get, lerp, madd, mul, offset, put, scalar, simd, sub, vectors, width } from "../lanes";

// Quasi-hyperbolic momentum, Ma & Yarats 2019, https://arxiv.org/abs/1810.06801
//   x  = scale * g + l2 * p
//   b <- lerp(b, x, gain)
//   p <- keep * p - rate * lerp(x, b, nu)
function sweep<T>(i: usize, end: usize, p: usize, g: usize, b: usize, c: usize): void {
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Keep = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), Gain = scalar<T>(c, 4), Nu = scalar<T>(c, 5);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = madd(L2, pi, mul(Scale, get<T>(g + i)));
    const bi = lerp(get<T>(b + i), xi, Gain);
    put(b + i, bi);
    put(p + i, sub(mul(Keep, pi), mul(Rate, lerp(xi, bi, Nu))));
    i += width<T>();
  } while (i < end);
}

export function qhm(begin: u32, end: u32, p: usize, g: usize, b: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, g, b, c);
  sweep<f32>(whole, last, p, g, b, c);
}
