import { abs, add, div, get, larger, lerp, madd, mul, offset, put, scalar, simd, sub, vectors, width } from "../lanes";

// Adamax, Kingma & Ba 2015, section 7.1, https://arxiv.org/abs/1412.6980; eps inside the maximum, as in PyTorch
//   x  = scale * g + l2 * p
//   m <- lerp(m, x, gain1)
//   u <- max(beta2 * u, |x| + eps)
//   p <- keep * p - rate * m / u    rate arrives bias-corrected
function sweep<T>(i: usize, end: usize, p: usize, g: usize, m: usize, u: usize, c: usize): void {
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Keep = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), Gain1 = scalar<T>(c, 4), Beta2 = scalar<T>(c, 5), Eps = scalar<T>(c, 6);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = madd(L2, pi, mul(Scale, get<T>(g + i)));
    const mi = lerp(get<T>(m + i), xi, Gain1);
    const ui = larger(mul(Beta2, get<T>(u + i)), add(abs(xi), Eps));
    put(m + i, mi);
    put(u + i, ui);
    put(p + i, sub(mul(Keep, pi), div(mul(Rate, mi), ui)));
    i += width<T>();
  } while (i < end);
}

export function adamax(begin: u32, end: u32, p: usize, g: usize, m: usize, u: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, g, m, u, c);
  sweep<f32>(whole, last, p, g, m, u, c);
}
