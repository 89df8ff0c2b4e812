import { expect, test } from "vitest";
import { block, blocksOf, KernelArguments } from "../../src/kernels/kernelArguments.js";

const address = 128;

function make() {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 2 });
  return { memory, args: new KernelArguments(memory.buffer, address, 0, 6, [2, 3]) };
}

/** The scalars as a kernel reads them. */
const scalarsIn = ({ buffer }: WebAssembly.Memory) => [...new Float32Array(buffer, address, 16)];

test("the prologue, the rule's scalars and the gains stand where kernels read them, rounded to f32", () => {
  const { memory, args } = make();
  args.prologue(0.1, 0.2, 0.3);
  args.scalars<"adan">("rate", 1, "eps", 2, "rate2", 3, "beta2", 4, "known", 5);
  args.gains(0.25, 0.5, 1);
  const expected = [0.1, 0.2, 0.3, 1, 2, 3, 4, 5, 0.25, 0.75, 0.5, 0.5, 1, 0, 0, 0];
  expect(scalarsIn(memory)).toEqual(expected.map(Math.fround));
});

test("scalars that are left out are NaN, so that no old number stays", () => {
  const { memory, args } = make();
  args.scalars<"adan">("rate", 1, "eps", 2, "rate2", 3, "beta2", 4, "known", 5);
  args.scalars<"sgd">("rate", 7);
  expect(scalarsIn(memory).slice(3, 8)).toEqual([7, ...Array(4).fill(Number.NaN)]);
});

test("amplify multiplies the gradient and its L2 penalty, but no decay", () => {
  const { args } = make();
  args.prologue(0.5, 0.25, 0.125, 3);
  args.amplify(4);
  expect([args.scale, args.l2, args.decay, args.inside]).toEqual([2, 1, 0.125, 3]);
});

test("the sum of a reduction is read as f64", () => {
  const { memory, args } = make();
  new Float64Array(memory.buffer, args.r, 1)[0] = 1 / 3;
  expect(args.sum).toBe(1 / 3);
});

test("load and store reach any float, also after the memory has grown", () => {
  const { memory, args } = make();
  args.store(4096, 1.5);
  memory.grow(1);
  args.bind(memory.buffer);
  expect(args.load(4096)).toBe(1.5);
  args.store(100_000, 2.5);
  args.scalars<"sgd">("rate", 9);
  expect([new Float32Array(memory.buffer)[25_000], scalarsIn(memory)[3]]).toEqual([2.5, 9]);
});

test("cover takes a part as a whole", () => {
  const { args } = make();
  args.cover({ length: 12, shape: [3, 4] });
  expect([args.begin, args.end, args.shape]).toEqual([0, 12, [3, 4]]);
});

test("each block of a reduction has one f64", () => {
  expect([0, 1, block, block + 1].map(blocksOf)).toEqual([0, 1, 1, 2]);
});
