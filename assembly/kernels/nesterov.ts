import { get, madd, mul, offset, put, scalar, simd, sub, vectors, width } from "../lanes";

// Nesterov momentum at the shifted point, Sutskever et al. 2013, https://proceedings.mlr.press/v28/sutskever13.html
//   x  = scale * g + l2 * p
//   y  = gain * x
//   b <- momentum * b + y
//   p <- keep * p - rate * (momentum * b + y)
function sweep<T>(i: usize, end: usize, p: usize, g: usize, b: usize, c: usize): void {
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Keep = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), Momentum = scalar<T>(c, 4), Gain = scalar<T>(c, 5);
  for (; i < end; i += width<T>()) {
    const pi = get<T>(p + i);
    const xi = madd(L2, pi, mul(Scale, get<T>(g + i)));
    const yi = mul(Gain, xi);
    const bi = madd(Momentum, get<T>(b + i), yi);
    put(b + i, bi);
    put(p + i, sub(mul(Keep, pi), mul(Rate, madd(Momentum, bi, yi))));
  }
}

export function nesterov(begin: u32, end: u32, p: usize, g: usize, b: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, g, b, c);
  sweep<f32>(whole, last, p, g, b, c);
}
