import { getSum, offset, putScalar, scalar } from "../lanes";
import { dot } from "./dot";
import { scal } from "./scal";

// Adaptive gradient clipping of each unit (row), Brock et al. 2021, https://arxiv.org/abs/2102.06171
//   limit = clip * max(norm of p, 1e-3)
//   g <- g * limit / max(factor * norm of g, 1e-6)    if factor * norm of g exceeds the limit
export function clipAdaptive(rows: u32, columns: u32, p: usize, g: usize, c: usize, r: usize): void {
  const clip = <f64>scalar<f32>(c, 3), factor = <f64>scalar<f32>(c, 4);
  for (let i: u32 = 0; i < rows; i++) {
    const pi = p + offset(i * columns), gi = g + offset(i * columns);
    dot(0, columns, pi, pi, r);
    const limit = clip * Math.max(Math.sqrt(getSum(r)), 1e-3);
    dot(0, columns, gi, gi, r);
    const norm = factor * Math.sqrt(getSum(r));
    if (norm > limit) {
      putScalar(c, 3, <f32>(limit / Math.max(norm, 1e-6)));
      scal(0, columns, gi, c);
    }
  }
}
