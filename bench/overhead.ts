// The cost of a step beside its kernels: small groups, many tensors, dead parameters.

import { HyperParameters } from "../src/engine/hyperParameters.js";
import { Optimizer } from "../src/engine/optimizer.js";
import type { Spec } from "../src/engine/spec.js";
import { rules } from "../src/index.js";
import { engine } from "../src/kernels/generated.js";
import { KernelArguments } from "../src/kernels/kernelArguments.js";
import { instantiate } from "../src/kernels/wasm.js";
import { allocate } from "../src/memory/wasmMemory.js";
import { interleaved, type Measured, type Pace, type Task } from "./interleaved.js";
import { fillIn, ours } from "./ways.js";
import { tensors } from "./workloads.js";

const small = 16;

/** The kernels of a step without the engine, on arrays of `small` elements. */
function kernelsAlone(spec: Spec): Task {
  const memory = allocate(2 ** 20);
  const kernels = instantiate(memory, [engine, ...spec.kernels]);
  const { values } = new HyperParameters(spec, undefined);
  const [shape] = Object.values(tensors(spec, small));
  const args = new KernelArguments(memory.buffer, 64, 0, small, shape);
  const arrays = ["p", "g", ...Object.keys(spec.state), "scratch"];
  const at = Object.fromEntries(arrays.map((array, i) => [array, 1024 + 4096 * i])) as never;
  const floats = new Float32Array(memory.buffer, 1024, 1024 * arrays.length);
  fillIn([floats], []);
  for (const i of floats.keys()) floats[i] = Math.abs(floats[i]) + 0.1; // some are means of squares
  const carry = Float64Array.from(Object.values(spec.carry ?? {}));
  spec.prepare?.(args, values, 1, carry);
  args.prologue(1, 0, 0);
  spec.scalars?.(args, values, 1, carry, at);
  return {
    name: "kernels alone",
    run(steps) {
      for (let i = 0; i < steps; i++) {
        spec.wholePass?.(kernels, args, at, values, 2, carry);
        spec.elementPass?.(kernels, args, at, values, 2, carry);
      }
      return undefined;
    },
  };
}

export interface Overhead {
  readonly rule: string;
  readonly step: Measured;
  readonly kernels: Measured;
}

/** Times a step of one small group, and its kernels called directly. */
export async function overhead(spec: Spec, pace: Pace): Promise<Overhead> {
  const [step, kernels] = await interleaved([ours("step", spec, tensors(spec, small)), kernelsAlone(spec)], pace);
  return { rule: spec.name, step, kernels };
}

/** Times a step of Adam over one tensor of 2400 parameters, and over 150 tensors of 16. */
export async function manyTensors(pace: Pace): Promise<readonly Measured[]> {
  const many = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`x${i}`, [small]]));
  const spec = rules.adam.spec as unknown as Spec;
  return await interleaved([ours("one tensor", spec, { x: [150 * small] }), ours("150 tensors", spec, many)], pace);
}

export interface Dead {
  readonly rule: string;
  /** Its ratio is relative to a step on normal numbers. */
  readonly dead: Measured;
}

const deadSteps = 200_000;

/** Times a step on normal numbers, and a step after `deadSteps` steps with gradients of 0. */
export async function deadParameters(spec: Spec, pace: Pace, n = 4096): Promise<Dead> {
  const shapes = tensors(spec, n);
  const opt = new Optimizer(spec, shapes as never, undefined);
  const grads = Object.values<Float32Array>(opt.grads);
  fillIn(Object.values<Float32Array>(opt.params), grads);
  for (let t = 0; t < 100; t++) opt.step();
  opt.zeroGrad();
  for (let t = 0; t < deadSteps; t++) opt.step();
  const dead: Task = {
    name: "dead",
    run(steps) {
      for (let i = 0; i < steps; i++) opt.step();
      return undefined;
    },
  };
  const [, measured] = await interleaved([ours("alive", spec, shapes), dead], pace);
  return { rule: spec.name, dead: measured };
}
