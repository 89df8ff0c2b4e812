import {
  add, div, Full, gain, get, gradient, hold, isPlain, isUsual, larger, lerp, moved, mul, offset, Plain, pull, put, scalar, simd,
  Usual, vectors, width,
} from "../lanes";

// Adamax, Kingma & Ba 2015, section 7.1, https://arxiv.org/abs/1412.6980; eps is added to the maximum
//   x  = scale * g + l2 * p
//   m <- lerp(m, x, gain1)
//   u <- max(beta2 * u, |x|)
//   p <- p - decay * p - rate * m / (u + eps)    rate arrives bias-corrected
function sweep<T, F>(i: usize, end: usize, p: usize, g: usize, m: usize, u: usize, c: usize): void {
  if (isPlain<T, F>(c)) { sweep<T, Plain>(i, end, p, g, m, u, c); return; }
  if (isUsual<T, F>(c)) { sweep<T, Usual>(i, end, p, g, m, u, c); return; }
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Decay = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), Eps = scalar<T>(c, 4), Beta2 = scalar<T>(c, 5);
  const Gain1 = gain<T>(c, 0), Hold1 = hold<T, F>(c, 0), Pull1 = pull<T, F>(c, 0);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = gradient<T, F>(get<T>(g + i), pi, Scale, L2);
    const mi = lerp<T, F>(get<T>(m + i), xi, Gain1, Hold1, Pull1);
    const ui = larger(mul(Beta2, get<T>(u + i)), xi);
    put(m + i, mi);
    put(u + i, ui);
    put(p + i, moved<T, F>(pi, div(mul(Rate, mi), add(ui, Eps)), Decay));
    i += width<T>();
  } while (i < end);
}

export function adamaxSum(begin: u32, end: u32, p: usize, g: usize, m: usize, u: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128, Full>(first, whole, p, g, m, u, c);
  sweep<f32, Full>(whole, last, p, g, m, u, c);
}
