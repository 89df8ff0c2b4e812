import {
  addSum, all, Full, gain, get, getDouble, getSum, hold, lerp, mulDouble, offset, pull, put, putSum, simd, span, sums, vectors,
} from "../lanes";

// Adafactor's mean of squares of each column, Shazeer & Stern 2018, https://arxiv.org/abs/1804.04235
//   v <- lerp(v, mean of x*x over the column, gain)    z holds the sums in f64
function sweep<A>(i: usize, end: usize, x: usize, z: usize): void {
  if (i < end) do {
    const xi = getDouble<A>(x + i);
    addSum(sums(z, i), mulDouble(xi, xi));
    i += span<A>();
  } while (i < end);
}

export function adafactorColumns(rows: u32, columns: u32, x: usize, v: usize, z: usize, c: usize): void {
  const last = offset(columns), whole = vectors(0, last);
  for (let j: usize = 0; j < last; j += 4) putSum(sums(z, j), 0);
  for (let i: u32 = 0; i < rows; i++) {
    const row = x + offset(i * columns);
    if (simd) sweep<v128>(0, whole, row, z);
    sweep<f64>(whole, last, row, z);
  }
  const Gain = gain<f32>(c, 0), Hold = hold<f32, Full>(c, 0), Pull = pull<f32, Full>(c, 0);
  for (let j: usize = 0; j < last; j += 4) {
    const mean = all<f32>(<f32>(getSum(sums(z, j)) / <f64>rows));
    put<f32>(v + j, lerp<f32, Full>(get<f32>(v + j), mean, Gain, Hold, Pull));
  }
}
