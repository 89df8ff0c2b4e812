import { all, get, least, madd, mul, offset, put, scalar, simd, vectors, width } from "../lanes";

// The product of row-major matrices: a is rows × inner, b is inner × columns
//   y <- alpha * a b + beta * d                   beta 0 ignores d, which must be finite
// Each element of the product is one sum in the order of `inner`, for any tiling. So all builds give the same bits.

// The kernel computes `panel` columns at a time. It first copies these columns of b to `room`, of inner × panel elements. There they stay
// in cache for all rows, even if the rows of b conflict in cache.

function move<T>(i: usize, end: usize, x: usize, y: usize): void {
  if (i < end) do {
    put(y + i, get<T>(x + i));
    i += width<T>();
  } while (i < end);
}

function finish<T>(sum: T, at: usize, d: usize, y: usize, c: usize): void {
  const Alpha = scalar<T>(c, 3), Beta = scalar<T>(c, 4);
  put(y + at, madd(Alpha, sum, mul(Beta, get<T>(d + at))));
}

/** Four rows, two vectors of columns: as many sums as registers hold. Arguments as in `four`. */
function pair<T>(inner: u32, a: usize, b: usize, packed: usize, at: usize, line: usize, d: usize, y: usize, c: usize): void {
  const depth = offset(inner);
  let s0 = all<T>(0), s1 = s0, t0 = s0, t1 = s0, u0 = s0, u1 = s0, v0 = s0, v1 = s0;
  let k: u32 = 0;
  if (k < inner) do {
    const b0 = get<T>(b), b1 = get<T>(b + width<T>());
    const ak = scalar<T>(a, k), al = scalar<T>(a + depth, k), am = scalar<T>(a + 2 * depth, k), an = scalar<T>(a + 3 * depth, k);
    s0 = madd(ak, b0, s0);
    s1 = madd(ak, b1, s1);
    t0 = madd(al, b0, t0);
    t1 = madd(al, b1, t1);
    u0 = madd(am, b0, u0);
    u1 = madd(am, b1, u1);
    v0 = madd(an, b0, v0);
    v1 = madd(an, b1, v1);
    b += packed;
    k++;
  } while (k < inner);
  finish(s0, at, d, y, c);
  finish(s1, at + width<T>(), d, y, c);
  finish(t0, at + line, d, y, c);
  finish(t1, at + line + width<T>(), d, y, c);
  finish(u0, at + 2 * line, d, y, c);
  finish(u1, at + 2 * line + width<T>(), d, y, c);
  finish(v0, at + 3 * line, d, y, c);
  finish(v1, at + 3 * line + width<T>(), d, y, c);
}

/** Four rows, one vector of columns. `at`: byte offset in y and d. `line`: bytes of a row of y and d. `packed`: bytes of a row of b. */
function four<T>(inner: u32, a: usize, b: usize, packed: usize, at: usize, line: usize, d: usize, y: usize, c: usize): void {
  const depth = offset(inner);
  let s = all<T>(0), t = s, u = s, v = s;
  let k: u32 = 0;
  if (k < inner) do {
    const bk = get<T>(b);
    s = madd(scalar<T>(a, k), bk, s);
    t = madd(scalar<T>(a + depth, k), bk, t);
    u = madd(scalar<T>(a + 2 * depth, k), bk, u);
    v = madd(scalar<T>(a + 3 * depth, k), bk, v);
    b += packed;
    k++;
  } while (k < inner);
  finish(s, at, d, y, c);
  finish(t, at + line, d, y, c);
  finish(u, at + 2 * line, d, y, c);
  finish(v, at + 3 * line, d, y, c);
}

function one<T>(inner: u32, a: usize, b: usize, packed: usize, at: usize, d: usize, y: usize, c: usize): void {
  let s = all<T>(0);
  let k: u32 = 0;
  if (k < inner) do {
    s = madd(scalar<T>(a, k), get<T>(b), s);
    b += packed;
    k++;
  } while (k < inner);
  finish(s, at, d, y, c);
}

function sweep<T>(
  i: usize,
  end: usize,
  rows: u32,
  inner: u32,
  columns: u32,
  a: usize,
  b: usize,
  packed: usize,
  from: usize,
  d: usize,
  y: usize,
  c: usize,
): void {
  const line = offset(columns);
  let row: u32 = 0;
  for (; row + 4 <= rows; row += 4) {
    const at = a + offset(row * inner), to = offset(row * columns) + from;
    let j = i;
    // In the vector build, the tail does not need `pair`.
    if (width<T>() > 4 || !simd) for (; j + 2 * width<T>() <= end; j += 2 * width<T>()) pair<T>(inner, at, b + j, packed, to + j, line, d, y, c);
    for (; j < end; j += width<T>()) four<T>(inner, at, b + j, packed, to + j, line, d, y, c);
  }
  for (; row < rows; row++) {
    const at = a + offset(row * inner), to = offset(row * columns) + from;
    for (let j = i; j < end; j += width<T>()) one<T>(inner, at, b + j, packed, to + j, d, y, c);
  }
}

export function gemm(rows: u32, inner: u32, columns: u32, panel: u32, a: usize, b: usize, d: usize, y: usize, room: usize, c: usize): void {
  const line = offset(columns);
  for (let from: usize = 0; from < line; from += offset(panel)) {
    const last = least(offset(panel), line - from), whole = vectors(0, last);
    for (let k: u32 = 0; k < inner; k++) {
      const x = b + offset(k * columns) + from, to = room + offset(k * panel);
      if (simd) move<v128>(0, whole, x, to);
      move<f32>(whole, last, x, to);
    }
    if (simd) sweep<v128>(0, whole, rows, inner, columns, a, room, offset(panel), from, d, y, c);
    sweep<f32>(whole, last, rows, inner, columns, a, room, offset(panel), from, d, y, c);
  }
}
