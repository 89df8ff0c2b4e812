// What these methods are known for, each shown by a run.

import { describe, expect, test } from "vitest";
import {
  adadelta,
  adagrad,
  adam,
  cosineDecay,
  fit,
  inverseTimeDecay,
  momentum,
  nesterov,
  type Optimizer,
  rmsprop,
  sgd,
} from "../../src/index.js";
import { adam as adamKernel } from "../../src/kernels/generated.js";
import { KernelArguments } from "../../src/kernels/kernelArguments.js";
import { instantiate } from "../../src/kernels/wasm.js";
import { allocate } from "../../src/memory/wasmMemory.js";
import { random } from "../support/random.js";

/** Runs the optimizer of parameter x on a function given by its gradient; returns all points, the start first. */
function path(opt: Optimizer, steps: number, gradient: (x: Float32Array, g: Float32Array) => void): number[][] {
  const points = [[...opt.params.x]];
  for (let t = 0; t < steps; t++) {
    gradient(opt.params.x, opt.grads.x);
    opt.step();
    points.push([...opt.params.x]);
  }
  return points;
}

const last = <T>(items: T[]) => items[items.length - 1];

const at = (...x: number[]) => ({ x: Float32Array.from(x) });

/** How often a sequence turns around. */
const turns = (values: number[]) =>
  values.filter((_, i) => i >= 2 && (values[i] - values[i - 1]) * (values[i - 1] - values[i - 2]) < 0).length;

/** x²/20 + y²: a valley 20 times as curved across as along. */
const valley = (x: Float32Array, g: Float32Array) => {
  g[0] = x[0] / 10;
  g[1] = 2 * x[1];
};

describe("the rate", () => {
  const parabola = (x: Float32Array, g: Float32Array) => {
    g[0] = x[0];
  };

  test("above 2 over the curvature, descent jumps from side to side ever farther away", () => {
    const points = path(sgd(at(1), { lr: 2.1 }), 20, parabola).map(([x]) => x);
    for (let t = 1; t < points.length; t++) {
      expect(points[t] * points[t - 1]).toBeLessThan(0);
      expect(Math.abs(points[t])).toBeGreaterThan(Math.abs(points[t - 1]));
    }
  });

  test("between 1 and 2 over it, descent zigzags but arrives; below 1 it never crosses", () => {
    const zigzag = path(sgd(at(1), { lr: 1.8 }), 60, parabola).map(([x]) => x);
    expect(turns(zigzag)).toBe(59);
    expect(Math.abs(last(zigzag))).toBeLessThan(1e-4);
    const straight = path(sgd(at(1), { lr: 0.5 }), 20, parabola).map(([x]) => x);
    expect(turns(straight)).toBe(0);
    expect(straight.every((x) => x > 0)).toBe(true);
  });

  test("a hundredth of a good rate needs about a hundred times the steps", () => {
    const needed = (lr: number) => path(sgd(at(1), { lr }), 2000, parabola).findIndex(([x]) => Math.abs(x) < 1e-3);
    expect(needed(0.5)).toBe(10);
    expect(needed(0.005)).toBeGreaterThan(1000);
  });
});

