import type { Sweep } from "./sweep.js";
import type { Kernels } from "./wasm.js";

/** The sum of the products of two arrays, in f64. */
export function dot(k: Kernels, sweep: Sweep, x: number, y: number): number {
  k.dot(sweep.begin, sweep.end, x, y, sweep.r);
  return sweep.sum;
}

/** The root of the sum of squares of an array, in f64, which no f32 overflows. */
export function norm(k: Kernels, sweep: Sweep, x: number): number {
  return Math.sqrt(dot(k, sweep, x, x));
}

/** The norm of the trunk's x = scale·g + l2·p. */
export function trunkNorm(k: Kernels, sweep: Sweep, p: number, g: number): number {
  const { scale, l2 } = sweep;
  const square = scale * scale * dot(k, sweep, g, g);
  if (l2 === 0) return Math.sqrt(square);
  const mixed = 2 * scale * l2 * dot(k, sweep, g, p);
  return Math.sqrt(Math.max(square + mixed + l2 * l2 * dot(k, sweep, p, p), 0));
}
