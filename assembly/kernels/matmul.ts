import { all, get, least, madd, mul, offset, put, scalar, simd, vectors, width } from "../lanes";

// Matrix product of matrices row by row, a of rows × inner and b of inner × columns
//   y <- rate * a b + share * d                   share 0 leaves d out, which must be finite
// Every element of a b is one sum in the order of `inner`, whatever the tiles, so all builds give the same bits.

// `panel` columns are done together: their part of b is copied to `room`, of inner × panel, so that it stays in cache while the
// rows pass, also where the lines of b would fall on the same places of it.

function move<T>(i: usize, end: usize, x: usize, y: usize): void {
  if (i < end) do {
    put(y + i, get<T>(x + i));
    i += width<T>();
  } while (i < end);
}

function finish<T>(sum: T, at: usize, d: usize, y: usize, c: usize): void {
  put(y + at, madd(scalar<T>(c, 3), sum, mul(scalar<T>(c, 4), get<T>(d + at))));
}

/** Four rows, width<T>() columns. `at` is their first place in y and d, of which a row takes `line` bytes, of b `packed`. */
function four<T>(inner: u32, a: usize, b: usize, packed: usize, at: usize, line: usize, d: usize, y: usize, c: usize): void {
  const depth = offset(inner);
  let s = all<T>(0), t = s, u = s, v = s;
  for (let k: u32 = 0; k < inner; k++) {
    const bk = get<T>(b);
    s = madd(scalar<T>(a, k), bk, s);
    t = madd(scalar<T>(a + depth, k), bk, t);
    u = madd(scalar<T>(a + 2 * depth, k), bk, u);
    v = madd(scalar<T>(a + 3 * depth, k), bk, v);
    b += packed;
  }
  finish(s, at, d, y, c);
  finish(t, at + line, d, y, c);
  finish(u, at + 2 * line, d, y, c);
  finish(v, at + 3 * line, d, y, c);
}

function one<T>(inner: u32, a: usize, b: usize, packed: usize, at: usize, d: usize, y: usize, c: usize): void {
  let s = all<T>(0);
  for (let k: u32 = 0; k < inner; k++) {
    s = madd(scalar<T>(a, k), get<T>(b), s);
    b += packed;
  }
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
    for (let j = i; j < end; j += width<T>()) four<T>(inner, at, b + j, packed, to + j, line, d, y, c);
  }
  for (; row < rows; row++) {
    const at = a + offset(row * inner), to = offset(row * columns) + from;
    for (let j = i; j < end; j += width<T>()) one<T>(inner, at, b + j, packed, to + j, d, y, c);
  }
}

export function matmul(rows: u32, inner: u32, columns: u32, panel: u32, a: usize, b: usize, d: usize, y: usize, room: usize, c: usize): void {
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
