import { all, get, getSum, lerp, offset, put, scalar } from "../lanes";
import { dot } from "./dot";

// Adafactor's mean of squares of each row, Shazeer & Stern 2018, https://arxiv.org/abs/1804.04235
//   v <- lerp(v, mean of x*x over the row, gain)
export function rowSquares(rows: u32, columns: u32, x: usize, v: usize, c: usize, r: usize): void {
  for (let i: u32 = 0; i < rows; i++) {
    const row = x + offset(i * columns);
    dot(0, columns, row, row, r);
    const mean = all<f32>(<f32>(getSum(r) / <f64>columns));
    put<f32>(v + offset(i), lerp<f32>(get<f32>(v + offset(i)), mean, scalar<f32>(c, 3)));
  }
}
