import {
  add, div, Full, gain, get, gradient, hold, isPlain, isUsual, lerp, madd, mul, offset, Plain, pull, put, scalar, simd, sub,
  Usual, vectors, width,
} from "../lanes";
import { cbrt } from "../ops/cbrt";

// MADGRAD, Defazio & Jelassi 2022, https://arxiv.org/abs/2101.11075
//   x  = scale * g + l2 * p
//   s <- s + rate * x
//   n <- n + rate * x*x
//   z  = q - s / (cbrt(n) + eps)                  q is the initial p
//   p <- lerp(p, z, gain) - decay * p
function sweep<T, F>(i: usize, end: usize, p: usize, g: usize, n: usize, s: usize, q: usize, c: usize): void {
  if (isPlain<T, F>(c)) { sweep<T, Plain>(i, end, p, g, n, s, q, c); return; }
  if (isUsual<T, F>(c)) { sweep<T, Usual>(i, end, p, g, n, s, q, c); return; }
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Decay = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), Eps = scalar<T>(c, 4);
  const Gain = gain<T>(c, 0), Hold = hold<T, F>(c, 0), Pull = pull<T, F>(c, 0);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = gradient<T, F>(get<T>(g + i), pi, Scale, L2);
    const si = madd(Rate, xi, get<T>(s + i));
    const ni = madd(Rate, mul(xi, xi), get<T>(n + i));
    const zi = sub(get<T>(q + i), div(si, add(cbrt(ni), Eps)));
    put(s + i, si);
    put(n + i, ni);
    put(p + i, sub(lerp<T, F>(pi, zi, Gain, Hold, Pull), mul(Decay, pi)));
    i += width<T>();
  } while (i < end);
}

export function madgrad(begin: u32, end: u32, p: usize, g: usize, n: usize, s: usize, q: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128, Full>(first, whole, p, g, n, s, q, c);
  sweep<f32, Full>(whole, last, p, g, n, s, q, c);
}
