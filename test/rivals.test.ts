import { afterAll, describe, expect, test } from "vitest";
import { type Rival, rivals, type Workload } from "../bench/rivals/index.js";
import { relativeError } from "./compare.js";
import { allRules } from "./configurations.js";
import { fill, random } from "./random.js";

// The benchmark compares equal work: every rival takes the same steps as we.

const shapes = { a: [33, 65], b: [7] };
const sizes = Object.values(shapes).map((shape) => shape.reduce((product, size) => product * size));
const n = sizes.reduce((sum, size) => sum + size);
const steps = 5;

// Gradients that change from step to step, so that every decay counts; and parameters so small that the steps do.
const start = fill(new Float32Array(n), random(1), 0.01);
const gradient = fill(new Float32Array(n * steps), random(2));

/** Our parameters after the steps. */
function ours(name: string, options: Record<string, unknown>): Float32Array {
  const rule = allRules.find(({ spec }) => spec.name === name);
  if (!rule) throw new Error(`no rule ${name}`);
  const opt = rule({ a: { shape: shapes.a, values: start.slice(0, sizes[0]) }, b: start.slice(sizes[0]) }, options);
  for (let t = 0; t < steps; t++) {
    const g = gradient.subarray(t * n, (t + 1) * n);
    opt.grads.a.set(g.subarray(0, sizes[0]));
    opt.grads.b.set(g.subarray(sizes[0]));
    opt.step();
  }
  return Float32Array.from([...opt.params.a, ...opt.params.b]);
}

async function theirs(rival: Rival, workload: Workload): Promise<Float32Array> {
  const contest = await rival.prepare(workload, { start, gradient });
  try {
    // In two parts, as the program calls it again and again.
    const times = [await contest.time(2), await contest.time(steps - 2)];
    for (const time of times) expect(time).toBeGreaterThanOrEqual(0);
    return await contest.parameters();
  } finally {
    contest.close();
  }
}

/**
 * What f32 leaves after five steps: the most that was seen is 2.0e-7. But TensorFlow.js subtracts 0.999 as an f32 from 1, which
 * leaves 1.3e-5 less than 0.001, of which the root takes half.
 */
const tolerance = (rival: Rival, rule: string) => (rival.name.startsWith("TensorFlow") && rule === "adam" ? 1e-5 : 5e-7);

const found = await Promise.all(rivals.map(async (rival) => ({ rival, available: await rival.available() })));
afterAll(() => {
  for (const rival of rivals) rival.close();
});

for (const { rival, available } of found) {
  const missing = "missing" in available;
  describe.skipIf(missing)(`${rival.name}: ${missing ? available.missing : available.version}`, () => {
    for (const threads of rival.maxThreads === 1 ? [1] : [1, 2]) {
      test.for([...rival.rules])(`%s takes our steps, threads: ${threads}`, async (rule) => {
        const before = start.slice();
        const result = await theirs(rival, { rule, shapes, threads });
        const error = relativeError(result, ours(rule, rival.options(rule)));
        expect(error).toBeLessThanOrEqual(tolerance(rival, rule));
        expect(start).toEqual(before);
      });
    }
  });
}
