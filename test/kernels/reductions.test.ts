// Sums over arrays in f64. The kernels that compute them are tested in assembly/ops.test.ts.
import { expect, test } from "vitest";
import { engine } from "../../src/kernels/generated.js";
import { KernelArguments } from "../../src/kernels/kernelArguments.js";
import { dot, effectiveGradientNorm, norm } from "../../src/kernels/reductions.js";
import { instantiate } from "../../src/kernels/wasm.js";
import { allocate } from "../../src/memory/wasmMemory.js";
import { fill, random } from "../support/random.js";

const [n, p, g] = [9001, 1024, 65_536];
const memory = allocate(2 * g);
const kernels = instantiate(memory, [engine]);
const args = new KernelArguments(memory.buffer, 64, 0, n);
const params = fill(new Float32Array(memory.buffer, p, n), random(1));
const grads = fill(new Float32Array(memory.buffer, g, n), random(2));

const sum = (term: (i: number) => number) => params.reduce((sum, _, i) => sum + term(i), 0);

test("dot and norm", () => {
  expect(dot(kernels, args, p, g) / sum((i) => params[i] * grads[i])).toBeCloseTo(1, 10);
  expect(norm(kernels, args, g) / Math.sqrt(sum((i) => grads[i] ** 2))).toBeCloseTo(1, 12);
});

test.each([
  [1, 0],
  [-0.5, 0],
  [2, 0.3],
  [-1, 0.3],
])("the norm of the effective gradient, scale %d and l2 %d", (scale, l2) => {
  args.prologue(scale, l2, 0);
  const expected = Math.sqrt(sum((i) => (scale * grads[i] + l2 * params[i]) ** 2));
  expect(effectiveGradientNorm(kernels, args, p, g) / expected).toBeCloseTo(1, 10);
});

test("gradients that the penalty cancels have the norm 0, not NaN", () => {
  const before = grads.slice();
  grads.set(params);
  args.prologue(1, -1, 0);
  expect(effectiveGradientNorm(kernels, args, p, g)).toBeCloseTo(0, 6);
  grads.set(before);
});
