import {
  add, div, Full, gain, get, gradient, hold, isPlain, isUsual, lerp, moved, mul, offset, Plain, pull, put, scalar, simd, sqrt,
  sub, Usual, vectors, width,
} from "../lanes";

// AdaBelief, Zhuang et al. 2020, https://arxiv.org/abs/2010.07468
//   x  = scale * g + l2 * p
//   m <- lerp(m, x, gain1)
//   s <- lerp(s, (x - m)^2, gain2) + epsRoot
//   p <- p - decay * p - rate * m / (sqrt(s) + eps)    rate and eps arrive bias-corrected
function sweep<T, F>(i: usize, end: usize, p: usize, g: usize, m: usize, s: usize, c: usize): void {
  if (isPlain<T, F>(c)) { sweep<T, Plain>(i, end, p, g, m, s, c); return; }
  if (isUsual<T, F>(c)) { sweep<T, Usual>(i, end, p, g, m, s, c); return; }
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Decay = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), Eps = scalar<T>(c, 4), EpsRoot = scalar<T>(c, 5);
  const Gain1 = gain<T>(c, 0), Hold1 = hold<T, F>(c, 0), Pull1 = pull<T, F>(c, 0);
  const Gain2 = gain<T>(c, 1), Hold2 = hold<T, F>(c, 1), Pull2 = pull<T, F>(c, 1);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = gradient<T, F>(get<T>(g + i), pi, Scale, L2);
    const mi = lerp<T, F>(get<T>(m + i), xi, Gain1, Hold1, Pull1);
    const di = sub(xi, mi);
    const si = add(lerp<T, F>(get<T>(s + i), mul(di, di), Gain2, Hold2, Pull2), EpsRoot);
    put(m + i, mi);
    put(s + i, si);
    put(p + i, moved<T, F>(pi, div(mul(Rate, mi), add(sqrt(si), Eps)), Decay));
    i += width<T>();
  } while (i < end);
}

export function adabelief(begin: u32, end: u32, p: usize, g: usize, m: usize, s: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128, Full>(first, whole, p, g, m, s, c);
  sweep<f32, Full>(whole, last, p, g, m, s, c);
}
