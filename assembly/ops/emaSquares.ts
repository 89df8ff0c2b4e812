import { Full, gain, get, hold, isUsual, lerp, mul, offset, pull, put, scalar, simd, Usual, vectors, width } from "../lanes";

// An exponential moving average of squared gradients
//   x  = scale * g
//   v <- lerp(v, x*x, gain)
function sweep<T, F>(i: usize, end: usize, g: usize, v: usize, c: usize): void {
  if (isUsual<T, F>(c)) { sweep<T, Usual>(i, end, g, v, c); return; }
  const Scale = scalar<T>(c, 0);
  const Gain = gain<T>(c, 0), Hold = hold<T, F>(c, 0), Pull = pull<T, F>(c, 0);
  if (i < end) do {
    const xi = mul(Scale, get<T>(g + i));
    put(v + i, lerp<T, F>(get<T>(v + i), mul(xi, xi), Gain, Hold, Pull));
    i += width<T>();
  } while (i < end);
}

export function emaSquares(begin: u32, end: u32, g: usize, v: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128, Full>(first, whole, g, v, c);
  sweep<f32, Full>(whole, last, g, v, c);
}
