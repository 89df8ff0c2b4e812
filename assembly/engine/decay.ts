import { get, mul, offset, put, scalar, simd, sub, vectors, width } from "../lanes";

// p <- p - decay * p
function sweep<T>(i: usize, end: usize, p: usize, c: usize): void {
  const Decay = scalar<T>(c, 2);
  if (i < end) do {
    const pi = get<T>(p + i);
    put(p + i, sub(pi, mul(Decay, pi)));
    i += width<T>();
  } while (i < end);
}

export function decay(begin: u32, end: u32, p: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128>(first, whole, p, c);
  sweep<f32>(whole, last, p, c);
}
