import { add, div, get, lerp, madd, mul, offset, put, scalar, simd, sub, vectors, width } from "../lanes";
import { cbrt } from "./cbrt";

// MADGRAD, Defazio & Jelassi 2022, https://arxiv.org/abs/2101.11075
//   x  = scale * g + l2 * p
//   s <- s + rate * x
//   n <- n + rate * x*x
//   z  = q - s / (cbrt(n) + eps)                  q is where p started
//   p <- lerp(p, z, gain) + (keep * p - p)
function sweep<T>(i: usize, end: usize, p: usize, g: usize, n: usize, s: usize, q: usize, c: usize): void {
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Keep = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), Gain = scalar<T>(c, 4), Eps = scalar<T>(c, 5);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = madd(L2, pi, mul(Scale, get<T>(g + i)));
    const si = madd(Rate, xi, get<T>(s + i));
    const ni = madd(Rate, mul(xi, xi), get<T>(n + i));
    const zi = sub(get<T>(q + i), div(si, add(cbrt(ni), Eps)));
    put(s + i, si);
    put(n + i, ni);
    put(p + i, add(lerp(pi, zi, Gain), sub(mul(Keep, pi), pi)));
    i += width<T>();
  } while (i < end);
}

export function madgrad(begin: u32, end: u32, p: usize, g: usize, n: usize, s: usize, q: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, g, n, s, q, c);
  sweep<f32>(whole, last, p, g, n, s, q, c);
}
