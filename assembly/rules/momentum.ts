import { Full, get, gradient, isPlain, madd, moved, mul, offset, Plain, put, scalar, simd, vectors, width } from "../lanes";

// Heavy-ball momentum, Polyak 1964, https://doi.org/10.1016/0041-5553(64)90137-5
//   x  = scale * g + l2 * p
//   b <- momentum * b + x
//   p <- p - decay * p - rate * b
function sweep<T, F>(i: usize, end: usize, p: usize, g: usize, b: usize, c: usize): void {
  if (isPlain<T, F>(c)) { sweep<T, Plain>(i, end, p, g, b, c); return; }
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Decay = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), Momentum = scalar<T>(c, 4);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = gradient<T, F>(get<T>(g + i), pi, Scale, L2);
    const bi = madd(Momentum, get<T>(b + i), xi);
    put(b + i, bi);
    put(p + i, moved<T, F>(pi, mul(Rate, bi), Decay));
    i += width<T>();
  } while (i < end);
}

export function momentum(begin: u32, end: u32, p: usize, g: usize, b: usize, c: usize): void {
  const first = offset(begin), last = offset(end), whole = vectors(first, last);
  if (simd) sweep<v128, Full>(first, whole, p, g, b, c);
  sweep<f32, Full>(whole, last, p, g, b, c);
}
