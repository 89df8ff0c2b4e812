import type { KernelScalars } from "./generated.js";

type Kernel = keyof KernelScalars;

/** Each name, followed by a number. */
type Labelled<Names> = Names extends readonly [infer Name, ...infer Others]
  ? [name: Name, value: number, ...others: Labelled<Others>]
  : [];

/** The kernels of K whose scalar names are not a prefix of kernel M's. */
type Unlike<K extends Kernel, M extends Kernel> = K extends Kernel
  ? KernelScalars[M] extends readonly [...KernelScalars[K], ...string[]]
    ? never
    : K
  : never;

/**
 * The scalars of a kernel, each after its name. Of several kernels, takes the longest list; the lists of all others must be prefixes of it.
 * Without a kernel, takes any names: for kernels from outside the package.
 */
export type Scalars<K extends Kernel> = [K] extends [never]
  ? [name: string, value: number, ...others: (string | number)[]]
  : { [M in K]: [Unlike<K, M>] extends [never] ? Labelled<KernelScalars[M]> : never }[K];

/** Name and cell of the scalar, for a kernel with one scalar. */
export type ScalarCell<K extends Kernel> = K extends Kernel
  ? KernelScalars[K] extends readonly [infer Name]
    ? [name: Name, cell: Float64Array]
    : never
  : never;
