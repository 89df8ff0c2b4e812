import {
  add, div, Full, gain, get, gradient, hold, isPlain, isUsual, lerp, moved, mul, offset, Plain, pull, put, scalar, simd, sqrt,
  Usual, vectors, width,
} from "../lanes";

// RMSProp, Tieleman & Hinton 2012, https://www.cs.toronto.edu/~hinton/coursera/lecture6/lec6.pdf,
// with eps inside the root
//   x  = scale * g + l2 * p
//   v <- lerp(v, x*x, gain)
//   p <- p - decay * p - rate * x / sqrt(v + epsRoot)
function sweep<T, F>(i: usize, end: usize, p: usize, g: usize, v: usize, c: usize): void {
  if (isPlain<T, F>(c)) { sweep<T, Plain>(i, end, p, g, v, c); return; }
  if (isUsual<T, F>(c)) { sweep<T, Usual>(i, end, p, g, v, c); return; }
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Decay = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), EpsRoot = scalar<T>(c, 4);
  const Gain = gain<T>(c, 0), Hold = hold<T, F>(c, 0), Pull = pull<T, F>(c, 0);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = gradient<T, F>(get<T>(g + i), pi, Scale, L2);
    const vi = lerp<T, F>(get<T>(v + i), mul(xi, xi), Gain, Hold, Pull);
    put(v + i, vi);
    put(p + i, moved<T, F>(pi, div(mul(Rate, xi), sqrt(add(vi, EpsRoot))), Decay));
    i += width<T>();
  } while (i < end);
}

export function rmspropRoot(begin: u32, end: u32, p: usize, g: usize, v: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128, Full>(first, whole, p, g, v, c);
  sweep<f32, Full>(whole, last, p, g, v, c);
}
