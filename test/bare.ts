// A rule's step on a memory that a test lays out itself, without the engine.
import type { Arrays, Spec } from "../src/define.js";
import { HyperParameters } from "../src/hyper.js";
import { Sweep } from "../src/sweep.js";
import type { Kernels } from "../src/wasm.js";

const scalarsAddress = 64;

/** Bytes from 0 that the scalars and sums of a step need. */
export const reserved = scalarsAddress + Sweep.bytes;

export class Bare {
  readonly spec: Spec;
  readonly hyper: HyperParameters<Spec["hyper"], Spec["state"]>;
  /** The arrays of one tensor and their numbers of floats. */
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
      ...this.hyper.slots.map((slot) => {
        const layout = spec.state[slot];
        return [slot, (typeof layout === "object" ? layout.length?.(shape) : undefined) ?? length] as const;
      }),
      ["scratch", spec.scratch?.(shape) ?? 0],
    ]);
  }

  /** Fills the state with what it starts from, and makes a step on arrays at these addresses. */
  on(kernels: Kernels, buffer: ArrayBufferLike, at: Readonly<Record<string, number>>, begin = 0) {
    const { spec, hyper } = this;
    for (const slot of hyper.slots) {
      const layout = spec.state[slot];
      const start = typeof layout === "object" && layout.start ? (hyper.values[layout.start] as number) : 0;
      new Float32Array(buffer, at[slot], this.lengths.get(slot)).fill(start);
    }
    const missing = Object.fromEntries(Object.keys(spec.state).map((slot) => [slot, 0]));
    const carry = Float64Array.from(Object.values(spec.carry ?? {}));
    const sweep = new Sweep(buffer, scalarsAddress, begin, this.lengths.get("p") as number, this.#shape);
    return (t: number, trunk: Parameters<Sweep["trunk"]>) => {
      spec.prepare?.(sweep, hyper.values, t, carry);
      sweep.trunk(...trunk);
      const arrays = { ...missing, ...at } as Arrays<unknown>;
      sweep.clearSums();
      spec.study?.(kernels, sweep, arrays, hyper.values, t, carry);
      spec.scalars?.(sweep, hyper.values, t, carry, arrays);
      spec.move?.(kernels, sweep, arrays, hyper.values, t, carry);
    };
  }
}
