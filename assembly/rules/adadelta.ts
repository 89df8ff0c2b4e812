import {
  add, div, Full, gain, get, gradient, hold, isPlain, isUsual, lerp, moved, mul, offset, Plain, pull, put, scalar, simd, sqrt,
  Usual, vectors, width,
} from "../lanes";

// AdaDelta, Zeiler 2012, https://arxiv.org/abs/1212.5701
//   x  = scale * g + l2 * p
//   v <- lerp(v, x*x, gain)
//   d  = sqrt((u + epsRoot) / (v + epsRoot)) * x    one root and one division instead of the paper's two roots
//   u <- lerp(u, d*d, gain)
//   p <- p - decay * p - rate * d
function sweep<T, F>(i: usize, end: usize, p: usize, g: usize, v: usize, u: usize, c: usize): void {
  if (isPlain<T, F>(c)) { sweep<T, Plain>(i, end, p, g, v, u, c); return; }
  if (isUsual<T, F>(c)) { sweep<T, Usual>(i, end, p, g, v, u, c); return; }
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Decay = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), EpsRoot = scalar<T>(c, 4);
  const Gain = gain<T>(c, 0), Hold = hold<T, F>(c, 0), Pull = pull<T, F>(c, 0);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = gradient<T, F>(get<T>(g + i), pi, Scale, L2);
    const vi = lerp<T, F>(get<T>(v + i), mul(xi, xi), Gain, Hold, Pull);
    const ui = get<T>(u + i);
    const di = mul(sqrt(div(add(ui, EpsRoot), add(vi, EpsRoot))), xi);
    put(v + i, vi);
    put(u + i, lerp<T, F>(ui, mul(di, di), Gain, Hold, Pull));
    put(p + i, moved<T, F>(pi, mul(Rate, di), Decay));
    i += width<T>();
  } while (i < end);
}

export function adadelta(begin: u32, end: u32, p: usize, g: usize, v: usize, u: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128, Full>(first, whole, p, g, v, u, c);
  sweep<f32, Full>(whole, last, p, g, v, u, c);
}
