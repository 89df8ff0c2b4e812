import {
  Full, gain, get, gradient, hold, isPlain, isUsual, lerp, moved, mul, offset, Plain, pull, put, scalar, simd, Usual, vectors,
  width,
} from "../lanes";

// Quasi-hyperbolic momentum, Ma & Yarats 2019, https://arxiv.org/abs/1810.06801
//   x  = scale * g + l2 * p
//   b <- lerp(b, x, gain1)
//   p <- p - decay * p - rate * lerp(b, x, gain2)
function sweep<T, F>(i: usize, end: usize, p: usize, g: usize, b: usize, c: usize): void {
  if (isPlain<T, F>(c)) { sweep<T, Plain>(i, end, p, g, b, c); return; }
  if (isUsual<T, F>(c)) { sweep<T, Usual>(i, end, p, g, b, c); return; }
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Decay = scalar<T>(c, 2), Rate = scalar<T>(c, 3);
  const Gain1 = gain<T>(c, 0), Hold1 = hold<T, F>(c, 0), Pull1 = pull<T, F>(c, 0);
  const Gain2 = gain<T>(c, 1), Hold2 = hold<T, F>(c, 1), Pull2 = pull<T, F>(c, 1);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = gradient<T, F>(get<T>(g + i), pi, Scale, L2);
    const bi = lerp<T, F>(get<T>(b + i), xi, Gain1, Hold1, Pull1);
    put(b + i, bi);
    put(p + i, moved<T, F>(pi, mul(Rate, lerp<T, F>(bi, xi, Gain2, Hold2, Pull2)), Decay));
    i += width<T>();
  } while (i < end);
}

export function qhm(begin: u32, end: u32, p: usize, g: usize, b: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128, Full>(first, whole, p, g, b, c);
  sweep<f32, Full>(whole, last, p, g, b, c);
}
