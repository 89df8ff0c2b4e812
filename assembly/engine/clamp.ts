import { atLeast, atMost, get, offset, put, scalar, simd, vectors, width } from "../lanes";

// g <- min(max(g, low), high); NaN stays NaN
function sweep<T>(i: usize, end: usize, g: usize, c: usize): void {
  const Low = scalar<T>(c, 3), High = scalar<T>(c, 4);
  if (i < end) do {
    put(g + i, atMost(atLeast(get<T>(g + i), Low), High));
    i += width<T>();
  } while (i < end);
}

export function clamp(begin: u32, end: u32, g: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, g, c);
  sweep<f32>(whole, last, g, c);
}
