import {
  all, atLeast, atMost, div, Full, gain, get, gradient, hold, isPlain, isUsual, lerp, madd, moved, mul, offset, Plain, pull, put,
  scalar, simd, Usual, vectors, width,
} from "../lanes";

// Sophia, Liu et al. 2023, https://arxiv.org/abs/2305.14342
//   x  = scale * g + l2 * p
//   m <- lerp(m, x, gain)
//   p <- p - decay * p - rate * clamp(m / (factor * h + eps), -1, 1)
function sweep<T, F>(i: usize, end: usize, p: usize, g: usize, m: usize, h: usize, c: usize): void {
  if (isPlain<T, F>(c)) { sweep<T, Plain>(i, end, p, g, m, h, c); return; }
  if (isUsual<T, F>(c)) { sweep<T, Usual>(i, end, p, g, m, h, c); return; }
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Decay = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), Eps = scalar<T>(c, 4), Factor = scalar<T>(c, 5);
  const Gain = gain<T>(c, 0), Hold = hold<T, F>(c, 0), Pull = pull<T, F>(c, 0);
  const One = all<T>(1), MinusOne = all<T>(-1);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = gradient<T, F>(get<T>(g + i), pi, Scale, L2);
    const mi = lerp<T, F>(get<T>(m + i), xi, Gain, Hold, Pull);
    const step = div(mi, madd(Factor, get<T>(h + i), Eps));
    put(m + i, mi);
    put(p + i, moved<T, F>(pi, mul(Rate, atMost(atLeast(step, MinusOne), One)), Decay));
    i += width<T>();
  } while (i < end);
}

export function sophia(begin: u32, end: u32, p: usize, g: usize, m: usize, h: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128, Full>(first, whole, p, g, m, h, c);
  sweep<f32, Full>(whole, last, p, g, m, h, c);
}
