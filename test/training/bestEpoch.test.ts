// What fit does after each epoch: validation, the best epoch, and going back to it.

import { describe, expect, test, vi } from "vitest";
import type { Optimizer } from "../../src/engine/optimizer.js";
import {
  adam,
  type EpochReport,
  type FitOptions,
  fit,
  NonFiniteError,
  nesterov,
  scheduleFreeSgd,
  sgd,
  stepDecay,
} from "../../src/index.js";

const bits = (opt: Optimizer) => JSON.stringify([opt.params, opt.state, opt.carry, opt.t, opt.current, opt.gradNorm]);

/** Descent on the sum of squares of x. */
function bowl(opt: Optimizer<{ x: 3 }>) {
  return () => {
    opt.grads.x.set(opt.params.x);
    return opt.params.x.reduce((sum, x) => sum + x * x, 0) / 2;
  };
}

/** A function that returns one of these after the other. */
function oneByOne(losses: readonly number[]) {
  let calls = 0;
  return () => losses[calls++];
}

describe("validation", () => {
  test("validation is called after each epoch, before the report and the judgement", async () => {
    const opt = sgd({ x: 3 });
    const order: string[] = [];
    const reports: EpochReport[] = [];
    let losses = 0;
    const { validation, ended } = await fit(opt, {
      count: 2,
      batch: 1,
      epochs: 3,
      gradient: () => {
        opt.grads.x.fill(1);
        return order.push("gradient");
      },
      validation: () => {
        order.push("validation");
        return ++losses / 2;
      },
      onEpoch: (report) => {
        order.push("onEpoch");
        reports.push(report);
      },
      stop: ({ validation }) => {
        order.push("stop");
        return validation === 1;
      },
    });
    const epoch = ["gradient", "gradient", "validation", "onEpoch", "stop"];
    expect(order).toEqual([...epoch, ...epoch]);
    expect(reports.map(({ epoch, validation }) => [epoch, validation])).toEqual([
      [0, 0.5],
      [1, 1],
    ]);
    expect([validation, ended]).toEqual([[0.5, 1], "stop"]);
  });

  test("without the option, no report has a validation", async () => {
    const reports: EpochReport[] = [];
    const { validation } = await fit(sgd({ x: 3 }), {
      count: 1,
      epochs: 2,
      gradient: () => 1,
      onEpoch: (report) => reports.push(report),
    });
    expect(validation).toEqual([]);
    expect(reports[0].validation).toBeUndefined();
  });

  test.each<[string, (loss: number) => number | Promise<number>]>([
    ["at once", (loss) => loss],
    ["promised", (loss) => new Promise((resolve) => setTimeout(resolve, 1, loss))],
  ])("%s: validation sees the evaluation weights, and training continues with the same bits", async (_, give) => {
    const make = () => scheduleFreeSgd({ x: Float32Array.of(4, -2, 1) }, { lr: 0.3 });
    const data = { count: 2, batch: 1, epochs: 4 };
    const plain = make();
    const shown: string[] = [];
    const onEpoch = () => {
      plain.eval();
      shown.push(String(plain.params.x));
      plain.train();
    };
    await fit(plain, { ...data, gradient: bowl(plain), onEpoch });

    const opt = make();
    const seen: string[] = [];
    const history = await fit(opt, {
      ...data,
      gradient: bowl(opt),
      validation: () => {
        expect(opt.evaluating).toBe(true);
        seen.push(String(opt.params.x));
        return give(opt.params.x[0]);
      },
      onEpoch: () => expect(opt.evaluating).toBe(false),
    });
    expect(seen).toEqual(shown);
    expect(history.validation).toEqual(shown.map((x) => Number(x.split(",")[0])));
    expect(bits(opt)).toBe(bits(plain));
  });

  const error = new Error("no such file");
  test.each<[string, () => unknown, unknown]>([
    [
      "throws",
      () => {
        throw error;
      },
      error,
    ],
    ["is rejected", async () => Promise.reject(error), error],
    ["returns nothing", () => {}, new TypeError("fit: validation expected to return the loss, a number, got undefined")],
    ["promises a word", async () => "1", new TypeError('fit: validation expected to return the loss, a number, got "1"')],
  ])("a validation that %s: the error passes through, after train()", async (_, validation, expected) => {
    const opt = scheduleFreeSgd({ x: 1 });
    const onEpoch = vi.fn();
    const options = { count: 1, epochs: 3, gradient: () => 1, validation, onEpoch } as unknown as FitOptions;
    await expect(fit(opt, options)).rejects.toThrow(expected as Error);
    expect([opt.evaluating, opt.t]).toEqual([false, 1]);
    expect(onEpoch).not.toHaveBeenCalled();
  });

  test("a validation that is not finite is reported unchanged", async () => {
    const losses = [Number.NaN, Infinity, -Infinity, 1];
    const reported: unknown[] = [];
    const { validation, best } = await fit(sgd({ x: 3 }), {
      count: 1,
      epochs: 4,
      gradient: () => 1,
      validation: oneByOne(losses),
      onEpoch: ({ validation }) => reported.push(validation),
    });
    expect(validation).toEqual(losses);
    expect(reported).toEqual(losses);
    expect(best).toEqual({ epoch: 3, loss: 1 });
  });

  test("a validation that throws the reason of the signal ends the training", async () => {
    const opt = scheduleFreeSgd({ x: 1 });
    const controller = new AbortController();
    const validation = async () => {
      controller.abort();
      controller.signal.throwIfAborted();
      return 1;
    };
    const { ended } = await fit(opt, { count: 1, epochs: 3, gradient: () => 1, validation, signal: controller.signal });
    expect([ended, opt.evaluating, opt.t]).toEqual(["signal", false, 1]);
  });
});

