import { describe, expect, test, vi } from "vitest";
import { type FitOptions, fit, nesterov, type StepReport, scheduleFreeSgd, sgd } from "../../src/index.js";
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
  test("each epoch passes every example to gradient once, in a new order", async () => {
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
  test("by the caller's stop", async () => {
    const opt = make(0.1);
    const { loss, ended } = await fit(opt, { count: 1, epochs: 100, gradient: bowl(opt), stop: (report) => report.loss < 1 });
    expect(ended).toBe("stop");
    expect(loss[loss.length - 1]).toBeLessThan(1);
    expect(loss[loss.length - 2]).toBeGreaterThanOrEqual(1);
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

  test("a signal in the middle of an epoch ends it after the current step", async () => {
    const opt = make(1e-3);
    const controller = new AbortController();
    const onStep = ({ done }: StepReport) => done === 3 && controller.abort();
    const { ended } = await fit(opt, { count: 10, batch: 1, epochs: 2, gradient: bowl(opt), signal: controller.signal, onStep });
    expect([ended, opt.t]).toEqual(["signal", 3]);
  });

  test("the event loop gets turns", async () => {
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
  test("the event loop gets a turn after more than 50 ms of steps since its last one", async () => {
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
