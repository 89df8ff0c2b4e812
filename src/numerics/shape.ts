/** The sizes of a tensor; the elements of the last dimension are neighbours in memory. */
export type Shape = readonly number[];

/** Bytes of an element. */
export const float = Float32Array.BYTES_PER_ELEMENT;

// Plain loops: a step may call these, and must not allocate.

/** The number of elements. */
export function elements(shape: Shape): number {
  let product = 1;
  for (let i = 0; i < shape.length; i++) product *= shape[i] as number;
  return product;
}

/** The size of the last dimension. */
export const columns = (shape: Shape) => shape[shape.length - 1] as number;

/** The number of combinations of all other indices. */
export const rows = (shape: Shape) => elements(shape) / columns(shape);
