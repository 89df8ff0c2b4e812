import type { KernelScalars } from "./generated.js";

type Kernel = keyof KernelScalars;

/** Each name, followed by a number. */
type Labelled<Names> = Names extends readonly [infer Name, ...infer Others]
  ? [name: Name, value: number, ...others: Labelled<Others>]
  : [];

/** The kernels of K whose names are not the first names of kernel M. */
type Unlike<K extends Kernel, M extends Kernel> = K extends Kernel
  ? KernelScalars[M] extends readonly [...KernelScalars[K], ...string[]]
    ? never
    : K
  : never;

/** The scalars of a kernel, each after its name. Of several kernels, one must have the most scalars, and all others its first ones. */
export type Scalars<K extends Kernel> = {
  [M in K]: [Unlike<K, M>] extends [never] ? Labelled<KernelScalars[M]> : never;
}[K];

/** Name and cell of the scalar, for a kernel with one scalar. */
export type ScalarCell<K extends Kernel> = K extends Kernel
  ? KernelScalars[K] extends readonly [infer Name]
    ? [name: Name, cell: Float64Array]
    : never
  : never;
