// onStep, onEpoch and stop may return promises: fit waits for them.

import { describe, expect, test } from "vitest";
import { type FitOptions, fit, sgd } from "../../src/index.js";

const names = ["onStep", "onEpoch", "stop"] as const;

const make = () => {
  const opt = sgd({ w: 2 }, { lr: 0.1 });
  const gradient = () => {
    opt.grads.w.fill(1);
    return 1;
  };
  return { opt, data: { count: 2, batch: 1, epochs: 3, gradient } };
};

/** How often each is called in 3 epochs of 2 steps. */
const calls = { onStep: 6, onEpoch: 3, stop: 3 };

describe.each(names)("%s", (name) => {
  test("a promise is awaited before anything else is done", async () => {
    const { opt, data } = make();
    const log: string[] = [];
    const callback = async () => {
      const { t } = opt;
      await new Promise((resolve) => setTimeout(resolve, 2));
      log.push(`${t} ${opt.t}`);
      return false;
    };
    const { ended } = await fit(opt, { ...data, [name]: callback });
    const expected = name === "onStep" ? ["1 1", "2 2", "3 3", "4 4", "5 5", "6 6"] : ["2 2", "4 4", "6 6"];
    expect([ended, log]).toEqual(["epochs", expected]);
  });

  test("anything with a method `then` is awaited", async () => {
    const { opt, data } = make();
    let waited = 0;
    // biome-ignore lint/suspicious/noThenProperty: this is the point.
    const callback = () => ({ then: (resolve: (result: boolean) => void) => resolve(++waited < 0) });
    await fit(opt, { ...data, [name]: callback } as FitOptions);
    expect(waited).toBe(calls[name]);
  });

  test("a rejection rejects fit, and another training can begin", async () => {
    const { opt, data } = make();
    const error = new Error("disk full");
    const promise = fit(opt, { ...data, [name]: () => Promise.reject(error) });
    await expect(promise).rejects.toBe(error);
    expect(opt.t).toBe(name === "onStep" ? 1 : 2);
    expect((await fit(opt, data)).ended).toBe("epochs");
  });

  test("a signal that aborts meanwhile: no step comes after", async () => {
    const { opt, data } = make();
    const controller = new AbortController();
    const callback = async () => {
      await null;
      controller.abort();
      return false;
    };
    const { ended } = await fit(opt, { ...data, [name]: callback, signal: controller.signal });
    expect([ended, opt.t]).toEqual(["signal", name === "onStep" ? 1 : 2]);
  });

  test("rejecting with its reason ends the training in the same way", async () => {
    const { opt, data } = make();
    const controller = new AbortController();
    const callback = () => {
      controller.abort();
      return Promise.reject(controller.signal.reason);
    };
    const { ended } = await fit(opt, { ...data, [name]: callback, signal: controller.signal });
    expect([ended, opt.t]).toEqual(["signal", name === "onStep" ? 1 : 2]);
  });

  test("meanwhile another fit of the optimizer is refused", async () => {
    const { opt, data } = make();
    const errors: unknown[] = [];
    const callback = async () => {
      await null;
      errors.push(await fit(opt, data).catch((error: Error) => error.message));
      return false;
    };
    await fit(opt, { ...data, [name]: callback });
    expect(new Set(errors)).toEqual(new Set(["fit: the optimizer is in another fit; expected that to end first"]));
  });
});

test("stop: a promise of true ends the training", async () => {
  const { opt, data } = make();
  const { ended } = await fit(opt, { ...data, stop: async ({ epoch }) => epoch === 1 });
  expect([ended, opt.t]).toEqual(["stop", 4]);
});
