import {
  add, all, atMost, div, Full, gain, get, gradient, hold, isPlain, isUsual, larger, largest, lerp, madd, moved, mul, offset,
  Plain, pull, put, scalar, simd, sqrt, Usual, vectors, width,
} from "../lanes";

// SM3-II, Anil et al. 2019, https://arxiv.org/abs/1901.11150, for a matrix with a bound per row and per column
//   x  = scale * g + l2 * p
//   v  = min(row, column) + x*x                   the bounds before the step
//   b <- lerp(b, x / sqrt(v + epsRoot), gain)
//   p <- p - decay * p - rate * b
//   row <- max of v over the row, next <- max of v over the column
function sweep<T, F>(i: usize, end: usize, p: usize, g: usize, b: usize, column: usize, next: usize, row: f32, c: usize): f32 {
  if (isPlain<T, F>(c)) return sweep<T, Plain>(i, end, p, g, b, column, next, row, c);
  if (isUsual<T, F>(c)) return sweep<T, Usual>(i, end, p, g, b, column, next, row, c);
  const Scale = scalar<T>(c, 0), L2 = scalar<T>(c, 1), Decay = scalar<T>(c, 2);
  const Rate = scalar<T>(c, 3), EpsRoot = scalar<T>(c, 4);
  const Gain = gain<T>(c, 0), Hold = hold<T, F>(c, 0), Pull = pull<T, F>(c, 0);
  const Row = all<T>(row);
  let top = all<T>(0);
  if (i < end) do {
    const pi = get<T>(p + i);
    const xi = gradient<T, F>(get<T>(g + i), pi, Scale, L2);
    const vi = madd(xi, xi, atMost(get<T>(column + i), Row));
    const bi = lerp<T, F>(get<T>(b + i), div(xi, sqrt(add(vi, EpsRoot))), Gain, Hold, Pull);
    put(b + i, bi);
    put(p + i, moved<T, F>(pi, mul(Rate, bi), Decay));
    put(next + i, larger(get<T>(next + i), vi));
    top = larger(top, vi);
    i += width<T>();
  } while (i < end);
  return largest(top);
}

export function sm3(rows: u32, columns: u32, p: usize, g: usize, b: usize, row: usize, column: usize, next: usize, c: usize): void {
  const last = offset(columns), whole = vectors(0, last);
  for (let j: usize = 0; j < last; j += 4) put<f32>(next + j, 0);
  for (let i: u32 = 0; i < rows; i++) {
    const bound = get<f32>(row + offset(i)), at = offset(i * columns);
    let top: f32 = 0;
    if (simd) top = sweep<v128, Full>(0, whole, p + at, g + at, b + at, column, next, bound, c);
    put<f32>(row + offset(i), larger<f32>(top, sweep<f32, Full>(whole, last, p + at, g + at, b + at, column, next, bound, c)));
  }
}
