import { get, madd, mul, offset, put, scalar, simd, vectors, width } from "../lanes";

// The effective gradient, for whole-tensor passes
//   u <- scale * g + l2 * p
function sweep<T>(i: usize, end: usize, p: usize, g: usize, u: usize, c: usize): void {
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1);
  if (i < end) do {
    put(u + i, madd(L2, get<T>(p + i), mul(Scale, get<T>(g + i))));
    i += width<T>();
  } while (i < end);
}

export function effectiveGradient(begin: u32, end: u32, p: usize, g: usize, u: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, g, u, c);
  sweep<f32>(whole, last, p, g, u, c);
}
