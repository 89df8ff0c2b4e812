/** The sizes of a tensor, row-major: elements along the last dimension are contiguous. */
export type Shape = readonly number[];

/** Bytes per element. */
export const float = Float32Array.BYTES_PER_ELEMENT;

// Plain loops: steps call these functions, and must not allocate.

/** The number of elements. */
export function elements(shape: Shape): number {
  let product = 1;
  for (let i = 0; i < shape.length; i++) product *= shape[i] as number;
  return product;
}

/** The size of the last dimension. */
export const columns = (shape: Shape) => shape[shape.length - 1] as number;

/** The product of all other sizes. */
export const rows = (shape: Shape) => elements(shape) / columns(shape);
