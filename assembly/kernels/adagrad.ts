import { add, all, div, get, madd, mul, offset, put, simd, sqrt, sub, vectors, width } from "../lanes";

// AdaGrad, Duchi et al. 2011, https://jmlr.org/papers/v12/duchi11a.html
//   x  = scale * g + l2 * p
//   s <- s + x*x
//   p <- keep * p - rate * x / (sqrt(s) + eps)
function sweep<T>(i: usize, end: usize, p: usize, g: usize, s: usize,
  scale: f32, l2: f32, keep: f32, rate: f32, eps: f32): void {
  const Scale = all<T>(scale), L2 = all<T>(l2), Keep = all<T>(keep);
  const Rate = all<T>(rate), Eps = all<T>(eps);
  for (; i < end; i += width<T>()) {
    const pi = get<T>(p + i);
    const xi = madd(L2, pi, mul(Scale, get<T>(g + i)));
    const si = madd(xi, xi, get<T>(s + i));
    put(s + i, si);
    put(p + i, sub(mul(Keep, pi), div(mul(Rate, xi), add(sqrt(si), Eps))));
  }
}

export function adagrad(begin: u32, end: u32, p: usize, g: usize, s: usize,
  scale: f32, l2: f32, keep: f32, rate: f32, eps: f32): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, g, s, scale, l2, keep, rate, eps);
  sweep<f32>(whole, last, p, g, s, scale, l2, keep, rate, eps);
}