describe("the best epoch", () => {
  const make = () => adam({ x: Float32Array.of(4, -2, 1) }, { lr: stepDecay(0.1, { every: 2, factor: 0.5 }), clipNorm: 1 });
  const data = { count: 3, batch: 1 };
  const losses = [3, 1, 2, Number.NaN, 1];

  /** The optimizer after some epochs. */
  async function after(epochs: number, options: Partial<FitOptions> = {}) {
    const opt = make();
    if (epochs > 0) await fit(opt, { ...data, epochs, gradient: bowl(opt), ...options });
    return bits(opt);
  }

  const abort = (when: number) => {
    const controller = new AbortController();
    const onStep = ({ done }: { done: number }) => done === when && controller.abort();
    return { signal: controller.signal, onStep };
  };

  test.each<[string, Partial<FitOptions>]>([
    ["epochs", {}],
    ["stop", { stop: ({ epoch }) => epoch === 2 }],
    ["signal", abort(8)],
  ])("restoreBest restores the optimizer of the best epoch, ended by: %s", async (how, options) => {
    const opt = make();
    const validation = oneByOne(losses);
    const { ended, best } = await fit(opt, {
      ...data,
      epochs: 5,
      gradient: bowl(opt),
      validation,
      restoreBest: true,
      ...options,
    });
    expect(ended).toBe(how);
    expect(best).toEqual({ epoch: 1, loss: 1 });
    expect(bits(opt)).toBe(await after(2));
  });

  test("training continues from the restored epoch", async () => {
    const opt = make();
    const options = { ...data, gradient: bowl(opt), shuffle: false };
    await fit(opt, { ...options, epochs: 5, validation: oneByOne(losses), restoreBest: true });
    await fit(opt, { ...options, epochs: 2 });
    expect(bits(opt)).toBe(await after(4, { shuffle: false }));
  });

  test("without validation, the best epoch is that of the least loss", async () => {
    const opt = make();
    const descent = bowl(opt);
    const rising = oneByOne([1, 2, 3, 4, 5, 6]);
    const gradient = () => {
      descent();
      return rising();
    };
    const { best } = await fit(opt, { ...data, epochs: 2, gradient, restoreBest: true });
    expect(best).toEqual({ epoch: 0, loss: 2 });
    expect(bits(opt)).toBe(await after(1));
  });

  test("without restoreBest, the best epoch is reported, and nothing is copied", async () => {
    const opt = make();
    const copies = vi.spyOn(opt, "snapshot");
    const { best } = await fit(opt, { ...data, epochs: 5, gradient: bowl(opt), validation: oneByOne(losses) });
    expect(best).toEqual({ epoch: 1, loss: 1 });
    expect(bits(opt)).toBe(await after(5));
    expect(copies).not.toHaveBeenCalled();
  });

  test("an epoch is copied when it is the best so far, before onEpoch is called", async () => {
    const opt = make();
    const copies = vi.spyOn(opt, "snapshot");
    const onEpoch = ({ epoch }: EpochReport) => epoch === 1 && opt.params.x.fill(7);
    await fit(opt, { ...data, epochs: 5, gradient: bowl(opt), validation: oneByOne(losses), restoreBest: true, onEpoch });
    expect(copies).toHaveBeenCalledTimes(2);
    expect(bits(opt)).toBe(await after(2));
  });

  test("a signal before the end of the first epoch: no best epoch, and nothing is restored", async () => {
    const opt = make();
    const { best } = await fit(opt, { ...data, epochs: 5, gradient: bowl(opt), restoreBest: true, ...abort(2) });
    expect(best).toBeUndefined();
    expect(opt.t).toBe(2);
  });

  test("a signal between the phases of a step", async () => {
    const train = async (options: Partial<FitOptions>) => {
      const opt = nesterov({ x: Float32Array.of(4, -2, 1) }, { lr: 0.1 });
      const descent = bowl(opt);
      const controller = new AbortController();
      let calls = 0;
      const gradient = () => {
        if (++calls === 8) controller.abort();
        return descent();
      };
      const all = { ...data, epochs: 5, twoPhase: true, gradient, signal: controller.signal, restoreBest: true, ...options };
      const { ended } = await fit(opt, all);
      return [ended, bits(opt), opt.shifted];
    };
    const [, expected] = await train({ epochs: 2 });
    expect(await train({})).toEqual(["signal", expected, false]);
  });

  test("no validation is finite: no best epoch, and nothing is restored", async () => {
    const opt = make();
    const validation = oneByOne([Number.NaN, Infinity, -Infinity]);
    const { best } = await fit(opt, { ...data, epochs: 3, gradient: bowl(opt), validation, restoreBest: true });
    expect(best).toBeUndefined();
    expect(bits(opt)).toBe(await after(3));
  });

  test("an error restores the last good parameters, not the best epoch", async () => {
    const opt = make();
    const descent = bowl(opt);
    const before: string[] = [];
    const gradient = () => {
      before.push(String(opt.params.x));
      return before.length === 9 ? Number.NaN : descent();
    };
    const promise = fit(opt, { ...data, epochs: 5, gradient, validation: oneByOne(losses), restoreBest: true });
    await expect(promise).rejects.toThrow(NonFiniteError);
    expect([String(opt.params.x), opt.t]).toEqual([before[7], 8]);
  });
});

test("restoreBest keeps hyper-parameters that were set later, and restores what schedules gave", async () => {
  const losses = [3, 1, 2, 2];
  let epoch = 0;
  const train = async (set: boolean) => {
    const opt = sgd({ x: 1 }, { lr: (t) => 0.1 / (1 + t), weightDecay: 0 });
    epoch = 0;
    await fit(opt, {
      count: 1,
      epochs: 4,
      gradient: () => 1,
      validation: () => losses[epoch],
      restoreBest: true,
      onEpoch: () => {
        if (set && epoch === 2) opt.hyper.lr = 0.5;
        epoch += 1;
      },
    });
    return [opt.t, opt.current.lr];
  };
  expect(await train(true)).toEqual([2, 0.5]);
  expect(await train(false)).toEqual([2, 0.05]);
});
