import { get, madd, mul, offset, put, scalar, simd, vectors, width } from "../lanes";

// What Prodigy gathers before it knows its step, Mishchenko & Defazio 2024, https://arxiv.org/abs/2306.06101
//   x  = scale * g + l2 * p
//   m <- beta1 * m + share * x
//   v <- beta2 * v + square * x*x
//   s <- beta3 * s + slope * x
function sweep<T>(i: usize, end: usize, p: usize, g: usize, m: usize, v: usize, s: usize, c: usize): void {
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1);
  const Beta1 = scalar<T>(c, 3), Share = scalar<T>(c, 4), Beta2 = scalar<T>(c, 5), Square = scalar<T>(c, 6);
  const Beta3 = scalar<T>(c, 7), Slope = scalar<T>(c, 8);
  if (i < end) do {
    const xi = madd(L2, get<T>(p + i), mul(Scale, get<T>(g + i)));
    put(m + i, madd(Beta1, get<T>(m + i), mul(Share, xi)));
    put(v + i, madd(Beta2, get<T>(v + i), mul(Square, mul(xi, xi))));
    put(s + i, madd(Beta3, get<T>(s + i), mul(Slope, xi)));
    i += width<T>();
  } while (i < end);
}

export function prodigy(begin: u32, end: u32, p: usize, g: usize, m: usize, v: usize, s: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, g, m, v, s, c);
  sweep<f32>(whole, last, p, g, m, v, s, c);
}
