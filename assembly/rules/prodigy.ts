import {
  Full, gain, get, gradient, hold, isPlain, isUsual, lerp, madd, mul, offset, Plain, pull, put, scalar, simd, Usual, vectors,
  width,
} from "../lanes";

// Prodigy's means and sums, before its step size is known, Mishchenko & Defazio 2024, https://arxiv.org/abs/2306.06101
//   x  = scale * g + l2 * p
//   y  = d * x
//   m <- lerp(m, y,   gain1)
//   v <- lerp(v, y*y, gain2)
//   s <- beta3 * s + weight * x
function sweep<T, F>(i: usize, end: usize, p: usize, g: usize, m: usize, v: usize, s: usize, c: usize): void {
  if (isPlain<T, F>(c)) { sweep<T, Plain>(i, end, p, g, m, v, s, c); return; }
  if (isUsual<T, F>(c)) { sweep<T, Usual>(i, end, p, g, m, v, s, c); return; }
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1);
  const D = scalar<T>(c, 3), Beta3 = scalar<T>(c, 4), Weight = scalar<T>(c, 5);
  const Gain1 = gain<T>(c, 0), Hold1 = hold<T, F>(c, 0), Pull1 = pull<T, F>(c, 0);
  const Gain2 = gain<T>(c, 1), Hold2 = hold<T, F>(c, 1), Pull2 = pull<T, F>(c, 1);
  if (i < end) do {
    const xi = gradient<T, F>(get<T>(g + i), get<T>(p + i), Scale, L2);
    const yi = mul(D, xi);
    put(m + i, lerp<T, F>(get<T>(m + i), yi, Gain1, Hold1, Pull1));
    put(v + i, lerp<T, F>(get<T>(v + i), mul(yi, yi), Gain2, Hold2, Pull2));
    put(s + i, madd(Beta3, get<T>(s + i), mul(Weight, xi)));
    i += width<T>();
  } while (i < end);
}

export function prodigy(begin: u32, end: u32, p: usize, g: usize, m: usize, v: usize, s: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128, Full>(first, whole, p, g, m, v, s, c);
  sweep<f32, Full>(whole, last, p, g, m, v, s, c);
}
