import { flushed, get, offset, put, simd, vectors, width } from "../lanes";

// Sets subnormal numbers to 0. Otherwise decaying state stays subnormal forever and slows its steps down many times.
function sweep<T>(i: usize, end: usize, x: usize): void {
  if (i < end) do {
    put(x + i, flushed(get<T>(x + i)));
    i += width<T>();
  } while (i < end);
}

export function flushSubnormals(begin: u32, end: u32, x: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, x);
  sweep<f32>(whole, last, x);
}
