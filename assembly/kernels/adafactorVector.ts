import { atLeast, div, get, lerp, mul, offset, put, scalar, simd, sqrt, vectors, width } from "../lanes";

// Adafactor of a vector, Shazeer & Stern 2018, https://arxiv.org/abs/1804.04235
//   v <- lerp(v, u*u, gain)
//   u <- u / max(sqrt(v), eps)
function sweep<T>(i: usize, end: usize, u: usize, v: usize, c: usize): void {
  const Gain = scalar<T>(c, 3), Eps = scalar<T>(c, 4);
  if (i < end) do {
    const ui = get<T>(u + i);
    const vi = lerp(get<T>(v + i), mul(ui, ui), Gain);
    put(v + i, vi);
    put(u + i, div(ui, atLeast(sqrt(vi), Eps)));
    i += width<T>();
  } while (i < end);
}

export function adafactorVector(begin: u32, end: u32, u: usize, v: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, u, v, c);
  sweep<f32>(whole, last, u, v, c);
}
