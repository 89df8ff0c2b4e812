import { all, get, madd, mul, offset, put, simd, sub, vectors, width } from "../lanes";

// Heavy-ball momentum, Polyak 1964, https://doi.org/10.1016/0041-5553(64)90137-5
//   x  = scale * g + l2 * p
//   b <- momentum * b + gain * x            gain is 1 - dampening, and 1 at the first step
//   p <- keep * p - rate * b
function sweep<T>(i: usize, end: usize, p: usize, g: usize, b: usize,
  scale: f32, l2: f32, keep: f32, rate: f32, momentum: f32, gain: f32): void {
  const Scale = all<T>(scale), L2 = all<T>(l2), Keep = all<T>(keep);
  const Rate = all<T>(rate), Momentum = all<T>(momentum), Gain = all<T>(gain);
  for (; i < end; i += width<T>()) {
    const pi = get<T>(p + i);
    const xi = madd(L2, pi, mul(Scale, get<T>(g + i)));
    const bi = madd(Momentum, get<T>(b + i), mul(Gain, xi));
    put(b + i, bi);
    put(p + i, sub(mul(Keep, pi), mul(Rate, bi)));
  }
}

export function momentum(begin: u32, end: u32, p: usize, g: usize, b: usize,
  scale: f32, l2: f32, keep: f32, rate: f32, momentum: f32, gain: f32): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, g, b, scale, l2, keep, rate, momentum, gain);
  sweep<f32>(whole, last, p, g, b, scale, l2, keep, rate, momentum, gain);
}
