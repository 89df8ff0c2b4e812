import {
  Full, gain, get, gradient, hold, isPlain, isUsual, lerp, madd, moved, mul, offset, Plain, pull, put, scalar, simd, Usual,
  vectors, width,
} from "../lanes";

// Averaged gradient descent, Polyak & Juditsky 1992, https://doi.org/10.1137/0330046, as in PyTorch
//   x  = scale * g + l2 * p
//   p <- p - decay * p - (rate * x + rate2 * p)
//   a <- lerp(p, a, gain)                         gain is 0 until averaging begins; until then a is p
function sweep<T, F>(i: usize, end: usize, p: usize, g: usize, a: usize, c: usize): void {
  if (isPlain<T, F>(c)) { sweep<T, Plain>(i, end, p, g, a, c); return; }
  if (isUsual<T, F>(c)) { sweep<T, Usual>(i, end, p, g, a, c); return; }
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Decay = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), Rate2 = scalar<T>(c, 4);
  const Gain = gain<T>(c, 0), Hold = hold<T, F>(c, 0), Pull = pull<T, F>(c, 0);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = gradient<T, F>(get<T>(g + i), pi, Scale, L2);
    const next = moved<T, F>(pi, madd(Rate, xi, mul(Rate2, pi)), Decay);
    put(p + i, next);
    put(a + i, lerp<T, F>(next, get<T>(a + i), Gain, Hold, Pull));
    i += width<T>();
  } while (i < end);
}

export function asgd(begin: u32, end: u32, p: usize, g: usize, a: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128, Full>(first, whole, p, g, a, c);
  sweep<f32, Full>(whole, last, p, g, a, c);
}
