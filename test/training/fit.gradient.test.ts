// How fit comes to the gradient of a step: in pieces, from promises, twice.

import { describe, expect, test, vi } from "vitest";
import type { Optimizer } from "../../src/engine/optimizer.js";
import { adam, type FitOptions, fit, nesterov, type StepReport, sgd } from "../../src/index.js";
import { useClock } from "../support/clock.js";

type Indices = Uint32Array<ArrayBuffer>;

const count = 20;

const xs = Float32Array.from({ length: count }, (_, i) => ((i * 7) % 11) / 5 - 1);

const ys = xs.map((x, i) => 3 * x + 1 + ((i * 5) % 7) / 10);

/** The mean squared error of a line, and its gradient. */
function line(opt: Optimizer<{ w: 2 }>) {
  return (indices: Indices) => {
    let loss = 0;
    const [slope, offset] = opt.params.w;
    for (const i of indices) {
      const error = slope * xs[i] + offset - ys[i];
      loss += error ** 2 / indices.length;
      opt.grads.w[0] += (2 * error * xs[i]) / indices.length;
      opt.grads.w[1] += (2 * error) / indices.length;
    }
    return loss;
  };
}

const bits = (opt: Optimizer) => JSON.stringify([opt.params, opt.state, opt.t]);

const close = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  expect(Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i])))).toBeLessThan(1e-5);

async function thrown(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail("nothing was thrown"),
    (error: unknown) => error,
  );
}

/** A promise, and what settles it. */
function pending<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

describe("microBatch", () => {
  test("cuts each batch into pieces of at most microBatch examples; gradients are 0 before each", async () => {
    const opt = sgd({ w: 2 }, { accumulate: true });
    const seen: number[][] = [];
    const { loss } = await fit(opt, {
      count: 13,
      batch: 7,
      microBatch: 3,
      epochs: 1,
      shuffle: false,
      gradient: (indices) => {
        expect([...opt.grads.w]).toEqual([0, 0]);
        opt.grads.w.fill(1);
        seen.push([...indices]);
        return 1;
      },
    });
    expect(seen).toEqual([[0, 1, 2], [3, 4, 5], [6], [7, 8, 9], [10, 11, 12]]);
    expect([opt.t, loss.length]).toEqual([2, 2]);
  });

  test.each([1, 3, 6])("%d: the same steps and losses as with whole batches", async (microBatch) => {
    const whole = adam({ w: 2 }, { lr: 0.1 });
    const cut = adam({ w: 2 }, { lr: 0.1, accumulate: true });
    const data = { count, batch: 7, epochs: 5 };
    const expected = await fit(whole, { ...data, gradient: line(whole) });
    const steps: number[] = [];
    const onStep = ({ loss }: StepReport) => steps.push(loss);
    const actual = await fit(cut, { ...data, microBatch, gradient: line(cut), onStep });
    close(cut.params.w, whole.params.w);
    close(actual.loss, expected.loss);
    expect(steps).toEqual(actual.loss);
    expect(cut.t).toBe(15);
  });

  test.each([7, 100])(
    "%d: batches of at most microBatch examples give the same bits as without the option",
    async (microBatch) => {
      const whole = adam({ w: 2 }, { lr: 0.1 });
      const cut = adam({ w: 2 }, { lr: 0.1, accumulate: true });
      const data = { count, batch: 7, epochs: 3 };
      const accumulate = vi.spyOn(cut, "accumulate");
      const { loss } = await fit(whole, { ...data, gradient: line(whole) });
      expect((await fit(cut, { ...data, microBatch, gradient: line(cut) })).loss).toEqual(loss);
      expect(bits(cut)).toBe(bits(whole));
      expect(accumulate).not.toHaveBeenCalled();
    },
  );

  test("the loss of a batch in one piece is what gradient returned, bit for bit", async () => {
    expect((await fit(sgd({ w: 2 }), { count: 3, epochs: 1, gradient: () => 0.1 })).loss).toEqual([0.1]);
  });

  test("with twoPhase every piece is taken at the shifted point", async () => {
    const run = async (options: Partial<FitOptions>) => {
      const opt = nesterov({ w: 2 }, { lr: 0.02, accumulate: true });
      await fit(opt, { count, batch: 7, epochs: 3, twoPhase: true, gradient: line(opt), ...options });
      return opt.params.w;
    };
    close(await run({ microBatch: 2 }), await run({}));
  });

  test("gradients accumulated before the training, or in one that failed, are discarded", async () => {
    const opt = sgd({ w: 2 }, { lr: 0.1, accumulate: true });
    const data = { count: 4, batch: 4, microBatch: 2, epochs: 1 };
    opt.grads.w.fill(100);
    opt.accumulate();
    let calls = 0;
    const failing = () => {
      if (++calls === 2) throw new Error("out of data");
      opt.grads.w.fill(100);
      return 1;
    };
    await expect(fit(opt, { ...data, gradient: failing })).rejects.toThrow("out of data");
    opt.grads.w.fill(1);
    opt.step(); // by hand, from these gradients alone
    expect([...opt.params.w]).toEqual([Math.fround(-0.1), Math.fround(-0.1)]);

    opt.grads.w.fill(100);
    opt.accumulate();
    const gradient = () => {
      opt.grads.w.fill(-1);
      return 1;
    };
    await fit(opt, { ...data, gradient });
    expect([...opt.params.w]).toEqual([0, 0]);
  });
});

