// One rank, without a launcher. test/mpi/mpi.test.ts has more ranks.
import { beforeEach, describe, expect, test } from "vitest";
import { adam, lbfgs, NonFiniteError, type Optimizer, sgd } from "../../src/index.js";
import { type Ranks, World } from "../../src/mpi/ranks.js";
import { alone } from "../../src/mpi/transport.js";
import { Watchdog } from "../../src/mpi/watchdog.js";

let world: Ranks;
beforeEach(async () => {
  world = new World(alone, await Watchdog.start(0, undefined), () => {});
});

const batch = (length: number) => Uint32Array.from({ length }, (_, i) => i);

/** A step whose gradient of each example i is i. */
function step(opt: Optimizer, blocks: number, examples: Uint32Array<ArrayBuffer>): number {
  const training = world.distribute(opt, { blocks });
  for (const block of training.blocks(examples)) {
    const mean = block.reduce((a, b) => a + b, 0) / block.length;
    opt.grads.x.fill(mean);
    training.add(block.length, 10 * mean);
  }
  return training.step();
}

test.each([1, 2, 4, 8, 16])("in %i blocks, a step takes the mean over the batch", (blocks) => {
  for (const length of [1, 3, 8, 13]) {
    const opt = sgd({ x: 3 }, { lr: 1 });
    const loss = step(opt, blocks, batch(length));
    expect(opt.params.x[2]).toBeCloseTo(-(length - 1) / 2, 6);
    expect(loss).toBeCloseTo((10 * (length - 1)) / 2, 12);
    expect(opt.t).toBe(1);
  }
});

test("with one block, the gradient keeps its bits", () => {
  const opt = sgd({ x: 3 });
  const training = world.distribute(opt, { blocks: 1 });
  training.blocks(batch(3));
  opt.grads.x.set([0.1, 1 / 3, 1e-40]);
  training.add(3);
  training.reduce();
  expect([...opt.grads.x]).toEqual([0.1, 1 / 3, 1e-40].map(Math.fround));
});

test("weights do not overflow, where a sum of gradients would", () => {
  const opt = sgd({ x: 1 });
  const training = world.distribute(opt, { blocks: 2 });
  for (const block of training.blocks(batch(64))) {
    opt.grads.x.fill(3e38);
    training.add(block.length);
  }
  training.reduce();
  expect(opt.grads.x[0]).toBe(Math.fround(3e38));
});

test("blocks() cuts the batch in order, and leaves out blocks without examples", () => {
  const training = world.distribute(sgd({ x: 1 }));
  expect(training.blocks(batch(16)).map((block) => [...block])).toEqual(Array.from({ length: 8 }, (_, i) => [2 * i, 2 * i + 1]));
  expect(training.blocks(batch(3)).map((block) => [...block])).toEqual([[0], [1], [2]]);
});

test("the gradients of the last step are gone at the next one", () => {
  const opt = sgd({ x: 1 }, { lr: 1 });
  const training = world.distribute(opt);
  for (let t = 0; t < 2; t++) {
    for (const block of training.blocks(batch(8))) {
      opt.grads.x[0] += 1;
      training.add(block.length);
    }
    training.step();
  }
  expect(opt.params.x[0]).toBe(-2);
});

test("reduce() serves steps of two phases, and accumulation", () => {
  const opt = sgd({ x: 1 }, { lr: 1, accumulate: true });
  const training = world.distribute(opt);
  for (const gradient of [1, 3]) {
    for (const block of training.blocks(batch(8))) {
      opt.grads.x.fill(gradient);
      training.add(block.length);
    }
    training.reduce();
    opt.accumulate(8);
  }
  opt.step();
  expect(opt.params.x[0]).toBe(-2);
});

test("mean() of all ranks, and of nothing", () => {
  const training = world.distribute(sgd({ x: 1 }));
  expect(training.mean(6, 4)).toBe(1.5);
  expect(training.mean(0, 0)).toBeNaN();
});

test("a gradient that is not finite refuses the step, and the next batch goes on", () => {
  const opt = sgd({ x: 2 }, { lr: 1 });
  const training = world.distribute(opt);
  const pass = (value: number) => {
    for (const block of training.blocks(batch(8))) {
      opt.grads.x.fill(block[0] === 5 ? value : 1);
      training.add(block.length, block[0] === 5 ? value : 1);
    }
    return training.step();
  };
  expect(() => pass(Number.NaN)).toThrow(NonFiniteError);
  expect(opt.t).toBe(0);
  expect(pass(1)).toBe(1);
  expect([...opt.params.x]).toEqual([-1, -1]);
});

describe("errors", () => {
  const started = (length = 16) => {
    const opt = sgd({ x: 1 });
    const training = world.distribute(opt);
    training.blocks(batch(length));
    return training;
  };

  test.each<[string, () => unknown]>([
    ["add: expected blocks(batch) first", () => world.distribute(sgd({ x: 1 })).add(1)],
    ["step: expected blocks(batch) first", () => world.distribute(sgd({ x: 1 })).step()],
    ["add: examples expected 2, the length of the next block, got 3", () => started().add(3)],
    ["add: examples expected an integer of at least 0, got 1.5", () => started().add(1.5)],
    ["add: loss expected a number, got null", () => started().add(2, null as never)],
    ["step: expected add() for every block of blocks(), got 8 without", () => started().step()],
    ["reduce: expected add() for every block of blocks(), got 3 without", () => started(3).reduce()],
    ["blocks: batch expected a Uint32Array, got [1]", () => started().blocks([1] as never)],
    ["blocks: batch expected at least one example, got 0", () => started().blocks(batch(0))],
    ["mean: count expected an integer of at least 0, got -1", () => started().mean(1, -1)],
    ["mean: sum expected a number, got undefined", () => started().mean(undefined as never, 1)],
    ["distribute: optimizer expected an optimizer of a rule, got", () => world.distribute(lbfgs({ x: 1 }) as never)],
    ["distribute: blocks expected a power of two, got 6", () => world.distribute(sgd({ x: 1 }), { blocks: 6 })],
    ["distribute: blocks expected an integer of at least 1, got 0", () => world.distribute(sgd({ x: 1 }), { blocks: 0 })],
    ['distribute: unknown option "block"; did you mean blocks?', () => world.distribute(sgd({ x: 1 }), { block: 8 } as never)],
  ])("%s", (message, call) => {
    expect(call).toThrow(message);
  });

  test("one call of add() too many, and blocks() before step()", () => {
    const training = started();
    training.add(2);
    expect(() => training.blocks(batch(16))).toThrow("blocks: expected step() first, which completes the batch before");
    for (let i = 1; i < 8; i++) training.add(2);
    expect(() => training.add(2)).toThrow("add: expected one call for each block of blocks(), got one more");
    expect(training.step()).toBeNaN(); // no losses
  });

  test("a wrong number of examples takes nothing", () => {
    const opt = sgd({ x: 1 }, { lr: 1 });
    const training = world.distribute(opt, { blocks: 1 });
    training.blocks(batch(4));
    opt.grads.x.fill(3);
    expect(() => training.add(5)).toThrow(RangeError);
    training.add(4);
    training.step();
    expect(opt.params.x[0]).toBe(-3);
  });

  test("an optimizer that cannot be saved", () => {
    const opt = adam({ x: 1 }, { ema: true });
    opt.grads.x.fill(1);
    opt.step();
    opt.eval();
    expect(() => world.distribute(opt)).toThrow("distribute: adam expected train() first: the parameters are those of eval()");
  });
});
