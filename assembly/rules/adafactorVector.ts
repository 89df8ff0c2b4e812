import {
  atLeast, div, Full, gain, get, hold, isUsual, lerp, mul, offset, pull, put, scalar, simd, sqrt, Usual, vectors, width,
} from "../lanes";

// Adafactor of a vector, Shazeer & Stern 2018, https://arxiv.org/abs/1804.04235
//   v <- lerp(v, u*u, gain)
//   u <- u / max(sqrt(v), eps)
function sweep<T, F>(i: usize, end: usize, u: usize, v: usize, c: usize): void {
  if (isUsual<T, F>(c)) { sweep<T, Usual>(i, end, u, v, c); return; }
  const Eps = scalar<T>(c, 3);
  const Gain = gain<T>(c, 0), Hold = hold<T, F>(c, 0), Pull = pull<T, F>(c, 0);
  if (i < end) do {
    const ui = get<T>(u + i);
    const vi = lerp<T, F>(get<T>(v + i), mul(ui, ui), Gain, Hold, Pull);
    put(v + i, vi);
    put(u + i, div(ui, atLeast(sqrt(vi), Eps)));
    i += width<T>();
  } while (i < end);
}

export function adafactorVector(begin: u32, end: u32, u: usize, v: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128, Full>(first, whole, u, v, c);
  sweep<f32, Full>(whole, last, u, v, c);
}
