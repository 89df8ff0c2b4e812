import {
  add, div, Full, gain, get, gradient, hold, isPlain, isUsual, larger, lerp, moved, mul, offset, Plain, pull, put, scalar, simd,
  sqrt, Usual, vectors, width,
} from "../lanes";

// AMSGrad, Reddi et al. 2018, https://arxiv.org/abs/1904.09237; the maximum of the bias-corrected v
//   x  = scale * g + l2 * p
//   m <- lerp(m, x,   gain1)
//   v <- lerp(v, x*x, gain2)
//   h <- max(h, factor * v)                       factor corrects the bias
//   p <- p - decay * p - rate * m / (sqrt(h) + eps)    rate arrives bias-corrected
function sweep<T, F>(i: usize, end: usize, p: usize, g: usize, m: usize, v: usize, h: usize, c: usize): void {
  if (isPlain<T, F>(c)) { sweep<T, Plain>(i, end, p, g, m, v, h, c); return; }
  if (isUsual<T, F>(c)) { sweep<T, Usual>(i, end, p, g, m, v, h, c); return; }
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Decay = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), Eps = scalar<T>(c, 4), Factor = scalar<T>(c, 5);
  const Gain1 = gain<T>(c, 0), Hold1 = hold<T, F>(c, 0), Pull1 = pull<T, F>(c, 0);
  const Gain2 = gain<T>(c, 1), Hold2 = hold<T, F>(c, 1), Pull2 = pull<T, F>(c, 1);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = gradient<T, F>(get<T>(g + i), pi, Scale, L2);
    const mi = lerp<T, F>(get<T>(m + i), xi, Gain1, Hold1, Pull1);
    const vi = lerp<T, F>(get<T>(v + i), mul(xi, xi), Gain2, Hold2, Pull2);
    const hi = larger(get<T>(h + i), mul(Factor, vi));
    put(m + i, mi);
    put(v + i, vi);
    put(h + i, hi);
    put(p + i, moved<T, F>(pi, div(mul(Rate, mi), add(sqrt(hi), Eps)), Decay));
    i += width<T>();
  } while (i < end);
}

export function amsgradCorrected(begin: u32, end: u32, p: usize, g: usize, m: usize, v: usize, h: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128, Full>(first, whole, p, g, m, v, h, c);
  sweep<f32, Full>(whole, last, p, g, m, v, h, c);
}
