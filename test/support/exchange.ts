// The training that checkpoints interrupt between PyTorch and us: the same as in checkpoints_golden.py.
import { crc32 } from "node:zlib";
import type { Optimizer } from "../../src/index.js";
import { ruleNamed } from "./configurations.js";
import { fill, random } from "./random.js";
import { partsOf } from "./rewriting.js";

/** Steps before the file, and after. */
export const steps = { before: 100, after: 50 };

const shapes = { "body.weight": [3, 4], "body.bias": [5], head: [2, 3, 2] };
const count = 29;

/** Steps from number `from` on, counted from 0. The random numbers are first the parameters, then the gradients of each step. */
function advance(opt: Optimizer, from: number, to: number): void {
  const source = random(42);
  for (let i = 0; i < count * (from + 1); i++) source.next();
  for (let t = from; t < to; t++) {
    for (const array of Object.values(opt.grads as Record<string, Float32Array>)) fill(array, source);
    opt.step();
  }
}

export const begin = (rule: string, options: object) => ruleNamed(rule)(shapes, options as Record<string, unknown>) as Optimizer;

/** An optimizer at the time of the file. */
export function beforeFile(rule: string, options: object): Optimizer {
  const opt = begin(rule, options);
  const source = random(42);
  for (const array of Object.values(opt.params as Record<string, Float32Array>)) fill(array, source);
  advance(opt, 0, steps.before);
  return opt;
}

/** The steps after the file. */
export const afterFile = (opt: Optimizer) => advance(opt, steps.before, steps.before + steps.after);

/** A checksum of the tensors of a file. */
export const tensorsSum = (file: Uint8Array) =>
  partsOf(file).tensors.reduce((sum, { name, shape, bytes }) => crc32(bytes, crc32(`${name}\0${shape}\0`, sum)), 0);
