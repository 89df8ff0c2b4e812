import { get, lerp, madd, mul, offset, put, scalar, simd, sub, vectors, width } from "../lanes";

// Averaged gradient descent, Polyak & Juditsky 1992, https://doi.org/10.1137/0330046, as in PyTorch
//   x  = scale * g + l2 * p
//   p <- keep * p - (rate * x + slope * p)
//   a <- lerp(a, p, gain)
function sweep<T>(i: usize, end: usize, p: usize, g: usize, a: usize, c: usize): void {
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Keep = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), Slope = scalar<T>(c, 4), Gain = scalar<T>(c, 5);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = madd(L2, pi, mul(Scale, get<T>(g + i)));
    const next = sub(mul(Keep, pi), madd(Rate, xi, mul(Slope, pi)));
    put(p + i, next);
    put(a + i, lerp(get<T>(a + i), next, Gain));
    i += width<T>();
  } while (i < end);
}

export function asgd(begin: u32, end: u32, p: usize, g: usize, a: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, g, a, c);
  sweep<f32>(whole, last, p, g, a, c);
}
