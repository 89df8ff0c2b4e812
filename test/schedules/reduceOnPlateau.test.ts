// Its rules are compared with those of PyTorch in golden.test.ts.
import { expect, test } from "vitest";
import { fit, sgd } from "../../src/index.js";
import { type PlateauState, reduceOnPlateau } from "../../src/schedules/reduceOnPlateau.js";

test("its value depends on the reported losses, not on t", () => {
  const lr = reduceOnPlateau(0.8, { patience: 1, factor: 0.5 });
  const values = [3, 2, 2, 2, 2, 2, 1].map((loss) => {
    lr.report(loss);
    return lr(1e9);
  });
  expect(values).toEqual([0.8, 0.8, 0.8, 0.4, 0.4, 0.2, 0.2]);
});

test.each([Number.NaN, Infinity, -Infinity])("a loss of %d is not an improvement", (loss) => {
  const lr = reduceOnPlateau(1, { patience: 0, factor: 0.5 });
  lr.report(loss);
  expect(lr.state).toEqual({ value: 0.5, best: null, bad: 0, cooldown: 0 });
});

test("its state goes through JSON, at any time", () => {
  const options = { patience: 1, factor: 0.5, cooldown: 2 };
  const losses = [Number.NaN, 5, 4, 4, 4, 4, 4, 4, 4, 3, 4, 4, 4];
  for (let cut = 0; cut <= losses.length; cut++) {
    const [first, second] = [reduceOnPlateau(1, options), reduceOnPlateau(0.3, options)];
    for (const loss of losses.slice(0, cut)) first.report(loss);
    second.state = JSON.parse(JSON.stringify(first.state));
    for (const loss of losses.slice(cut)) {
      first.report(loss);
      second.report(loss);
    }
    expect(second.state).toEqual(first.state);
    expect(second(0)).toBe(first(0));
    expect(first(0)).toBeLessThan(1);
  }
});

test("its state is a copy", () => {
  const lr = reduceOnPlateau(1);
  (lr.state as { value: number }).value = 7;
  expect(lr(0)).toBe(1);
});

test("works in fit", async () => {
  const lr = reduceOnPlateau(0.5, { patience: 0, factor: 0.5 });
  const opt = sgd({ x: 1 }, { lr });
  const { lr: rates } = await fit(opt, { count: 1, epochs: 4, gradient: () => 1, onEpoch: ({ loss }) => lr.report(loss) });
  expect(rates).toEqual([0.5, 0.5, 0.25, 0.125]);
});

test.each<[string, () => unknown, ErrorConstructor, string]>([
  ["start", () => reduceOnPlateau(Number.NaN), RangeError, "reduceOnPlateau: start expected in [0,inf), got NaN"],
  ["misspelt", () => reduceOnPlateau(1, { patient: 1 } as never), TypeError, 'reduceOnPlateau: unknown option "patient"'],
  [
    "mode",
    () => reduceOnPlateau(1, { mode: "least" as never }),
    RangeError,
    'reduceOnPlateau: mode expected one of min, max, got "least"',
  ],
  ["factor", () => reduceOnPlateau(1, { factor: 1 }), RangeError, "reduceOnPlateau: factor expected in [0,1), got 1"],
  [
    "patience",
    () => reduceOnPlateau(1, { patience: -1 }),
    RangeError,
    "reduceOnPlateau: patience expected an integer of at least 0, got -1",
  ],
  [
    "threshold",
    () => reduceOnPlateau(1, { threshold: "1" as never }),
    TypeError,
    'reduceOnPlateau: threshold expected a number in [0,inf), got "1"',
  ],
  [
    "thresholdMode",
    () => reduceOnPlateau(1, { thresholdMode: null as never }),
    TypeError,
    "reduceOnPlateau: thresholdMode expected one of rel, abs, got null",
  ],
  [
    "cooldown",
    () => reduceOnPlateau(1, { cooldown: 0.5 }),
    RangeError,
    "reduceOnPlateau: cooldown expected an integer of at least 0, got 0.5",
  ],
  ["min", () => reduceOnPlateau(1, { min: -1 }), RangeError, "reduceOnPlateau: min expected in [0,inf), got -1"],
  ["eps", () => reduceOnPlateau(1, { eps: Infinity }), RangeError, "reduceOnPlateau: eps expected in [0,inf), got Infinity"],
  ["a report", () => reduceOnPlateau(1).report("1" as never), TypeError, 'reduceOnPlateau: report expected a number, got "1"'],
])("bad input: %s", (_, call, type, message) => {
  expect(call).toThrow(type);
  expect(call).toThrow(message);
});

test.each<[string, unknown]>([
  ["undefined", undefined],
  ["null", null],
  ["empty", {}],
  ["value", { value: -1, best: 1, bad: 0, cooldown: 0 }],
  ["best", { value: 1, best: Number.NaN, bad: 0, cooldown: 0 }],
  ["best", { value: 1, best: "1", bad: 0, cooldown: 0 }],
  ["bad", { value: 1, best: 1, bad: -1, cooldown: 0 }],
  ["cooldown", { value: 1, best: 1, bad: 0, cooldown: 0.5 }],
  ["more", { value: 1, best: 1, bad: 0, cooldown: 0, worst: 3 }],
])("a state that is none is refused, and changes nothing: %s", (_, state) => {
  const lr = reduceOnPlateau(0.5);
  lr.report(3);
  const before = lr.state;
  expect(() => {
    lr.state = state as PlateauState;
  }).toThrow(/^reduceOnPlateau: state/);
  expect(lr.state).toEqual(before);
});
