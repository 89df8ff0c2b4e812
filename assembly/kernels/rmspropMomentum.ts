import { add, div, get, lerp, madd, mul, offset, put, scalar, simd, sqrt, sub, vectors, width } from "../lanes";

// RMSProp with momentum, Tieleman & Hinton 2012; order of operations as in PyTorch
//   x  = scale * g + l2 * p
//   v <- lerp(v, x*x, gain)
//   b <- momentum * b + share * x / (sqrt(v + inner) + eps)
//   p <- keep * p - rate * b
function sweep<T>(i: usize, end: usize, p: usize, g: usize, v: usize, b: usize, c: usize): void {
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Keep = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), Gain = scalar<T>(c, 4), Eps = scalar<T>(c, 5), Inner = scalar<T>(c, 6);
  const Momentum = scalar<T>(c, 7), Share = scalar<T>(c, 8);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = madd(L2, pi, mul(Scale, get<T>(g + i)));
    const vi = lerp(get<T>(v + i), mul(xi, xi), Gain);
    const bi = madd(Momentum, get<T>(b + i), div(mul(Share, xi), add(sqrt(add(vi, Inner)), Eps)));
    put(v + i, vi);
    put(b + i, bi);
    put(p + i, sub(mul(Keep, pi), mul(Rate, bi)));
    i += width<T>();
  } while (i < end);
}

export function rmspropMomentum(begin: u32, end: u32, p: usize, g: usize, v: usize, b: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, g, v, b, c);
  sweep<f32>(whole, last, p, g, v, b, c);
}
