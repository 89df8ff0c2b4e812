import { describe, expect, test } from "vitest";
import { type EpochReport, earlyStopping, fit, sgd } from "../../src/index.js";

test("stops after patience epochs without an improvement of more than minDelta", () => {
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

/** A function that returns one of these after the other. */
function oneByOne(losses: readonly number[]) {
  let calls = 0;
  return () => losses[calls++];
}

describe("earlyStopping", () => {
  /** The epoch after which it stops, of a training with these losses and validations. */
  const run = (stop: (report: EpochReport) => boolean, losses: number[], validations: (number | undefined)[]) =>
    losses.findIndex((loss, epoch) => stop({ epoch, step: epoch, loss, validation: validations[epoch] }));

  test("uses the validation where there is one", () => {
    expect(run(earlyStopping({ patience: 2 }), [5, 4, 3, 2, 1], [1, 0.5, 0.6, 0.7, 0.8])).toBe(3);
    expect(run(earlyStopping({ patience: 2 }), [5, 6, 7, 8, 9], [5, 4, 3, 2, 1])).toBe(-1);
    expect(run(earlyStopping({ patience: 2 }), [5, 6, 7, 8, 9], [])).toBe(2);
  });

  test("a value that is not finite is worse than all others", () => {
    expect(run(earlyStopping({ patience: 2 }), [5, 4, 3, 2], [1, Number.NaN, Number.NaN])).toBe(2);
    expect(run(earlyStopping({ patience: 2 }), [5, 4, 3, 2], [1, -Infinity, 0.5, 0.4])).toBe(-1);
    expect(run(earlyStopping({ patience: 2 }), [5, 4, 3, 2], [Infinity, Infinity, 3, 2])).toBe(1);
  });

  test("starts again in a new training, also where that begins with a value that is not finite", () => {
    const stop = earlyStopping({ patience: 2 });
    expect(run(stop, [1, 2], [])).toBe(-1);
    expect(run(stop, [Number.NaN, 3, 4, 5], [])).toBe(3);
  });

  test("ends fit", async () => {
    const options = { count: 1, epochs: 9, gradient: () => 1, stop: earlyStopping({ patience: 2 }) };
    const { validation, ended } = await fit(sgd({ x: 3 }), { ...options, validation: oneByOne([3, 2, 4, 4, 1]) });
    expect([validation, ended]).toEqual([[3, 2, 4, 4], "stop"]);
  });
});
