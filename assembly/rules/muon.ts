import {
  Full, gain, get, gradient, hold, isPlain, isUsual, lerp, offset, Plain, pull, put, scalar, simd, Usual, vectors, width,
} from "../lanes";

// Muon's momentum, Jordan et al. 2024, https://kellerjordan.github.io/posts/muon; u is orthogonalized afterwards
//   x  = scale * g + l2 * p
//   b <- lerp(b, x, gain1)
//   u <- lerp(b, x, gain2)
function sweep<T, F>(i: usize, end: usize, p: usize, g: usize, b: usize, u: usize, c: usize): void {
  if (isPlain<T, F>(c)) { sweep<T, Plain>(i, end, p, g, b, u, c); return; }
  if (isUsual<T, F>(c)) { sweep<T, Usual>(i, end, p, g, b, u, c); return; }
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1);
  const Gain1 = gain<T>(c, 0), Hold1 = hold<T, F>(c, 0), Pull1 = pull<T, F>(c, 0);
  const Gain2 = gain<T>(c, 1), Hold2 = hold<T, F>(c, 1), Pull2 = pull<T, F>(c, 1);
  if (i < end) do {
    const xi = gradient<T, F>(get<T>(g + i), get<T>(p + i), Scale, L2);
    const bi = lerp<T, F>(get<T>(b + i), xi, Gain1, Hold1, Pull1);
    put(b + i, bi);
    put(u + i, lerp<T, F>(bi, xi, Gain2, Hold2, Pull2));
    i += width<T>();
  } while (i < end);
}

export function muon(begin: u32, end: u32, p: usize, g: usize, b: usize, u: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128, Full>(first, whole, p, g, b, u, c);
  sweep<f32, Full>(whole, last, p, g, b, u, c);
}
