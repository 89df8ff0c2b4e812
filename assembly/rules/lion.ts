import {
  Full, gain, get, gradient, hold, isPlain, isUsual, lerp, moved, offset, Plain, pull, put, scalar, signed, simd, Usual, vectors,
  width,
} from "../lanes";

// Lion, Chen et al. 2023, https://arxiv.org/abs/2302.06675; with equal gains, Signum, Bernstein et al. 2018
//   x  = scale * g + l2 * p
//   p <- p - decay * p - rate * sign(lerp(m, x, gain1))
//   m <- lerp(m, x, gain2)
function sweep<T, F>(i: usize, end: usize, p: usize, g: usize, m: usize, c: usize): void {
  if (isPlain<T, F>(c)) { sweep<T, Plain>(i, end, p, g, m, c); return; }
  if (isUsual<T, F>(c)) { sweep<T, Usual>(i, end, p, g, m, c); return; }
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Decay = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3);
  const Gain1 = gain<T>(c, 0), Hold1 = hold<T, F>(c, 0), Pull1 = pull<T, F>(c, 0);
  const Gain2 = gain<T>(c, 1), Hold2 = hold<T, F>(c, 1), Pull2 = pull<T, F>(c, 1);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = gradient<T, F>(get<T>(g + i), pi, Scale, L2);
    const mi = get<T>(m + i);
    put(p + i, moved<T, F>(pi, signed(Rate, lerp<T, F>(mi, xi, Gain1, Hold1, Pull1)), Decay));
    put(m + i, lerp<T, F>(mi, xi, Gain2, Hold2, Pull2));
    i += width<T>();
  } while (i < end);
}

export function lion(begin: u32, end: u32, p: usize, g: usize, m: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128, Full>(first, whole, p, g, m, c);
  sweep<f32, Full>(whole, last, p, g, m, c);
}
