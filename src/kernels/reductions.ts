import type { EngineKernels } from "./generated.js";
import type { KernelArguments } from "./kernelArguments.js";

/** The dot product of two arrays, in f64. */
export function dot(k: EngineKernels, args: KernelArguments, x: number, y: number): number {
  k.dot(args.begin, args.end, x, y, args.r);
  return args.sum;
}

/** The Euclidean norm of an array, in f64: squares of f32 do not overflow it. */
export function norm(k: EngineKernels, args: KernelArguments, x: number): number {
  return Math.sqrt(dot(k, args, x, x));
}

/** The norm of the effective gradient x = scale·g + l2·p, from |x|² = scale²·g·g + 2·scale·l2·g·p + l2²·p·p. */
export function effectiveGradientNorm(k: EngineKernels, args: KernelArguments, p: number, g: number): number {
  const { scale, l2 } = args;
  const square = scale * scale * dot(k, args, g, g);
  if (l2 === 0) return Math.sqrt(square);
  const mixed = 2 * scale * l2 * dot(k, args, g, p);
  return Math.sqrt(Math.max(square + mixed + l2 * l2 * dot(k, args, p, p), 0));
}
