// Checks that a rival's steps equal ours, so that the times compare equal work.
import type { Optimizer } from "../../src/index.js";
import { rules } from "../../src/index.js";
import { relativeError } from "../../test/support/compare.js";
import { fill, random } from "../../test/support/random.js";
import type { Rival } from "./rival.js";

const shapes = { a: [33, 65], b: [7] };
const sizes = [33 * 65, 7];
const n = sizes[0] + sizes[1];
const steps = 5;

// Gradients change from step to step, so that every decay shows. Parameters are small, so that errors of steps show.
const start = fill(new Float32Array(n), random(1), 0.01);
const gradient = fill(new Float32Array(n * steps), random(2));

/** Our parameters after the steps. */
function ours(name: string, options: Record<string, unknown>): Float32Array {
  const rule = (rules as unknown as Record<string, (params: object, options: object) => Optimizer>)[name];
  const opt = rule({ a: { shape: shapes.a, values: start.slice(0, sizes[0]) }, b: start.slice(sizes[0]) }, options);
  for (let t = 0; t < steps; t++) {
    const g = gradient.subarray(t * n, (t + 1) * n);
    opt.grads.a.set(g.subarray(0, sizes[0]));
    opt.grads.b.set(g.subarray(sizes[0]));
    opt.step();
  }
  return Float32Array.from([...opt.params.a, ...opt.params.b]);
}

async function theirs(rival: Rival, rule: string, threads: number): Promise<Float32Array> {
  const contest = await rival.prepare({ rule, shapes, threads }, { start: start.slice(), gradient: gradient.slice() });
  try {
    // In two calls, as in the benchmark, which calls it repeatedly.
    await contest.time(2);
    await contest.time(steps - 2);
    return await contest.parameters();
  } finally {
    contest.close();
  }
}

/**
 * The rounding errors of f32 in five steps: 2.0e-7 at most, as measured. Adam of TensorFlow.js computes 1 − 0.999 in f32, with a relative
 * error of 1.3e-5; the root halves it.
 */
const tolerance = (rival: Rival, rule: string) => (rival.name.startsWith("TensorFlow") && rule === "adam" ? 1e-5 : 5e-7);

/** The difference between five steps of a rival and ours, relative to the parameters, and its tolerance. */
export async function agreement(rival: Rival, rule: string, threads = 1): Promise<{ error: number; tolerance: number }> {
  const error = relativeError(await theirs(rival, rule, threads), ours(rule, rival.options(rule)));
  return { error, tolerance: tolerance(rival, rule) };
}
