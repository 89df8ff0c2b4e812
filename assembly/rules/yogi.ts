import {
  add, div, Full, gain, get, gradient, hold, isPlain, isUsual, lerp, moved, mul, offset, Plain, pull, put, scalar, signed, simd,
  sqrt, sub, Usual, vectors, width,
} from "../lanes";

// Yogi, Zaheer et al. 2018, https://papers.nips.cc/paper/2018/hash/90365351ccc7437a1309dc64e4db32a3-Abstract.html
//   x  = scale * g + l2 * p
//   m <- lerp(m, x, gain1)
//   v <- v - gain2 * sign(v - x*x) * x*x
//   p <- p - decay * p - rate * m / (sqrt(v) + eps)    rate and eps arrive bias-corrected
function sweep<T, F>(i: usize, end: usize, p: usize, g: usize, m: usize, v: usize, c: usize): void {
  if (isPlain<T, F>(c)) { sweep<T, Plain>(i, end, p, g, m, v, c); return; }
  if (isUsual<T, F>(c)) { sweep<T, Usual>(i, end, p, g, m, v, c); return; }
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Decay = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), Eps = scalar<T>(c, 4), Gain2 = gain<T>(c, 1);
  const Gain1 = gain<T>(c, 0), Hold1 = hold<T, F>(c, 0), Pull1 = pull<T, F>(c, 0);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = gradient<T, F>(get<T>(g + i), pi, Scale, L2);
    const mi = lerp<T, F>(get<T>(m + i), xi, Gain1, Hold1, Pull1);
    const si = mul(xi, xi);
    const vi = get<T>(v + i);
    const wi = sub(vi, mul(Gain2, signed(si, sub(vi, si))));
    put(m + i, mi);
    put(v + i, wi);
    put(p + i, moved<T, F>(pi, div(mul(Rate, mi), add(sqrt(wi), Eps)), Decay));
    i += width<T>();
  } while (i < end);
}

export function yogi(begin: u32, end: u32, p: usize, g: usize, m: usize, v: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128, Full>(first, whole, p, g, m, v, c);
  sweep<f32, Full>(whole, last, p, g, m, v, c);
}
