import { get, lerp, madd, mul, offset, put, scalar, simd, vectors, width } from "../lanes";

// Muon's momentum, Jordan et al. 2024, https://kellerjordan.github.io/posts/muon; its matrix is then orthogonalized
//   x  = scale * g + l2 * p
//   b <- lerp(b, x, gain)
//   u <- lerp(x, b, ahead)
function sweep<T>(i: usize, end: usize, p: usize, g: usize, b: usize, u: usize, c: usize): void {
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Gain = scalar<T>(c, 3), Ahead = scalar<T>(c, 4);
  if (i < end) do {
    const xi = madd(L2, get<T>(p + i), mul(Scale, get<T>(g + i)));
    const bi = lerp(get<T>(b + i), xi, Gain);
    put(b + i, bi);
    put(u + i, lerp(xi, bi, Ahead));
    i += width<T>();
  } while (i < end);
}

export function muon(begin: u32, end: u32, p: usize, g: usize, b: usize, u: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, g, b, u, c);
  sweep<f32>(whole, last, p, g, b, u, c);
}
