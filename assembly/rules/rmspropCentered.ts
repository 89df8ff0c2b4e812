import {
  add, all, atLeast, div, Full, gain, get, gradient, hold, isPlain, isUsual, lerp, moved, mul, offset, Plain, pull, put, scalar,
  simd, sqrt, sub, Usual, vectors, width,
} from "../lanes";

// RMSProp divided by the standard deviation, Graves 2013, https://arxiv.org/abs/1308.0850
//   x  = scale * g + l2 * p
//   v <- lerp(v, x*x, gain)
//   a <- lerp(a, x,   gain)
//   p <- p - decay * p - rate * x / (sqrt(max(v - a*a, 0) + epsRoot) + eps)    rounding can make v - a*a negative
function sweep<T, F>(i: usize, end: usize, p: usize, g: usize, v: usize, a: usize, c: usize): void {
  if (isPlain<T, F>(c)) { sweep<T, Plain>(i, end, p, g, v, a, c); return; }
  if (isUsual<T, F>(c)) { sweep<T, Usual>(i, end, p, g, v, a, c); return; }
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Decay = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), Eps = scalar<T>(c, 4), EpsRoot = scalar<T>(c, 5);
  const Gain = gain<T>(c, 0), Hold = hold<T, F>(c, 0), Pull = pull<T, F>(c, 0);
  const Zero = all<T>(0);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = gradient<T, F>(get<T>(g + i), pi, Scale, L2);
    const vi = lerp<T, F>(get<T>(v + i), mul(xi, xi), Gain, Hold, Pull);
    const ai = lerp<T, F>(get<T>(a + i), xi, Gain, Hold, Pull);
    const di = sqrt(add(atLeast(sub(vi, mul(ai, ai)), Zero), EpsRoot));
    put(v + i, vi);
    put(a + i, ai);
    put(p + i, moved<T, F>(pi, div(mul(Rate, xi), add(di, Eps)), Decay));
    i += width<T>();
  } while (i < end);
}

export function rmspropCentered(begin: u32, end: u32, p: usize, g: usize, v: usize, a: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128, Full>(first, whole, p, g, v, a, c);
  sweep<f32, Full>(whole, last, p, g, v, a, c);
}
