import { get, madd, mul, offset, put, scalar, simd, sub, vectors, width } from "../lanes";

// Nesterov momentum at the shifted point, Sutskever et al. 2013, https://proceedings.mlr.press/v28/sutskever13.html
//   x  = scale * g + l2 * p
//   b <- momentum * b + x
//   p <- keep * p - rate * (momentum * b + x)
function sweep<T>(i: usize, end: usize, p: usize, g: usize, b: usize, c: usize): void {
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Keep = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), Momentum = scalar<T>(c, 4);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = madd(L2, pi, mul(Scale, get<T>(g + i)));
    const bi = madd(Momentum, get<T>(b + i), xi);
    put(b + i, bi);
    put(p + i, sub(mul(Keep, pi), mul(Rate, madd(Momentum, bi, xi))));
    i += width<T>();
  } while (i < end);
}

export function nesterov(begin: u32, end: u32, p: usize, g: usize, b: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, g, b, c);
  sweep<f32>(whole, last, p, g, b, c);
}
