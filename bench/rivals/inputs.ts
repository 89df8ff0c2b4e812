import { fill, random } from "../../test/support/random.js";
import type { Values, Workload } from "./rival.js";

/** Number of elements. */
export const elements = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

/** Number of parameters. */
export const count = ({ shapes }: Workload) => Object.values(shapes).reduce((sum, shape) => sum + elements(shape), 0);

/** The default values of a workload. */
export function inputs(workload: Workload): Values {
  const n = count(workload);
  return { start: fill(new Float32Array(n), random(1)), gradient: fill(new Float32Array(n), random(2), 1e-3) };
}

/** A tensor: its shape, and its part of the concatenated values. */
export interface Part {
  readonly shape: number[];
  readonly values: Float32Array;
}

/** Splits a block into lists of all tensors. */
export function split(workload: Workload, block: Float32Array): Part[][] {
  const n = count(workload);
  return Array.from({ length: block.length / n }, (_, k) => {
    let end = k * n;
    return Object.values(workload.shapes).map((shape) => {
      const begin = end;
      end += elements(shape);
      return { shape: [...shape], values: block.subarray(begin, end) };
    });
  });
}

/** Concatenates all tensors. */
export function join(workload: Workload, tensors: readonly ArrayLike<number>[]): Float32Array {
  const block = new Float32Array(count(workload));
  let end = 0;
  for (const tensor of tensors) {
    block.set(tensor, end);
    end += tensor.length;
  }
  return block;
}
