// A rule's step without the engine, on arrays that the test allocates.

import { HyperParameters } from "../../src/engine/hyperParameters.js";
import { slotLength } from "../../src/engine/slots.js";
import type { ArrayAddresses, Spec } from "../../src/engine/spec.js";
import type { Kernels } from "../../src/kernels/generated.js";
import { KernelArguments } from "../../src/kernels/kernelArguments.js";

const scalarsAddress = 64;

/** Bytes at the start of the memory for scalars and sums. */
export const reserved = scalarsAddress + KernelArguments.bytes;

export class Bare {
  readonly spec: Spec;
  readonly hyper: HyperParameters<Spec["hyper"], Spec["state"]>;
  /** The length of each array of the tensor, in floats. */
  readonly lengths: ReadonlyMap<string, number>;
  readonly #shape: readonly number[];

  constructor(spec: Spec, options: unknown, shape: readonly number[]) {
    const length = shape.reduce((product, size) => product * size, 1);
    this.spec = spec;
    this.hyper = new HyperParameters(spec, options);
    this.#shape = shape;
    this.lengths = new Map([
      ["p", length],
      ["g", length],
      ...this.hyper.slots.map((slot) => [slot, slotLength(spec.state[slot], shape)] as const),
      ["scratch", spec.scratch?.(shape) ?? 0],
    ]);
  }

  /** Fills the state with its initial values. Returns the step on arrays at these addresses. */
  on(kernels: Kernels, buffer: ArrayBufferLike, at: Readonly<Record<string, number>>, begin = 0) {
    const { spec, hyper } = this;
    for (const slot of hyper.slots) {
      const layout = spec.state[slot];
      const start = typeof layout === "object" && layout.start ? (hyper.values[layout.start] as number) : 0;
      new Float32Array(buffer, at[slot], this.lengths.get(slot)).fill(start);
    }
    const missing = Object.fromEntries(Object.keys(spec.state).map((slot) => [slot, 0]));
    const carry = Float64Array.from(Object.values(spec.carry ?? {}));
    const args = new KernelArguments(buffer, scalarsAddress, begin, this.lengths.get("p") as number, this.#shape);
    return (t: number, prologue: Parameters<KernelArguments["prologue"]>) => {
      spec.prepare?.(args, hyper.values, t, carry);
      args.prologue(...prologue);
      const arrays = { ...missing, ...at } as ArrayAddresses<unknown>;
      args.clearSums();
      spec.wholePass?.(kernels, args, arrays, hyper.values, t, carry);
      spec.scalars?.(args, hyper.values, t, carry, arrays);
      spec.elementPass?.(kernels, args, arrays, hyper.values, t, carry);
    };
  }
}
