// Our ways to make a step, and the plain loop. Imports no module of Node, because the browser page uses it, too.
import { instantiateSync } from "@assemblyscript/loader";
import { HyperParameters } from "../src/engine/hyperParameters.js";
import { Optimizer } from "../src/engine/optimizer.js";
import { slotLength } from "../src/engine/slots.js";
import type { Spec } from "../src/engine/spec.js";
import { rules } from "../src/index.js";
import type { Kernels } from "../src/kernels/generated.js";
import { fill, random } from "../test/support/random.js";
import type { references } from "../test/support/reference.js";
import type { Task } from "./interleaved.js";
import { count, elements, type Shapes } from "./workloads.js";

export const specs = Object.values(rules).map(({ spec }) => spec as unknown as Spec);

/** Period of the random numbers. Without one, filling would take longer than measuring. */
const period = 65_536;

/** Fills the initial parameters and the gradients of every step. Nothing decays to subnormal numbers. */
export function fillIn(params: Iterable<Float32Array>, grads: Iterable<Float32Array>): void {
  for (const [arrays, seed, scale] of [
    [params, 1, 1],
    [grads, 2, 1e-3],
  ] as const) {
    for (const array of arrays) {
      fill(array.subarray(0, period), random(seed), scale);
      for (let done = period; done < array.length; done *= 2) array.copyWithin(done, 0, done);
    }
  }
}

type Options = Readonly<Record<string, unknown>>;

/** A step of the engine, with the SIMD build unless `scalar` has the scalar build. */
export function ours(name: string, spec: Spec, shapes: Shapes, options: Options = {}, scalar?: WebAssembly.Module): Task {
  const link = (memory: WebAssembly.Memory) => {
    return instantiateSync(scalar as WebAssembly.Module, { env: { memory } }).instance.exports as unknown as Kernels;
  };
  const opt = new Optimizer(spec, shapes as never, options as never, ...(scalar ? [link] : []));
  fillIn(Object.values<Float32Array>(opt.params), Object.values<Float32Array>(opt.grads));
  return {
    name,
    run(steps) {
      for (let i = 0; i < steps; i++) opt.step();
      return undefined;
    },
  };
}

/** A plain loop over Float32Arrays, of `loops`. Rules without `perTensor` have one loop over all tensors. */
export function plain(name: string, spec: Spec, shapes: Shapes, loops: Partial<typeof references>): Task {
  const { values, slots } = new HyperParameters(spec, undefined);
  const loop = loops[spec.name as keyof typeof loops] as (...args: unknown[]) => void;
  const calls = (spec.perTensor ? Object.values(shapes) : [[count(shapes)]]).map((shape) => {
    const [p, g] = [new Float32Array(elements(shape)), new Float32Array(elements(shape))];
    fillIn([p], [g]);
    const state = Object.fromEntries(slots.map((slot) => [slot, new Float32Array(slotLength(spec.state[slot], shape))]));
    return { p, g, state, carry: [], shape };
  });
  let t = 0;
  return {
    name,
    run(steps) {
      for (let i = 0; i < steps; i++) {
        t += 1;
        for (const { p, g, state, carry, shape } of calls) loop(p, g, state, values, t, carry, shape);
      }
      return undefined;
    },
  };
}

/** The least memory traffic of a step, in bytes: parameters and state are read and written, gradients are read. */
export function traffic(spec: Spec, shapes: Shapes): number {
  const { slots } = new HyperParameters(spec, undefined);
  const floats = Object.values(shapes).map((shape) => {
    const lengths = slots.map((slot) => slotLength(spec.state[slot], shape));
    return 3 * elements(shape) + 2 * lengths.reduce((sum, length) => sum + length, 0);
  });
  return Float32Array.BYTES_PER_ELEMENT * floats.reduce((sum, length) => sum + length, 0);
}
