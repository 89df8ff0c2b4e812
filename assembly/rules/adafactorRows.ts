import { dot } from "../engine/dot";
import { all, Full, gain, get, getSum, hold, lerp, offset, pull, put } from "../lanes";

// Adafactor's mean of squares of each row, Shazeer & Stern 2018, https://arxiv.org/abs/1804.04235
//   v <- lerp(v, mean of x*x over the row, gain)
export function adafactorRows(rows: u32, columns: u32, x: usize, v: usize, c: usize, r: usize): void {
  const Gain = gain<f32>(c, 0), Hold = hold<f32, Full>(c, 0), Pull = pull<f32, Full>(c, 0);
  for (let i: u32 = 0; i < rows; i++) {
    const row = x + offset(i * columns);
    dot(0, columns, row, row, r);
    const mean = all<f32>(<f32>(getSum(r) / <f64>columns));
    put<f32>(v + offset(i), lerp<f32, Full>(get<f32>(v + offset(i)), mean, Gain, Hold, Pull));
  }
}
