import { add, div, get, lerp, madd, mul, offset, put, scalar, simd, sqrt, sub, vectors, width } from "../lanes";

// RMSProp, Tieleman & Hinton 2012, https://www.cs.toronto.edu/~hinton/coursera/lecture6/lec6.pdf
//   x  = scale * g + l2 * p
//   v <- lerp(v, x*x, gain)
//   p <- keep * p - rate * x / (sqrt(v) + eps)
function sweep<T>(i: usize, end: usize, p: usize, g: usize, v: usize, c: usize): void {
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Keep = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), Gain = scalar<T>(c, 4), Eps = scalar<T>(c, 5);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = madd(L2, pi, mul(Scale, get<T>(g + i)));
    const vi = lerp(get<T>(v + i), mul(xi, xi), Gain);
    put(v + i, vi);
    put(p + i, sub(mul(Keep, pi), div(mul(Rate, xi), add(sqrt(vi), Eps))));
    i += width<T>();
  } while (i < end);
}

export function rmsprop(begin: u32, end: u32, p: usize, g: usize, v: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, g, v, c);
  sweep<f32>(whole, last, p, g, v, c);
}