describe("gradients that are promised", () => {
  test.each<[string, () => Optimizer<{ w: 2 }>, Partial<FitOptions>]>([
    ["of whole batches", () => adam({ w: 2 }, { lr: 0.1 }), {}],
    ["in pieces", () => adam({ w: 2 }, { lr: 0.1, accumulate: true }), { microBatch: 2 }],
    ["in two phases", () => nesterov({ w: 2 }, { lr: 0.01 }), { twoPhase: true }],
    ["twice", () => adam({ w: 2 }, { lr: 0.1, sam: true }), {}],
  ])("%s: the same bits as those of functions that return at once", async (_, make, options) => {
    const run = async (promised: boolean) => {
      const opt = make();
      const now = line(opt);
      const later = async (indices: Indices) => {
        await new Promise((resolve) => setTimeout(resolve, 0));
        return now(indices);
      };
      const { loss } = await fit(opt, { count, batch: 7, epochs: 2, gradient: promised ? later : now, ...options });
      return [bits(opt), loss];
    };
    expect(await run(true)).toEqual(await run(false));
  });

  test("functions that return at once are called without microtasks in between", async () => {
    useClock(); // the event loop gets its turn from time to time
    const opt = sgd({ w: 2 });
    let calls = 0;
    const gradient = () => {
      opt.grads.w.fill(1);
      return ++calls;
    };
    const promise = fit(opt, {
      count: 6,
      batch: 1,
      epochs: 2,
      gradient,
      onStep: () => calls,
      onEpoch: () => calls,
      stop: () => false,
    });
    expect(calls).toBe(12);
    await promise;
  });

  test.each<[string, () => Optimizer, Partial<FitOptions>]>([
    ["a step", () => sgd({ w: 2 }), {}],
    ["two phases", () => nesterov({ w: 2 }), { twoPhase: true }],
    ["the second half of sam", () => sgd({ w: 2 }, { sam: true }), {}],
  ])("a rejection in %s passes through; the parameters are unshifted, and training can begin again", async (_, make, options) => {
    const opt = make();
    const error = new Error("offline");
    let calls = opt.sam ? 0 : 1;
    const gradient = async () => {
      opt.grads.w.fill(1);
      if (++calls === 2) throw error;
      return 1;
    };
    expect(await thrown(fit(opt, { count: 1, epochs: 9, gradient, ...options }))).toBe(error);
    expect([opt.shifted, opt.t, ...opt.params.w]).toEqual([false, 0, 0, 0]);
    expect((await fit(opt, { count: 1, epochs: 1, gradient, ...options })).ended).toBe("epochs");
  });

  test("a second fit with the same optimizer is refused while one runs", async () => {
    const opt = nesterov({ w: Float32Array.of(1, 2) }, { lr: 0.1 });
    const first = pending<number>();
    const running = fit(opt, { count: 1, epochs: 1, twoPhase: true, gradient: () => first.promise });
    opt.grads.w.fill(1);
    const before = bits(opt);
    const gradient = vi.fn(() => 1);
    for (const _ of [1, 2])
      await expect(fit(opt, { count: 1, epochs: 1, gradient })).rejects.toThrow(
        "fit: the optimizer is in another fit; expected that to end first",
      );
    expect(gradient).not.toHaveBeenCalled();
    expect([bits(opt), ...opt.grads.w]).toEqual([before, 1, 1]);

    const other = nesterov({ w: 2 });
    await fit(other, { count: 1, epochs: 1, gradient });
    expect(other.t).toBe(1);

    first.resolve(5);
    expect((await running).loss).toEqual([5]);
    expect(opt.params.w[0]).toBeLessThan(1);
    expect((await fit(opt, { count: 1, epochs: 1, gradient })).ended).toBe("epochs");
  });

  test("training can begin after refused options", async () => {
    const opt = sgd({ w: 2 });
    await expect(fit(opt, { count: 1, epochs: 1, batch: 0, gradient: () => 1 })).rejects.toThrow("batch");
    opt.params.w[0] = Number.NaN;
    await expect(fit(opt, { count: 1, epochs: 1, gradient: () => 1 })).rejects.toThrow("at the start");
    opt.params.w[0] = 0;
    expect((await fit(opt, { count: 1, epochs: 1, gradient: () => 1 })).ended).toBe("epochs");
  });
});

