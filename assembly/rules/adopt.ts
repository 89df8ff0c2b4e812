import {
  atLeast, atMost, div, Full, gain, get, gradient, hold, isPlain, isUsual, lerp, moved, mul, offset, Plain, pull, put, scalar,
  simd, sqrt, Usual, vectors, width,
} from "../lanes";

// ADOPT, Taniguchi et al. 2024, https://arxiv.org/abs/2411.02853, with the clipping of its section on ImageNet
//   x  = scale * g + l2 * p
//   u  = clamp(x / max(sqrt(v), eps), -bound, bound)    v before this step
//   m <- lerp(m, u,   gain1)
//   v <- lerp(v, x*x, gain2)
//   p <- p - decay * p - rate * m
function sweep<T, F>(i: usize, end: usize, p: usize, g: usize, m: usize, v: usize, c: usize): void {
  if (isPlain<T, F>(c)) { sweep<T, Plain>(i, end, p, g, m, v, c); return; }
  if (isUsual<T, F>(c)) { sweep<T, Usual>(i, end, p, g, m, v, c); return; }
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Decay = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), Eps = scalar<T>(c, 4), Low = scalar<T>(c, 5), High = scalar<T>(c, 6);
  const Gain1 = gain<T>(c, 0), Hold1 = hold<T, F>(c, 0), Pull1 = pull<T, F>(c, 0);
  const Gain2 = gain<T>(c, 1), Hold2 = hold<T, F>(c, 1), Pull2 = pull<T, F>(c, 1);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = gradient<T, F>(get<T>(g + i), pi, Scale, L2);
    const vi = get<T>(v + i);
    const ui = atMost(atLeast(div(xi, atLeast(sqrt(vi), Eps)), Low), High);
    const mi = lerp<T, F>(get<T>(m + i), ui, Gain1, Hold1, Pull1);
    put(m + i, mi);
    put(v + i, lerp<T, F>(vi, mul(xi, xi), Gain2, Hold2, Pull2));
    put(p + i, moved<T, F>(pi, mul(Rate, mi), Decay));
    i += width<T>();
  } while (i < end);
}

export function adopt(begin: u32, end: u32, p: usize, g: usize, m: usize, v: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128, Full>(first, whole, p, g, m, v, c);
  sweep<f32, Full>(whole, last, p, g, m, v, c);
}
