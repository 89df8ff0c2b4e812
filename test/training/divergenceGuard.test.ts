// Losses, gradients and parameters that are not finite: the last good parameters come back.

import { describe, expect, test, vi } from "vitest";
import type { Optimizer } from "../../src/engine/optimizer.js";
import { adam, type FitOptions, fit, NonFiniteError, nesterov, type StepReport, sgd } from "../../src/index.js";

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

  test("the error has the losses and rates of the steps before", async () => {
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

async function thrown(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail("nothing was thrown"),
    (error: unknown) => error,
  );
}

describe("gradients that are not finite", () => {
  const fine = { count: 1, epochs: 9 };

  /** A gradient of 1, but what `at` says of some calls (1 first): the first gradient, and the loss. */
  function gradients(opt: Optimizer, at: { [call: number]: [gradient: number, loss: number] }) {
    let calls = 0;
    return () => {
      calls += 1;
      const [gradient, loss] = at[calls] ?? [1, 1];
      opt.grads.w.fill(1);
      opt.grads.w[0] = gradient;
      return loss;
    };
  }

  async function failure(promise: Promise<unknown>): Promise<NonFiniteError> {
    const error = await thrown(promise);
    expect(error).toBeInstanceOf(NonFiniteError);
    return error as NonFiniteError;
  }

  // The step where the gradient breaks had a finite loss, but is not good; the last good one is the one before.
  test.each<[string, { accumulate?: boolean; sam?: boolean }, Partial<FitOptions>, number]>([
    ["in a piece that is not the last", { accumulate: true }, { count: 4, microBatch: 2 }, 5],
    ["before shift()", { sam: true }, {}, 5],
    ["after shift()", { sam: true }, {}, 6],
  ])("%s: the parameters before the last good step come back", async (_, how, options, call) => {
    const opt = sgd({ "step 1: w": 1, w: 2 }, { lr: 1, ...how });
    const gradient = gradients(opt, { [call]: [Infinity, 1] });
    const error = await failure(fit(opt, { ...fine, ...options, gradient }));
    expect(error.message).toBe('sgd: step 3, epoch 2: the gradient of "w" is not finite');
    expect([error.step, error.parameter, error.history]).toEqual([3, "w", expect.objectContaining({ loss: [1, 1], lr: [1, 1] })]);
    expect([opt.shifted, opt.t, ...opt.params.w]).toEqual([false, 2, -1, -1]);
  });

  test("a parameter whose name looks like a part of the message", async () => {
    const opt = sgd({ "a: step 9: b": 1 });
    const gradient = () => {
      opt.grads["a: step 9: b"].fill(Number.NaN);
      return 1;
    };
    const { message } = await failure(fit(opt, { ...fine, gradient }));
    expect(message).toBe('sgd: step 1, epoch 0: the gradient of "a: step 9: b" is not finite');
  });

  test("a loss that is not finite in the second gradient of sam, or in a piece", async () => {
    const sam = sgd({ w: 2 }, { sam: true });
    const inHalf = await failure(fit(sam, { ...fine, gradient: gradients(sam, { 4: [1, Number.NaN] }) }));
    expect(inHalf.message).toBe("sgd: step 2, epoch 1: the loss is NaN");
    expect([sam.shifted, ...sam.params.w]).toEqual([false, 0, 0]);
    const cut = sgd({ w: 2 }, { accumulate: true });
    const gradient = vi.fn(gradients(cut, { 1: [Number.NaN, Infinity] }));
    const inPiece = await failure(fit(cut, { ...fine, count: 4, microBatch: 2, gradient }));
    expect(inPiece.message).toBe('sgd: step 1, epoch 0: the loss is Infinity and the gradient of "w" is not finite');
    expect(gradient).toHaveBeenCalledTimes(1);
  });

  test("other errors pass through unchanged", async () => {
    const opt = sgd({ w: 2 }, { lr: (t) => (t < 2 ? 0.1 : -1) });
    const error = await thrown(fit(opt, { ...fine, gradient: () => 1 }));
    expect(error).toEqual(new RangeError("sgd: lr as a schedule at t = 2 expected in [0,inf), got -1"));
    expect([opt.t, ...opt.params.w]).toEqual([2, 0, 0]);
    const inner = new NonFiniteError("adam: step 7: the model in the model", 7, "v");
    const gradient = () => {
      throw inner;
    };
    expect(await thrown(fit(sgd({ w: 2 }), { ...fine, gradient }))).toBe(inner);
    expect(inner.history).toEqual({ loss: [], lr: [] });
  });

  describe("skip", () => {
    test("skipped steps are in the number of steps done, and the mean leaves out losses that are not finite", async () => {
      const opt = sgd({ w: 2 }, { lr: 1, nonFinite: "skip" });
      const at = { 2: [Number.NaN, Number.NaN], 3: [Infinity, 4], 4: [1, 7] } as const;
      const steps: StepReport[] = [];
      const losses: number[] = [];
      const history = await fit(opt, {
        count: 6,
        batch: 1,
        epochs: 1,
        gradient: gradients(opt, at as never),
        onStep: (report) => steps.push(report),
        onEpoch: ({ loss }) => losses.push(loss),
      });
      expect(steps.map(({ step, done, skipped }) => [step, done, skipped])).toEqual([
        [1, 1, false],
        [1, 2, true],
        [1, 3, true],
        [2, 4, false],
        [3, 5, false],
        [4, 6, false],
      ]);
      expect(steps[1].loss).toBeNaN();
      expect(history.loss).toEqual([1, Number.NaN, 4, 7, 1, 1]);
      expect(history.lr).toEqual([1, 1, 1, 1, 1, 1]);
      expect(losses).toEqual([(1 + 4 + 7 + 1 + 1) / 5]);
      expect([...opt.params.w]).toEqual([-4, -4]);
    });

    test("only the loss is not finite: the step is done, and the mean is not finite", async () => {
      const opt = sgd({ w: 2 }, { nonFinite: "skip" });
      const losses: number[] = [];
      const gradient = gradients(opt, { 2: [1, Infinity] });
      await fit(opt, { count: 3, batch: 1, epochs: 1, gradient, onEpoch: ({ loss }) => losses.push(loss) });
      expect([losses, opt.t]).toEqual([[Infinity], 3]);
    });

    test("an epoch of skipped steps has no mean", async () => {
      const opt = sgd({ w: 2 }, { nonFinite: "skip" });
      const { best, loss } = await fit(opt, { ...fine, epochs: 1, gradient: gradients(opt, { 1: [Number.NaN, Number.NaN] }) });
      expect([best, loss]).toEqual([undefined, [Number.NaN]]);
    });

    test("in the first gradient of sam", async () => {
      const opt = sgd({ w: 2 }, { lr: 1, nonFinite: "skip", sam: true });
      const skips: boolean[] = [];
      const gradient = gradients(opt, { 3: [Number.NaN, 1], 4: [Number.NaN, 1] });
      await fit(opt, { ...fine, epochs: 3, gradient, onStep: ({ skipped }) => skips.push(skipped) });
      expect(skips).toEqual([false, true, false]);
      expect([opt.shifted, ...opt.params.w]).toEqual([false, -2, -2]);
    });

    test("more than maxSkips in a row: an error, with the parameters of the last step whose loss and gradients were finite", async () => {
      const opt = sgd({ w: 2 }, { lr: 1, nonFinite: "skip", maxSkips: 2 });
      const broken: [number, number] = [Number.NaN, 1];
      const gradient = gradients(opt, { 3: [1, Number.NaN], 4: broken, 5: broken, 6: broken });
      const error = await failure(fit(opt, { ...fine, gradient }));
      expect(error.message).toMatch(/^sgd: step 4, epoch 5: /);
      expect(error.history.loss).toEqual([1, 1, Number.NaN, 1, 1]);
      expect([...opt.params.w]).toEqual([-1, -1]);
    });

    test("a step that overflows is an error with skip, too", async () => {
      const opt = sgd({ w: Float32Array.of(3e38, 1) }, { lr: 1e10, nonFinite: "skip" });
      const error = await failure(fit(opt, { ...fine, gradient: gradients(opt, { 1: [-1e30, 1] }) }));
      expect(error.message).toBe('sgd: step 1, epoch 0: the step made parameter "w" infinite or NaN');
      expect([...opt.params.w]).toEqual([Math.fround(3e38), 1]);
    });
  });

  test("allow: losses, gradients and parameters may be NaN or infinite, also at the start", async () => {
    const opt = sgd({ w: Float32Array.of(Infinity, 0) }, { lr: 1, nonFinite: "allow" });
    const skips: boolean[] = [];
    const { loss } = await fit(opt, {
      ...fine,
      epochs: 3,
      gradient: gradients(opt, { 2: [Number.NaN, Number.NaN] }),
      onStep: ({ skipped }) => skips.push(skipped),
    });
    expect(loss).toEqual([1, Number.NaN, 1]);
    expect(skips).toEqual([false, false, false]);
    expect([opt.t, ...opt.params.w]).toEqual([3, Number.NaN, -3]);
  });
});