describe("batch, stochastic and mini-batch descent on a regression with noise", () => {
  // y = 2 a - b + noise; the examples are fixed.
  const count = 200;
  const source = random(11);
  const noise = () => source.next().value;
  const examples = Array.from({ length: count }, () => {
    const [a, b] = [noise(), noise()];
    return { a, b, y: 2 * a - b + noise() };
  });

  /** Mean squared error and its gradient over the examples with these indices. */
  function gradient(opt: Optimizer, indices: Iterable<number> & { length: number }): number {
    let loss = 0;
    const [p, q] = opt.params.x;
    for (const index of indices) {
      const { a, b, y } = examples[index];
      const error = p * a + q * b - y;
      loss += error ** 2 / indices.length;
      opt.grads.x[0] += (2 * error * a) / indices.length;
      opt.grads.x[1] += (2 * error * b) / indices.length;
    }
    return loss;
  }

  /** Trains; returns each step's gradient, the last point and the number of updates. */
  async function train(opt: Optimizer, batch: number | "all", epochs: number) {
    const gradients: number[][] = [];
    const { loss } = await fit(opt, {
      count,
      batch,
      epochs,
      gradient: (indices) => gradient(opt, indices),
      onStep: () => gradients.push([...opt.grads.x]),
    });
    return { gradients, updates: loss.length, point: [...opt.params.x] };
  }

  // The minimum, by descent over all examples until nothing moves.
  const exact = sgd(at(0, 0), { lr: 0.5 });
  for (let t = 0; t < 500; t++) {
    exact.zeroGrad();
    gradient(
      exact,
      Array.from({ length: count }, (_, i) => i),
    );
    exact.step();
  }
  const distance = ([p, q]: number[]) => Math.hypot(p - exact.params.x[0], q - exact.params.x[1]);

  test("1, N and ⌈N/B⌉ updates per epoch", async () => {
    for (const [batch, updates] of [
      ["all", 1],
      [1, 200],
      [64, 4],
      [200, 1],
      [7, 29],
    ] as const) {
      expect((await train(sgd(at(0, 0), { lr: 0.01 }), batch, 3)).updates).toBe(3 * updates);
    }
  });

  test("the stochastic gradient changes direction more than the mini-batch's, and that more than the batch's", async () => {
    /** Share of steps whose gradient points away from the step's before. */
    const reversals = async (batch: number | "all", epochs: number) => {
      const { gradients } = await train(sgd(at(0, 0), { lr: 0.02 }), batch, epochs);
      return (
        gradients.filter(([u, v], i) => i > 0 && u * gradients[i - 1][0] + v * gradients[i - 1][1] < 0).length /
        (gradients.length - 1)
      );
    };
    const [batch, mini, stochastic] = [await reversals("all", 200), await reversals(20, 20), await reversals(1, 2)];
    expect(batch).toBe(0);
    expect(mini).toBeGreaterThan(0);
    expect(stochastic).toBeGreaterThan(mini);
    expect(stochastic).toBeGreaterThan(0.3);
  });

  test("decaying the rate lets stochastic descent settle closer to the minimum", async () => {
    const epochs = 20;
    const end = async (lr: number | ((t: number) => number)) => distance((await train(sgd(at(0, 0), { lr }), 1, epochs)).point);
    const constant = await end(0.2);
    expect(await end(inverseTimeDecay(0.2, { rate: 0.02 }))).toBeLessThan(constant / 3);
    expect(await end(cosineDecay(0.2, { steps: epochs * count }))).toBeLessThan(constant / 3);
  });
});

