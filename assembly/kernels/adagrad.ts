import { add, div, get, madd, mul, offset, put, scalar, simd, sqrt, sub, vectors, width } from "../lanes";

// AdaGrad, Duchi et al. 2011, https://jmlr.org/papers/v12/duchi11a.html
//   x  = scale * g + l2 * p
//   s <- s + x*x
//   p <- keep * p - rate * x / (sqrt(s) + eps)
function sweep<T>(i: usize, end: usize, p: usize, g: usize, s: usize, c: usize): void {
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Keep = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), Eps = scalar<T>(c, 4);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = madd(L2, pi, mul(Scale, get<T>(g + i)));
    const si = madd(xi, xi, get<T>(s + i));
    put(s + i, si);
    put(p + i, sub(mul(Keep, pi), div(mul(Rate, xi), add(sqrt(si), Eps))));
    i += width<T>();
  } while (i < end);
}

export function adagrad(begin: u32, end: u32, p: usize, g: usize, s: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, g, s, c);
  sweep<f32>(whole, last, p, g, s, c);
}
