import { Full, gain, get, hold, isUsual, lerp, offset, pull, put, simd, Usual, vectors, width } from "../lanes";

// y <- lerp(y, z, gain)
function sweep<T, F>(i: usize, end: usize, y: usize, z: usize, c: usize): void {
  if (isUsual<T, F>(c)) { sweep<T, Usual>(i, end, y, z, c); return; }
  const Gain = gain<T>(c, 0), Hold = hold<T, F>(c, 0), Pull = pull<T, F>(c, 0);
  if (i < end) do {
    put(y + i, lerp<T, F>(get<T>(y + i), get<T>(z + i), Gain, Hold, Pull));
    i += width<T>();
  } while (i < end);
}

export function mix(begin: u32, end: u32, y: usize, z: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128, Full>(first, whole, y, z, c);
  sweep<f32, Full>(whole, last, y, z, c);
}
