import { get, lerp, mul, offset, put, scalar, simd, vectors, width } from "../lanes";

// A mean of squares
//   x  = scale * g
//   v <- lerp(v, x*x, gain)
function sweep<T>(i: usize, end: usize, g: usize, v: usize, c: usize): void {
  const Scale = scalar<T>(c, 0), Gain = scalar<T>(c, 3);
  if (i < end) do {
    const xi = mul(Scale, get<T>(g + i));
    put(v + i, lerp(get<T>(v + i), mul(xi, xi), Gain));
    i += width<T>();
  } while (i < end);
}

export function squares(begin: u32, end: u32, g: usize, v: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, g, v, c);
  sweep<f32>(whole, last, g, v, c);
}
