import { Optimizer } from "../engine/optimizer.js";
import type { Options } from "../engine/options.js";
import type { Hypers, Slots, Spec } from "../engine/spec.js";
import type { KernelModule, KernelsOf } from "../kernels/kernelModule.js";
import type { ParameterMap } from "../memory/parameters.js";

/** A rule: a function that makes optimizers, and its spec. */
export interface Rule<H extends Hypers, S extends Slots> {
  // No comment here, so that editors show the rule's comment at a call.
  <const P extends ParameterMap<P>>(
    /** The parameters by name: each a length, a shape, a Float32Array of initial values (copied), or `{ shape, values }`. */
    parameters: P,
    /** A wrong kind of value or an unknown name throws a TypeError. A value outside its interval throws a RangeError. */
    options?: Options<H, keyof P & string>,
  ): Optimizer<P, H, S>;
  /** The description of the rule: hyper-parameters, state and passes. */
  readonly spec: Spec<H, S>;
}

/** Makes a rule from its spec. */
export function define<const H extends Hypers, const S extends Slots<keyof H & string>, const M extends readonly KernelModule[]>(
  spec: Spec<H, S, KernelsOf<M>> & { readonly kernels: M },
): Rule<H, S> {
  const parts = [spec.hyper, ...Object.values(spec.hyper), spec.ordered, spec.state, ...Object.values(spec.state), spec.carry];
  for (const part of [spec, ...parts]) Object.freeze(part);
  const rule = <const P extends ParameterMap<P>>(parameters: P, options?: Options<H, keyof P & string>) =>
    new Optimizer(spec, parameters, options);
  return Object.freeze(Object.defineProperty(Object.assign(rule, { spec }), "name", { value: spec.name }));
}