describe("a signal that aborts while a gradient is computed: no step with it", () => {
  /** Aborts in a call of gradient, and then does something. */
  async function aborted(
    opt: Optimizer,
    when: number,
    then: (controller: AbortController) => number | Promise<number>,
    options: Partial<FitOptions> = {},
  ) {
    const controller = new AbortController();
    let calls = 0;
    const gradient = () => {
      opt.grads.w.fill(1);
      if (++calls !== when) return 1;
      controller.abort();
      return then(controller);
    };
    const history = await fit(opt, { count: 4, batch: 4, epochs: 9, signal: controller.signal, gradient, ...options });
    return [history.ended, history.loss.length, opt.t, calls, opt.shifted];
  }

  test.each<[string, () => number | Promise<number>]>([
    ["at once", () => 1],
    ["by a promise", async () => 1],
    ["later", () => new Promise((resolve) => setTimeout(resolve, 5, 1))],
  ])("%s", async (_, then) => {
    expect(await aborted(sgd({ w: 2 }), 3, then)).toEqual(["signal", 2, 2, 3, false]);
  });

  test("between the phases, the pieces, the halves", async () => {
    expect(await aborted(nesterov({ w: 2 }), 2, () => 1, { twoPhase: true })).toEqual(["signal", 1, 1, 2, false]);
    expect(await aborted(sgd({ w: 2 }, { accumulate: true }), 3, () => 1, { microBatch: 2 })).toEqual(["signal", 1, 1, 3, false]);
    const opt = sgd({ w: 2 }, { sam: true });
    expect(await aborted(opt, 4, () => 1)).toEqual(["signal", 1, 1, 4, false]);
    expect([...opt.params.w]).toEqual([Math.fround(-1e-3), Math.fround(-1e-3)]);
  });

  test("throwing its reason ends the training in the same way", async () => {
    const refuse = ({ signal }: AbortController) => Promise.reject(signal.reason);
    expect(await aborted(nesterov({ w: 2 }), 2, refuse, { twoPhase: true })).toEqual(["signal", 1, 1, 2, false]);
    const raise = ({ signal }: AbortController) => {
      throw signal.reason;
    };
    expect(await aborted(sgd({ w: 2 }), 2, raise)).toEqual(["signal", 1, 1, 2, false]);
  });

  test("aborted between two steps: no further gradient is computed", async () => {
    const controller = new AbortController();
    const gradient = vi.fn(() => 1);
    const options = { count: 4, batch: 1, epochs: 9, signal: controller.signal, gradient };
    await fit(sgd({ w: 2 }), { ...options, onStep: ({ done }) => done === 3 && controller.abort() });
    expect(gradient).toHaveBeenCalledTimes(3);
  });

  test("other errors pass through", async () => {
    const error = new Error("offline");
    expect(await thrown(aborted(sgd({ w: 2 }), 2, () => Promise.reject(error)))).toBe(error);
    const reason = new Error("not aborted");
    const signal = { aborted: false, reason } as unknown as AbortSignal;
    const gradient = () => Promise.reject(reason);
    expect(await thrown(fit(sgd({ w: 2 }), { count: 1, epochs: 1, signal, gradient }))).toBe(reason);
  });
});

