import {
  add, div, Full, gain, get, gradient, hold, isPlain, isUsual, lerp, madd, moved, mul, offset, Plain, pull, put, scalar, simd,
  sqrt, Usual, vectors, width,
} from "../lanes";

// RMSProp with momentum, Tieleman & Hinton 2012; order of operations as in PyTorch
//   x  = scale * g + l2 * p
//   v <- lerp(v, x*x, gain)
//   b <- momentum * b + rate2 * x / (sqrt(v + epsRoot) + eps)
//   p <- p - decay * p - rate * b
function sweep<T, F>(i: usize, end: usize, p: usize, g: usize, v: usize, b: usize, c: usize): void {
  if (isPlain<T, F>(c)) { sweep<T, Plain>(i, end, p, g, v, b, c); return; }
  if (isUsual<T, F>(c)) { sweep<T, Usual>(i, end, p, g, v, b, c); return; }
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Decay = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), Eps = scalar<T>(c, 4), EpsRoot = scalar<T>(c, 5);
  const Momentum = scalar<T>(c, 6), Rate2 = scalar<T>(c, 7);
  const Gain = gain<T>(c, 0), Hold = hold<T, F>(c, 0), Pull = pull<T, F>(c, 0);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = gradient<T, F>(get<T>(g + i), pi, Scale, L2);
    const vi = lerp<T, F>(get<T>(v + i), mul(xi, xi), Gain, Hold, Pull);
    const bi = madd(Momentum, get<T>(b + i), div(mul(Rate2, xi), add(sqrt(add(vi, EpsRoot)), Eps)));
    put(v + i, vi);
    put(b + i, bi);
    put(p + i, moved<T, F>(pi, mul(Rate, bi), Decay));
    i += width<T>();
  } while (i < end);
}

export function rmspropMomentum(begin: u32, end: u32, p: usize, g: usize, v: usize, b: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128, Full>(first, whole, p, g, v, b, c);
  sweep<f32, Full>(whole, last, p, g, v, b, c);
}
