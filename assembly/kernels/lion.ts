import { get, lerp, madd, mul, offset, put, scalar, signed, simd, sub, vectors, width } from "../lanes";

// Lion, Chen et al. 2023, https://arxiv.org/abs/2302.06675; with equal gains, Signum, Bernstein et al. 2018
//   x  = scale * g + l2 * p
//   p <- keep * p - rate * sign(lerp(m, x, gain1))
//   m <- lerp(m, x, gain2)
function sweep<T>(i: usize, end: usize, p: usize, g: usize, m: usize, c: usize): void {
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Keep = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), Gain1 = scalar<T>(c, 4), Gain2 = scalar<T>(c, 5);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = madd(L2, pi, mul(Scale, get<T>(g + i)));
    const mi = get<T>(m + i);
    put(p + i, sub(mul(Keep, pi), signed(Rate, lerp(mi, xi, Gain1))));
    put(m + i, lerp(mi, xi, Gain2));
    i += width<T>();
  } while (i < end);
}

export function lion(begin: u32, end: u32, p: usize, g: usize, m: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, g, m, c);
  sweep<f32>(whole, last, p, g, m, c);
}
