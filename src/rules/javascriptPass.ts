// A rule's step in plain JavaScript.

import { show } from "../checks/errors.js";
import { slotLength } from "../engine/slots.js";
import type { Hypers, HyperValues, Pass, Slots } from "../engine/spec.js";
import { effectiveGradient } from "../kernels/generated.js";
import type { KernelsOf } from "../kernels/kernelModule.js";
import { elements, type Shape } from "../numerics/shape.js";

/** The arrays of one tensor. An array that hyper-parameters can leave out may be undefined. */
export type TensorArrays<S> = { readonly [array in "p" | "g"]: Float32Array } & {
  readonly [K in keyof S]: S[K] extends { needs: unknown } ? Float32Array | undefined : Float32Array;
};

/** A step of one tensor in plain JavaScript: changes `p` and the state in place. `g` is the effective gradient; it may be changed, too. */
export type Update<H extends Hypers, S> = (
  arrays: TensorArrays<S>,
  values: HyperValues<H>,
  t: number,
  shape: Shape,
  carry: Float64Array,
) => void;

const kernels = [effectiveGradient] as const;

/** The parts of a spec whose step is `update`. One thread runs it, tensor by tensor. */
export function javascriptPass<H extends Hypers, S extends Slots>(name: string, update: Update<H, S>, state: S) {
  const slots = Object.entries(state);
  const wholePass: Pass<H, S, KernelsOf<typeof kernels>> = (k, args, at, values, t, carry) => {
    const { begin, end, c, shape } = args;
    k.effectiveGradient(begin, end, at.p, at.g, at.scratch, c);
    if (args.decay !== 0) k.decay(begin, end, at.p, c);
    const arrays: Record<string, Float32Array | undefined> = { p: args.view(at.p, end), g: args.view(at.scratch, end) };
    for (const [slot, layout] of slots)
      arrays[slot] = at[slot] === 0 ? undefined : args.view(at[slot] as number, slotLength(layout, shape));
    const returned: unknown = update(arrays as TensorArrays<S>, values, t, shape, carry);
    if (returned !== undefined)
      throw new TypeError(`${name}: update expected no result, but changes in p, got ${show(returned)}`);
  };
  return { kernels, perTensor: true, scratch: elements, wholePass } as const;
}
