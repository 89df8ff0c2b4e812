import { get, offset, put } from "../lanes";

// y <- transpose of x, which is rows × columns
export function transpose(rows: u32, columns: u32, x: usize, y: usize): void {
  for (let i: u32 = 0; i < rows; i++) {
    for (let j: u32 = 0; j < columns; j++) {
      put<f32>(y + offset(j * rows + i), get<f32>(x + offset(i * columns + j)));
    }
  }
}
