/**
 * How threads may share a call of a kernel. "elements": by ranges of elements; the call returns 0 if one range does. "sums": by blocks; the
 * last argument is the address of the sum. "whole": one thread runs it.
 */
export type Share = "elements" | "sums" | "whole";

/** A WebAssembly module of kernels. `K` are the signatures of the kernels. */
export interface KernelModule<K = unknown> {
  /** The module for plain memory as text, a module with all kernels of the package, or what compiles the module for a kind of memory. */
  readonly code: string | WebAssembly.Module | ((shared: boolean) => WebAssembly.Module);
  /** How threads may share a call of each kernel. */
  readonly shares: { readonly [kernel in keyof K]: Share };
  /** For the type checker alone. */
  readonly kernels?: K;
}

/** The kernels of several modules; of a list of unknown length, any kernels. */
export type KernelsOf<M extends readonly KernelModule[]> = M extends readonly []
  ? unknown
  : M extends readonly [KernelModule<infer K>, ...infer Others extends readonly KernelModule[]]
    ? K & KernelsOf<Others>
    : // biome-ignore lint/suspicious/noExplicitAny: no kernel is known.
      any;
