import { get, madd, mul, offset, put, scalar, simd, vectors, width } from "../lanes";

// The ascent of adaptive sharpness-aware minimization, Kwon et al. 2021, https://arxiv.org/abs/2102.11600
//   p <- p + alpha * g * p * p                    in this order nothing overflows
function sweep<T>(i: usize, end: usize, p: usize, g: usize, c: usize): void {
  const Alpha = scalar<T>(c, 3);
  if (i < end) do {
    const pi = get<T>(p + i);
    put(p + i, madd(mul(mul(Alpha, get<T>(g + i)), pi), pi, pi));
    i += width<T>();
  } while (i < end);
}

export function adaptiveAscent(begin: u32, end: u32, p: usize, g: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, g, c);
  sweep<f32>(whole, last, p, g, c);
}