describe("sam", () => {
  const options = { lr: 0.1, sam: { radius: 0.1 } };
  const data = { count, batch: 7, epochs: 2 };

  test("two gradients of the same examples, the second where shift() moves to; the loss is the first", async () => {
    const opt = adam({ w: 2 }, options);
    const of = line(opt);
    const calls: { indices: Indices; loss: number }[] = [];
    const { loss } = await fit(opt, {
      ...data,
      gradient: (indices) => {
        expect([...opt.grads.w]).toEqual([0, 0]);
        expect(opt.shifted).toBe(calls.length % 2 === 1);
        calls.push({ indices, loss: of(indices) });
        return calls[calls.length - 1].loss;
      },
    });
    expect(calls.length).toBe(12);
    expect(loss).toEqual(calls.filter((_, i) => i % 2 === 0).map(({ loss }) => loss));

    const byHand = adam({ w: 2 }, options);
    const again = line(byHand);
    for (let i = 0; i < calls.length; i += 2) {
      expect(calls[i + 1].indices).toEqual(calls[i].indices);
      byHand.zeroGrad();
      again(calls[i].indices);
      byHand.shift();
      byHand.zeroGrad();
      again(calls[i].indices);
      byHand.step();
    }
    expect(bits(opt)).toBe(bits(byHand));
  });

  test("with microBatch both gradients are accumulated", async () => {
    const whole = adam({ w: 2 }, options);
    const { loss } = await fit(whole, { ...data, gradient: line(whole) });
    const cut = adam({ w: 2 }, { ...options, accumulate: true });
    const of = line(cut);
    const shifted: boolean[] = [];
    const gradient = (indices: Indices) => {
      shifted.push(cut.shifted);
      return of(indices);
    };
    close((await fit(cut, { ...data, microBatch: 3, gradient })).loss, loss);
    close(cut.params.w, whole.params.w);
    expect(shifted.slice(0, 6)).toEqual([false, false, false, true, true, true]);
  });
});

describe("bad input: nothing is done", () => {
  const fine = { count: 10, epochs: 1, gradient: () => 1 };
  const accumulating = () => sgd({ w: 2 }, { accumulate: true });
  test.each<[string, () => Optimizer, unknown, ErrorConstructor, string]>([
    ["microBatch 0", accumulating, { microBatch: 0 }, RangeError, "fit: microBatch expected an integer of at least 1, got 0"],
    [
      "microBatch 1.5",
      accumulating,
      { microBatch: 1.5 },
      RangeError,
      "fit: microBatch expected an integer of at least 1, got 1.5",
    ],
    [
      "microBatch all",
      accumulating,
      { microBatch: "all" },
      TypeError,
      'fit: microBatch expected an integer of at least 1, got "all"',
    ],
    [
      "microBatch without accumulate",
      () => sgd({ w: 2 }),
      { microBatch: 100 },
      TypeError,
      "fit: microBatch expected an optimizer made with accumulate: true",
    ],
    [
      "twoPhase with sam",
      () => nesterov({ w: 2 }, { sam: true }),
      { twoPhase: true },
      TypeError,
      "fit: twoPhase expected false with sam, got true",
    ],
  ])("%s", async (_, make, options, type, message) => {
    const opt = make();
    const error = await thrown(fit(opt, { ...fine, ...(options as object) }));
    expect(error).toBeInstanceOf(type);
    expect((error as Error).message).toBe(message);
    expect([opt.t, opt.shifted]).toEqual([0, false]);
  });
});