describe("adaptive rates", () => {
  /** Steep at first, then gentle: 100, and after 20 steps 0.01. */
  const steps = (opt: Optimizer) => {
    let t = 0;
    const points = path(opt, 2000, (_, g) => {
      g[0] = t++ < 20 ? 100 : 0.01;
    }).map(([x]) => x);
    return points.slice(1).map((x, i) => Math.abs(x - points[i]));
  };

  test("AdaGrad's steps shrink until it stalls, where RMSProp and AdaDelta keep moving", () => {
    const [ada, rms, delta] = [adagrad(at(0), { lr: 0.1 }), rmsprop(at(0), { lr: 0.1 }), adadelta(at(0))].map(steps);
    for (let t = 1; t < 2000; t++) expect(ada[t]).toBeLessThanOrEqual(ada[t - 1]);
    // The squares of the steep part stay in AdaGrad's sum for ever: 0.1 · 0.01 / √(20 · 100²).
    expect(last(ada)).toBeLessThan(2.3e-6);
    expect(last(rms)).toBeGreaterThan(0.09);
    expect(last(delta)).toBeGreaterThan(100 * last(ada));
  });

  test("under a constant gradient AdaGrad's steps fall as 1/√t, RMSProp's stay, AdaDelta's grow", () => {
    const constant = (opt: Optimizer) => {
      const points = path(opt, 400, (_, g) => g.fill(3)).map(([x]) => x);
      return (t: number) => points[t - 1] - points[t];
    };
    const ada = constant(adagrad(at(0), { lr: 0.1 }));
    expect(ada(400) / ada(100)).toBeCloseTo(0.5, 2);
    const rms = constant(rmsprop(at(0), { lr: 0.1, rho: 0.9 }));
    expect(rms(400) / rms(100)).toBeCloseTo(1, 2);
    const delta = constant(adadelta(at(0)));
    expect(delta(400)).toBeGreaterThan(1.4 * delta(100));
  });

  test("Adam's first steps have the size of the rate; without its bias correction the first would be 3.2 times that", () => {
    for (const g of [1e-3, 1, 1e3]) {
      const points = path(adam(at(0), { lr: 0.1 }), 10, (_, grads) => grads.fill(g)).map(([x]) => x);
      for (let t = 1; t <= 10; t++) expect(Math.abs((points[t - 1] - points[t]) / 0.1 - 1)).toBeLessThan(1e-4);
    }
    // The same kernel with the scalars as they would be without the correction.
    const memory = allocate(4096);
    const [p, g, m, v] = [1024, 1088, 1152, 1216];
    const args = new KernelArguments(memory.buffer, 64, 0, 1);
    args.prologue(1, 0, 0);
    args.scalars<"adam">("rate", 0.1, "eps", 1e-8);
    args.gains(1 - 0.9, 1 - 0.999);
    new Float32Array(memory.buffer, g, 1)[0] = 1;
    instantiate(memory, [adamKernel]).adam(0, 1, p, g, m, v, args.c);
    expect(-new Float32Array(memory.buffer, p, 1)[0] / 0.1).toBeCloseTo(3.162, 3);
  });
});

describe("momentum", () => {
  test("zigzags less than gradient descent on x²/20 + y², and gets farther along the valley", () => {
    const plain = path(sgd(at(-7, 2), { lr: 0.95 }), 30, valley);
    const heavy = path(momentum(at(-7, 2), { lr: 0.95, momentum: 0.9 }), 30, valley);
    expect(turns(plain.map(([, y]) => y))).toBe(29);
    expect(turns(heavy.map(([, y]) => y))).toBeLessThan(15);
    // At a tenth of that rate neither zigzags at every step; momentum is half way along while plain descent crawls.
    const slow = path(sgd(at(-7, 2), { lr: 0.1 }), 30, valley);
    const fast = path(momentum(at(-7, 2), { lr: 0.1, momentum: 0.9 }), 30, valley);
    expect(Math.abs(last(fast)[0])).toBeLessThan(Math.abs(last(slow)[0]) / 2);
  });

  test("rolls through a shallow minimum in which gradient descent stays", () => {
    // (x² - 1)² + x/3: a shallow minimum at 0.96, a hill at 0.08, the deep minimum at -1.04.
    const wells = (x: Float32Array, g: Float32Array) => {
      g[0] = 4 * x[0] * (x[0] ** 2 - 1) + 1 / 3;
    };
    const plain = path(sgd(at(1.8), { lr: 0.01 }), 500, wells).map(([x]) => x);
    const heavy = path(momentum(at(1.8), { lr: 0.01, momentum: 0.9 }), 500, wells).map(([x]) => x);
    expect(last(plain)).toBeCloseTo(0.955, 2);
    expect(last(heavy)).toBeCloseTo(-1.04, 2);
  });

  test("overshoots, and Nesterov's less", () => {
    const along = (opt: Optimizer) => path(opt, 200, valley).map(([x]) => x);
    const options = { lr: 0.3, momentum: 0.9 };
    const heavy = along(momentum(at(-7, 2), options));
    const ahead = along(nesterov(at(-7, 2), options));
    expect(Math.max(...heavy)).toBeGreaterThan(1);
    expect(Math.max(...ahead)).toBeLessThan(0.8 * Math.max(...heavy));
    expect(Math.abs(last(ahead))).toBeLessThan(1e-3);
  });
});
