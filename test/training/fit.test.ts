import { describe, expect, test, vi } from "vitest";
import {
  adam,
  type EpochReport,
  earlyStopping,
  type FitOptions,
  fit,
  NonFiniteError,
  nesterov,
  type StepReport,
  scheduleFreeSgd,
  sgd,
  stepDecay,
} from "../../src/index.js";
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

describe("training", () => {
  test("hands every example to gradient once per epoch, in another order each time", async () => {
    const epochs: number[][] = [[]];
    const opt = make();
    const { ended } = await fit(opt, {
      count: 10,
      batch: 4,
      epochs: 3,
      gradient: (indices) => {
        epochs[epochs.length - 1].push(...indices);
        opt.grads.x.fill(1);
        return 1;
      },
      onEpoch: () => epochs.push([]),
    });
    expect(ended).toBe("epochs");
    for (const epoch of epochs.slice(0, 3)) expect([...epoch].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(new Set(epochs.slice(0, 3).map(String)).size).toBe(3);
  });

  test("shuffle, dropLast and the default batch of 32 are those of batches", async () => {
    const sizes = async (options: Partial<FitOptions>) => {
      const seen: number[][] = [];
      const opt = make();
      const gradient = (indices: Uint32Array) => {
        opt.grads.x.fill(1);
        return seen.push([...indices]);
      };
      await fit(opt, { count: 70, epochs: 1, gradient, ...options });
      return seen;
    };
    expect((await sizes({})).map(({ length }) => length)).toEqual([32, 32, 6]);
    expect((await sizes({ dropLast: true })).map(({ length }) => length)).toEqual([32, 32]);
    expect((await sizes({ shuffle: false, batch: 3 }))[1]).toEqual([3, 4, 5]);
  });

  test("same seed, same training", async () => {
    const run = async (seed: number) => {
      const opt = make(0.01);
      await fit(opt, {
        count: 10,
        batch: 1,
        epochs: 2,
        seed,
        gradient: ([i]) => {
          opt.grads.x.fill(i * opt.params.x[0]);
          return i;
        },
      });
      return [...opt.params.x];
    };
    expect(await run(1)).toEqual(await run(1));
    expect(await run(1)).not.toEqual(await run(2));
  });

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

  test("gradients are 0 when gradient is called", async () => {
    const opt = make();
    await fit(opt, {
      count: 3,
      batch: 1,
      epochs: 1,
      gradient: () => {
        expect([...opt.grads.x]).toEqual([0, 0, 0]);
        opt.grads.x.fill(1);
        return 1;
      },
    });
    expect(opt.t).toBe(3);
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

  test("twoPhase takes the gradients where shift() moves to", async () => {
    const options = { lr: 0.1, momentum: 0.9 };
    const opt = nesterov({ x: Float32Array.of(1) }, options);
    const seen: number[] = [];
    await fit(opt, {
      count: 1,
      epochs: 5,
      twoPhase: true,
      gradient: () => {
        seen.push(opt.params.x[0]);
        opt.grads.x[0] = opt.params.x[0];
        return 1;
      },
    });
    const byHand = nesterov({ x: Float32Array.of(1) }, options);
    for (const point of seen) {
      byHand.shift();
      expect(byHand.params.x[0]).toBe(point);
      byHand.grads.x[0] = point;
      byHand.step();
    }
    expect(opt.params.x[0]).toBe(byHand.params.x[0]);
    expect(opt.shifted).toBe(false);
  });
});

describe("ending early", () => {
  test("by a rule of the caller", async () => {
    const opt = make(0.1);
    const { loss, ended } = await fit(opt, { count: 1, epochs: 100, gradient: bowl(opt), stop: (report) => report.loss < 1 });
    expect(ended).toBe("stop");
    expect(loss[loss.length - 1]).toBeLessThan(1);
    expect(loss[loss.length - 2]).toBeGreaterThanOrEqual(1);
  });

  test("earlyStopping: after so many epochs without an improvement of more than minDelta", () => {
    const run = (losses: number[], options: Parameters<typeof earlyStopping>[0]) => {
      const stop = earlyStopping(options);
      return losses.findIndex((loss, epoch) => stop({ epoch, step: epoch, loss }));
    };
    expect(run([5, 4, 3, 3, 3, 1], { patience: 2 })).toBe(4);
    expect(run([5, 4, 3, 3, 2, 2, 2], { patience: 2 })).toBe(6);
    expect(run([5, 4.9, 4.8, 4.7], { patience: 2, minDelta: 0.5 })).toBe(2);
    expect(run([5, 4.8, 4.4, 4.2, 3.8], { patience: 2, minDelta: 0.5 })).toBe(-1);
    expect(run([5, Number.NaN, Number.NaN], { patience: 2 })).toBe(2);
    const again = earlyStopping({ patience: 1 });
    const both = [1, 2, 9, 3].map((loss, i) => again({ epoch: i % 2, step: i, loss }));
    expect(both).toEqual([false, true, false, false]);
  });

  test("by a signal, also one that a timer or a user aborts while it trains", async () => {
    const opt = make(1e-3);
    const controller = new AbortController();
    const clock = useClock();
    const slow = bowl(opt);
    const gradient = () => {
      clock.now += 5;
      return slow();
    };
    setTimeout(() => controller.abort());
    const history = await fit(opt, { count: 1, epochs: 100_000, gradient, signal: controller.signal });
    expect(history.ended).toBe("signal");
    expect(history.loss.length).toBe(opt.t);
    expect(opt.t).toBeGreaterThan(0);
  });

  test("a signal in the middle of an epoch: after the step at hand", async () => {
    const opt = make(1e-3);
    const controller = new AbortController();
    const onStep = ({ done }: StepReport) => done === 3 && controller.abort();
    const { ended } = await fit(opt, { count: 10, batch: 1, epochs: 2, gradient: bowl(opt), signal: controller.signal, onStep });
    expect([ended, opt.t]).toEqual(["signal", 3]);
  });

  test("the event loop gets its turn again and again", async () => {
    const opt = make(1e-3);
    const clock = useClock();
    const slow = bowl(opt);
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await fit(opt, {
      count: 1,
      epochs: 60,
      gradient: () => {
        clock.now += 5;
        return slow();
      },
    });
    clearInterval(timer);
    expect(turns).toBeGreaterThanOrEqual(2);
  });

  // Each step takes 20 ms of this clock, and what else the event loop has to do 7.
  test("the event loop gets its turn after more than 50 ms of steps, from the end of its last turn on", async () => {
    const opt = make(1e-3);
    const descend = bowl(opt);
    let clock = 1000;
    const turns: number[] = [];
    const now = vi.spyOn(performance, "now").mockImplementation(() => clock);
    const timer = vi.spyOn(globalThis, "setTimeout").mockImplementation(((then: () => void, delay: number) => {
      expect(delay).toBe(0);
      turns.push(opt.t);
      clock += 7;
      queueMicrotask(then);
    }) as never);
    try {
      await fit(opt, {
        count: 4,
        batch: 1,
        epochs: 5,
        gradient: () => {
          clock += 20;
          return descend();
        },
      });
    } finally {
      now.mockRestore();
      timer.mockRestore();
    }
    expect(turns).toEqual([3, 6, 9, 12, 15, 18]);
  });

  test("a signal aborted before the start: no step", async () => {
    const opt = make();
    const { loss, ended } = await fit(opt, { count: 1, epochs: 3, gradient: bowl(opt), signal: AbortSignal.abort() });
    expect([loss.length, ended, opt.t]).toEqual([0, "signal", 0]);
  });
});

describe("what is not finite", () => {
  async function failure(promise: Promise<unknown>): Promise<NonFiniteError> {
    const error = await promise.then(
      () => expect.fail("nothing was thrown"),
      (error: unknown) => error,
    );
    expect(error).toBeInstanceOf(NonFiniteError);
    return error as NonFiniteError;
  }

  /** Two tensors; before step `when`, `breaks` is called on the optimizer. Keeps the parameters before each step. */
  async function broken(when: number, breaks: (opt: ReturnType<typeof both>) => number) {
    const opt = both();
    const before: string[] = [];
    let calls = 0;
    const error = await failure(
      fit(opt, {
        count: 1,
        epochs: 9,
        gradient: () => {
          before.push(JSON.stringify(opt.params));
          opt.grads.b.set(opt.params.b);
          calls += 1;
          return calls === when ? breaks(opt) : 1;
        },
      }),
    );
    return { error, opt, before, after: JSON.stringify(opt.params) };
  }
  const both = () => adam({ a: Float32Array.of(1, 2), b: Float32Array.of(3, 4) }, { lr: 0.1 });

  test.each([Number.NaN, Infinity, -Infinity])(
    "a loss of %d: the parameters of the last finite loss come back",
    async (value) => {
      const { error, opt, before, after } = await broken(4, () => value);
      expect(error.message).toBe(`adam: step 4, epoch 3: the loss is ${value}`);
      expect([error.step, error.parameter, opt.t]).toEqual([4, undefined, 3]);
      expect(after).toBe(before[2]);
    },
  );

  test("a gradient: the message names the parameter", async () => {
    const { error, opt, before, after } = await broken(3, (opt) => {
      opt.grads.b[1] = Number.NaN;
      return 1;
    });
    expect(error.message).toBe('adam: step 3, epoch 2: the gradient of "b" is not finite');
    expect([error.step, error.parameter, opt.t]).toEqual([3, "b", 2]);
    expect(after).toBe(before[1]);
  });

  test("loss and gradient", async () => {
    const { error } = await broken(1, (opt) => {
      opt.grads.a[0] = Infinity;
      return Number.NaN;
    });
    expect(error.message).toBe('adam: step 1, epoch 0: the loss is NaN and the gradient of "a" is not finite');
    expect(error.parameter).toBe("a");
  });

  test("at the first step: the parameters stay as they were given", async () => {
    const { after } = await broken(1, () => Number.NaN);
    expect(after).toBe(JSON.stringify(both().params));
  });

  test("the error carries what was learnt until then", async () => {
    const { error } = await broken(4, () => Number.NaN);
    expect(error.history.loss).toEqual([1, 1, 1]);
    expect(error.history.lr).toEqual([0.1, 0.1, 0.1]);
  });

  test("parameters that are not finite at the start", async () => {
    const opt = sgd({ a: 1, b: Float32Array.of(1, Infinity) });
    const error = await failure(fit(opt, { count: 1, epochs: 1, gradient: () => 1 }));
    expect(error.message).toBe('sgd: step 1, epoch 0: parameter "b" is not finite at the start');
  });

  test("a step that overflows: caught at once, though loss and gradient were finite", async () => {
    const opt = sgd({ x: Float32Array.of(3e38, 1) }, { lr: 1e10 });
    const error = await failure(
      fit(opt, {
        count: 1,
        epochs: 5,
        gradient: () => {
          opt.grads.x.set([-1e30, 0]);
          return 1;
        },
      }),
    );
    expect(error.message).toBe('sgd: step 1, epoch 0: the step made parameter "x" infinite or NaN');
    expect([...opt.params.x]).toEqual([Math.fround(3e38), 1]);
  });

  test("between the phases of a step: the unmoved parameters come back", async () => {
    const opt = nesterov({ x: Float32Array.of(1) }, { lr: 0.1 });
    const unmoved: number[] = [1];
    await failure(
      fit(opt, {
        count: 1,
        epochs: 9,
        twoPhase: true,
        onStep: () => unmoved.push(opt.params.x[0]),
        gradient: () => {
          opt.grads.x[0] = opt.params.x[0];
          return unmoved.length === 4 ? Number.NaN : 1;
        },
      }),
    );
    expect(opt.shifted).toBe(false);
    expect(opt.params.x[0]).toBe(unmoved[2]);
  });
});

test("an error in the caller's gradient passes through and leaves the parameters unshifted", async () => {
  const opt = nesterov({ x: Float32Array.of(1) });
  const options = {
    count: 1,
    epochs: 1,
    twoPhase: true,
    gradient: () => {
      throw new Error("out of data");
    },
  };
  await expect(fit(opt, options)).rejects.toThrow("out of data");
  expect([opt.shifted, opt.t, opt.params.x[0]]).toEqual([false, 0, 1]);
});

describe("bad input: nothing is done", () => {
  const fine = { count: 10, epochs: 1, gradient: () => 1 };
  test.each<[string, unknown, ErrorConstructor, string]>([
    ["no options", undefined, TypeError, "fit: options expected an object, got undefined"],
    ["count", { ...fine, count: 0 }, RangeError, "fit: count expected an integer of at least 1, got 0"],
    ["epochs", { ...fine, epochs: 1.5 }, RangeError, "fit: epochs expected an integer of at least 1, got 1.5"],
    ["gradient", { ...fine, gradient: 3 }, TypeError, "fit: gradient expected a function, got 3"],
    ["batch", { ...fine, batch: 0 }, RangeError, 'fit: batch, if not "all", expected an integer of at least 1, got 0'],
    [
      "dropLast",
      { ...fine, batch: 11, dropLast: true },
      RangeError,
      "fit: batch with dropLast expected at most the 10 examples, got 11",
    ],
    ["seed", { ...fine, seed: "x" }, TypeError, 'fit: seed expected an integer of at least 0, got "x"'],
    ["onStep", { ...fine, onStep: {} }, TypeError, "fit: onStep expected a function, got [object Object]"],
    ["validation", { ...fine, validation: 0.5 }, TypeError, "fit: validation expected a function, got 0.5"],
    ["restoreBest", { ...fine, restoreBest: 1 }, TypeError, "fit: restoreBest expected true or false, got 1"],
    ["stop", { ...fine, stop: true }, TypeError, "fit: stop expected a function, got true"],
    ["signal", { ...fine, signal: "abort" }, TypeError, 'fit: signal expected an AbortSignal, got "abort"'],
    ["twoPhase", { ...fine, twoPhase: 1 }, TypeError, "fit: twoPhase expected true or false, got 1"],
    ["twoPhase of a rule with one", { ...fine, twoPhase: true }, TypeError, "fit: twoPhase expected false for sgd, got true"],
    [
      "a promise of no answer from stop",
      { ...fine, stop: async () => 1 },
      TypeError,
      "fit: the result of stop expected true or false, got 1",
    ],
    [
      "misspelt",
      { ...fine, epoch: 3 },
      TypeError,
      'fit: unknown option "epoch"; did you mean epochs? The options are count, batch, epochs, gradient',
    ],
    ["no loss", { ...fine, gradient: () => {} }, TypeError, "fit: gradient expected to return the loss, a number, got undefined"],
    [
      "a promise of no loss",
      { ...fine, gradient: async () => "1" },
      TypeError,
      'fit: gradient expected to return the loss, a number, got "1"',
    ],
  ])("%s", async (_, options, type, message) => {
    const opt = make();
    const promise = fit(opt, options as FitOptions);
    await expect(promise).rejects.toThrow(type);
    await expect(promise).rejects.toThrow(message);
    if (!message.startsWith("fit: the result of stop")) expect([opt.t, ...opt.params.x]).toEqual([0, 4, -2, 1]);
  });

  test("an optimizer whose parameters are those of eval()", async () => {
    const opt = scheduleFreeSgd({ x: 1 });
    opt.step();
    opt.eval();
    await expect(fit(opt, fine)).rejects.toThrow("fit: the parameters are those of eval(); expected train() first");
    expect([opt.evaluating, opt.t]).toEqual([true, 1]);
  });

  test("an optimizer that is shifted, and something that is no optimizer", async () => {
    const opt = nesterov({ x: 1 });
    opt.grads.x[0] = 5;
    opt.shift();
    await expect(fit(opt, { ...fine, twoPhase: true })).rejects.toThrow("fit: the optimizer is shifted");
    expect([opt.shifted, opt.grads.x[0]]).toEqual([true, 5]);
    await expect(fit({} as never, fine)).rejects.toThrow(
      "fit: optimizer expected an optimizer of a rule (L-BFGS has step(closure), or minimize), got [object Object]",
    );
  });

  test("options are read once", async () => {
    let reads = 0;
    const options = {
      count: 10,
      gradient: () => 1,
      get epochs() {
        return ++reads;
      },
    };
    expect((await fit(make(), options)).loss.length).toBe(1);
    expect(reads).toBe(1);
  });
});
