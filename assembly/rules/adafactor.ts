import { all, atLeast, div, get, mul, offset, put, scalar, simd, sqrt, vectors, width } from "../lanes";

// Adafactor of a matrix, Shazeer & Stern 2018, https://arxiv.org/abs/1804.04235
//   share = factor * row mean                     factor is 1 / mean of the row means
//   u <- u / max(sqrt(share * v), eps)            v is the column mean
function sweep<T>(i: usize, end: usize, u: usize, v: usize, share: f32, c: usize): void {
  const Share = all<T>(share), Eps = scalar<T>(c, 4);
  if (i < end) do {
    put(u + i, div(get<T>(u + i), atLeast(sqrt(mul(Share, get<T>(v + i))), Eps)));
    i += width<T>();
  } while (i < end);
}

export function adafactor(rows: u32, columns: u32, u: usize, row: usize, column: usize, c: usize): void {
  const Factor = scalar<f32>(c, 3);
  const last = offset(columns), whole = vectors(0, last);
  for (let i: u32 = 0; i < rows; i++) {
    const share = mul<f32>(get<f32>(row + offset(i)), Factor);
    if (simd) sweep<v128>(0, whole, u + offset(i * columns), column, share, c);
    sweep<f32>(whole, last, u + offset(i * columns), column, share, c);
  }
}
