import {
  add, all, div, Full, gain, get, gradient, hold, isPlain, isUsual, lerp, madd, moved, mul, offset, Plain, pull, put, scalar, simd,
  sqrt, sub, Usual, vectors, width,
} from "../lanes";

// Adan, Xie et al. 2022, https://arxiv.org/abs/2208.06677
//   x  = scale * g + l2 * p
//   d  = known * (x - q)            q is the previous x; known is 0 at the first step, else 1
//   y  = x + beta2 * d
//   m <- lerp(m, x,   gain1)
//   w <- lerp(w, d,   gain2)
//   n <- lerp(n, y*y, gain3)
//   q <- x + 0                      + 0 turns -0 into 0: the forms of a kernel differ in the sign of zeros
//   p <- p - decay * p - (rate * m + rate2 * w) / (sqrt(n) + eps)    rate, rate2 and eps arrive bias-corrected
function sweep<T, F>(i: usize, end: usize, p: usize, g: usize, m: usize, w: usize, n: usize, q: usize, c: usize): void {
  if (isPlain<T, F>(c)) { sweep<T, Plain>(i, end, p, g, m, w, n, q, c); return; }
  if (isUsual<T, F>(c)) { sweep<T, Usual>(i, end, p, g, m, w, n, q, c); return; }
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Decay = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), Eps = scalar<T>(c, 4), Rate2 = scalar<T>(c, 5), Beta2 = scalar<T>(c, 6), Known = scalar<T>(c, 7);
  const Gain1 = gain<T>(c, 0), Hold1 = hold<T, F>(c, 0), Pull1 = pull<T, F>(c, 0);
  const Gain2 = gain<T>(c, 1), Hold2 = hold<T, F>(c, 1), Pull2 = pull<T, F>(c, 1);
  const Gain3 = gain<T>(c, 2), Hold3 = hold<T, F>(c, 2), Pull3 = pull<T, F>(c, 2);
  const Zero = all<T>(0);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = gradient<T, F>(get<T>(g + i), pi, Scale, L2);
    const di = mul(Known, sub(xi, get<T>(q + i)));
    const yi = madd(Beta2, di, xi);
    const mi = lerp<T, F>(get<T>(m + i), xi, Gain1, Hold1, Pull1);
    const wi = lerp<T, F>(get<T>(w + i), di, Gain2, Hold2, Pull2);
    const ni = lerp<T, F>(get<T>(n + i), mul(yi, yi), Gain3, Hold3, Pull3);
    put(m + i, mi);
    put(w + i, wi);
    put(n + i, ni);
    put(q + i, add(xi, Zero));
    put(p + i, moved<T, F>(pi, div(madd(Rate, mi, mul(Rate2, wi)), add(sqrt(ni), Eps)), Decay));
    i += width<T>();
  } while (i < end);
}

export function adan(begin: u32, end: u32, p: usize, g: usize, m: usize, w: usize, n: usize, q: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128, Full>(first, whole, p, g, m, w, n, q, c);
  sweep<f32, Full>(whole, last, p, g, m, w, n, q, c);
}
