import {
  add, div, Full, gain, get, gradient, hold, isPlain, isUsual, lerp, moved, mul, offset, Plain, pull, put, scalar, simd, sqrt,
  Usual, vectors, width,
} from "simdescent/assembly/lanes";

// AdamS, Zhang et al. 2025, https://arxiv.org/abs/2505.16363
//   x  = scale * g + l2 * p
//   v  = lerp(m*m, x*x, gain2)    with m of the step before
//   m <- lerp(m, x, gain1)
//   p <- p - decay * p - rate * m / (sqrt(v) + eps)
function sweep<T, F>(i: usize, end: usize, p: usize, g: usize, m: usize, c: usize): void {
  if (isPlain<T, F>(c)) { sweep<T, Plain>(i, end, p, g, m, c); return; }
  if (isUsual<T, F>(c)) { sweep<T, Usual>(i, end, p, g, m, c); return; }
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Decay = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), Eps = scalar<T>(c, 4);
  const Gain1 = gain<T>(c, 0), Hold1 = hold<T, F>(c, 0), Pull1 = pull<T, F>(c, 0);
  const Gain2 = gain<T>(c, 1), Hold2 = hold<T, F>(c, 1), Pull2 = pull<T, F>(c, 1);
  if (i < end) do {
    const pi = get<T>(p + i), old = get<T>(m + i);
    const xi = gradient<T, F>(get<T>(g + i), pi, Scale, L2);
    const vi = lerp<T, F>(mul(old, old), mul(xi, xi), Gain2, Hold2, Pull2);
    const mi = lerp<T, F>(old, xi, Gain1, Hold1, Pull1);
    put(m + i, mi);
    put(p + i, moved<T, F>(pi, div(mul(Rate, mi), add(sqrt(vi), Eps)), Decay));
    i += width<T>();
  } while (i < end);
}

export function adamS(begin: u32, end: u32, p: usize, g: usize, m: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128, Full>(first, whole, p, g, m, c);
  sweep<f32, Full>(whole, last, p, g, m, c);
}
