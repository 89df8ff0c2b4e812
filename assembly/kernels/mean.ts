import { get, madd, offset, put, scalar, simd, sub, vectors, width } from "../lanes";

// y <- y + gain * (z - y)
function sweep<T>(i: usize, end: usize, y: usize, z: usize, c: usize): void {
  const Gain = scalar<T>(c, 3);
  if (i < end) do {
    const yi = get<T>(y + i);
    put(y + i, madd(Gain, sub(get<T>(z + i), yi), yi));
    i += width<T>();
  } while (i < end);
}

export function mean(begin: u32, end: u32, y: usize, z: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, y, z, c);
  sweep<f32>(whole, last, y, z, c);
}
