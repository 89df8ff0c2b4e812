import {
  add, div, Full, gain, get, gradient, hold, isPlain, isUsual, lerp, madd, mul, offset, Plain, pull, put, scalar, simd, sqrt,
  Usual, vectors, width,
} from "../lanes";

// LAMB's direction, You et al. 2020, https://arxiv.org/abs/1904.00962; the step size depends on its norm
//   x  = scale * g + l2 * p
//   m <- lerp(m, x,   gain1)
//   v <- lerp(v, x*x, gain2)
//   u <- rate * m / (sqrt(v) + eps) + inside * p  rate and eps arrive bias-corrected
function sweep<T, F>(i: usize, end: usize, p: usize, g: usize, m: usize, v: usize, u: usize, c: usize): void {
  if (isPlain<T, F>(c)) { sweep<T, Plain>(i, end, p, g, m, v, u, c); return; }
  if (isUsual<T, F>(c)) { sweep<T, Usual>(i, end, p, g, m, v, u, c); return; }
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1);
  const Rate = scalar<T>(c, 3), Eps = scalar<T>(c, 4), Inside = scalar<T>(c, 5);
  const Gain1 = gain<T>(c, 0), Hold1 = hold<T, F>(c, 0), Pull1 = pull<T, F>(c, 0);
  const Gain2 = gain<T>(c, 1), Hold2 = hold<T, F>(c, 1), Pull2 = pull<T, F>(c, 1);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = gradient<T, F>(get<T>(g + i), pi, Scale, L2);
    const mi = lerp<T, F>(get<T>(m + i), xi, Gain1, Hold1, Pull1);
    const vi = lerp<T, F>(get<T>(v + i), mul(xi, xi), Gain2, Hold2, Pull2);
    put(m + i, mi);
    put(v + i, vi);
    put(u + i, madd(Inside, pi, div(mul(Rate, mi), add(sqrt(vi), Eps))));
    i += width<T>();
  } while (i < end);
}

export function lamb(begin: u32, end: u32, p: usize, g: usize, m: usize, v: usize, u: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128, Full>(first, whole, p, g, m, v, u, c);
  sweep<f32, Full>(whole, last, p, g, m, v, u, c);
}
