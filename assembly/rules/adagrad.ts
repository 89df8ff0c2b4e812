import {
  add, div, Full, get, gradient, isPlain, madd, moved, mul, offset, Plain, put, scalar, simd, sqrt, vectors, width,
} from "../lanes";

// AdaGrad, Duchi et al. 2011, https://jmlr.org/papers/v12/duchi11a.html
//   x  = scale * g + l2 * p
//   s <- s + x*x
//   p <- p - decay * p - rate * x / (sqrt(s) + eps)
function sweep<T, F>(i: usize, end: usize, p: usize, g: usize, s: usize, c: usize): void {
  if (isPlain<T, F>(c)) { sweep<T, Plain>(i, end, p, g, s, c); return; }
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Decay = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), Eps = scalar<T>(c, 4);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = gradient<T, F>(get<T>(g + i), pi, Scale, L2);
    const si = madd(xi, xi, get<T>(s + i));
    put(s + i, si);
    put(p + i, moved<T, F>(pi, div(mul(Rate, xi), add(sqrt(si), Eps)), Decay));
    i += width<T>();
  } while (i < end);
}

export function adagrad(begin: u32, end: u32, p: usize, g: usize, s: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128, Full>(first, whole, p, g, s, c);
  sweep<f32, Full>(whole, last, p, g, s, c);
}
