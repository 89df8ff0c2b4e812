// What fit reports after steps and epochs, and returns at the end.

import { expect, expectTypeOf, test } from "vitest";
import { type EpochReport, type FitOptions, fit, type StepReport, sgd, stepDecay } from "../../src/index.js";
import { useClock } from "../support/clock.js";

/** Descent on the sum of squares of x, whatever the examples. */
function bowl(opt: ReturnType<typeof sgd<{ x: number }>>) {
  return () => {
    opt.grads.x.set(opt.params.x);
    return opt.params.x.reduce((sum, x) => sum + x * x, 0) / 2;
  };
}

function make(lr: number | ((t: number) => number) = 0.5) {
  const opt = sgd({ x: 3 }, { lr });
  opt.params.x.set([4, -2, 1]);
  return opt;
}

test("returns loss and rate of each step, and the time spent", async () => {
  const opt = make(stepDecay(0.5, { every: 2, factor: 0.1 }));
  const clock = useClock();
  const gradient = bowl(opt);
  const step = opt.step.bind(opt);
  opt.step = () => {
    clock.now += 3;
    step();
  };
  const history = await fit(opt, {
    count: 1,
    epochs: 4,
    gradient: () => {
      clock.now += 2;
      return gradient();
    },
  });
  expect(history.loss[0]).toBe(10.5);
  expect(history.loss[1]).toBe(10.5 / 4);
  expect(history.lr).toEqual([0.5, 0.5, 0.05, 0.05]);
  expect([history.gradientTime, history.stepTime]).toEqual([8, 12]);
});

test("reports after each step and each epoch", async () => {
  const opt = make();
  opt.step();
  const steps: StepReport[] = [];
  const epochs: EpochReport[] = [];
  let loss = 0;
  await fit(opt, {
    count: 5,
    batch: 2,
    epochs: 2,
    gradient: () => {
      opt.grads.x.fill(1);
      return ++loss;
    },
    onStep: (report) => steps.push(report),
    onEpoch: (report) => epochs.push(report),
  });
  expect(steps.length).toBe(6);
  expect(steps[0]).toEqual({ step: 2, done: 1, total: 6, epoch: 0, loss: 1, lr: 0.5, skipped: false });
  expect(steps[5]).toEqual({ step: 7, done: 6, total: 6, epoch: 1, loss: 6, lr: 0.5, skipped: false });
  expect(epochs).toEqual([
    { epoch: 0, step: 4, loss: (2 * 1 + 2 * 2 + 3) / 5 },
    { epoch: 1, step: 7, loss: (2 * 4 + 2 * 5 + 6) / 5 },
  ]);
});

test("waiting for a gradient is gradientTime, not stepTime", async () => {
  const opt = sgd({ w: 2 });
  const clock = useClock();
  const gradient = async () => {
    await new Promise((resolve) => setTimeout(resolve));
    clock.now += 30;
    return 1;
  };
  const { gradientTime, stepTime } = await fit(opt, { count: 1, epochs: 2, gradient });
  expect([gradientTime, stepTime]).toEqual([60, 0]);
});

test("types: any result of onStep and onEpoch, also a promise; true, false or a promise of it from stop", () => {
  expectTypeOf<() => Promise<void>>().toExtend<FitOptions["onStep"]>();
  expectTypeOf<() => Promise<void>>().toExtend<FitOptions["onEpoch"]>();
  expectTypeOf<() => number>().toExtend<FitOptions["onStep"]>();
  expectTypeOf<() => Promise<boolean>>().toExtend<FitOptions["stop"]>();
  expectTypeOf<() => Promise<number>>().not.toExtend<FitOptions["stop"]>();
});
