// Functions of the caller may not change the optimizer that calls them.

import { describe, expect, test } from "vitest";
import { findRate, fit, minimize, type Optimizer, rules, sgd, sharpness } from "../../src/index.js";
import { type AnyRule, allRules } from "../support/configurations.js";
import { fill, random } from "../support/random.js";

const shapes = { a: [3, 4], b: [5] } as const;

const names = ["a", "b"] as const;

const words = (views: object | undefined) =>
  Object.values<Float32Array>((views ?? {}) as never).map((view) => [...new Uint32Array(view.slice().buffer)]);

/** The whole state of an optimizer. */
const everything = (opt: Optimizer) => {
  const { params, grads, state, average, slow, t, skipped, lossScale, gradNorm, shifted, evaluating, progress } = opt;
  const arrays = [params, grads, average, slow, ...Object.values(state)].map(words);
  const groups = opt.groups.map(({ frozen, current, steps }) => ({ frozen, current: { ...current }, steps }));
  const numbers = { t, skipped, lossScale, gradNorm, shifted, evaluating, progress, current: { ...opt.current } };
  return structuredClone({ arrays, groups, ...numbers });
};

const plain = () => ({ a: new Float32Array(12), b: new Float32Array(5) });

/** All that changes an optimizer, and how its error begins. */
const changes: Record<string, (opt: Optimizer) => unknown> = {
  "step() expected to be called": (opt) => opt.step(),
  "step() expected to be called ": (opt) => opt.step(plain(), plain()),
  "shift() expected to be called": (opt) => opt.shift(),
  "unshift() expected to be called": (opt) => opt.unshift(),
  "accumulate() expected to be called": (opt) => opt.accumulate(),
  "observe() expected to be called": (opt) => opt.observe(),
  "eval() expected to be called": (opt) => opt.eval(),
  "train() expected to be called": (opt) => opt.train(),
  "zeroGrad() expected to be called": (opt) => opt.zeroGrad(),
  "discard() expected to be called": (opt) => opt.discard(),
  "relocate() expected to be called": (opt) => opt.relocate({}),
  "hyper.lr expected to be set": (opt) => Object.assign(opt.hyper, { lr: 0.5 }),
  "hyper.lr expected to be set ": (opt) => Object.assign(opt.hyper, { lr: () => 0.5 }),
  "hyper.weightDecay expected to be set": (opt) => Object.assign(opt.hyper, { weightDecay: 0.5 }),
  "groups[0]: hyper.lr expected to be set": (opt) => Object.assign(opt.groups[0]?.hyper as object, { lr: 0.5 }),
  "frozen expected to be set": (opt) => Object.assign(opt.groups[0] as object, { frozen: true }),
  // What uses these.
  "zeroGrad() expected to be called ": (opt) => sharpness(opt, () => 0),
  "discard() expected to be called ": (opt) => findRate(opt, { count: 1, gradient: () => 0 }),
};

const applies = (opt: Optimizer, message: string) =>
  (!message.startsWith("shift") || opt.spec.twoPhase || opt.sam) &&
  (!message.startsWith("observe") || opt.spec.observe) &&
  !(message.startsWith("discard() expected to be called ") && opt.spec.hyper.lr[2]);

/** What asks schedules. */
const asking: Record<string, (opt: Optimizer) => void> = {
  "step()": (opt) => opt.step(),
  "step(params, grads)": (opt) => opt.step(plain(), plain()),
  "shift()": (opt) => opt.shift(),
  "observe()": (opt) => opt.observe(),
};

type Hook = ((opt: Optimizer) => void) | undefined;

/** An optimizer some steps old, whose schedules, its own or those of a group, call a hook. */
function make(rule: AnyRule, ofGroup: boolean) {
  let hook: Hook;
  const schedule = () => {
    hook?.(opt);
    return 0.25;
  };
  const scheduled = { weightDecay: schedule };
  const options = { accumulate: true, ema: true, ...(ofGroup ? { groups: [{ match: ["b"], ...scheduled }] } : scheduled) };
  const opt: Optimizer = rule(shapes, { groups: [{ match: ["b"] }], ...options });
  const source = random(1);
  for (const views of [opt.params, opt.grads]) for (const name of names) fill(views[name] as Float32Array, source);
  opt.step();
  opt.step();
  const set = (next: Hook) => {
    hook = next;
  };
  return { opt, set };
}

const bowl = (opt: Optimizer) => {
  let sum = 0;
  for (const [name, p] of Object.entries<Float32Array>(opt.params)) {
    const g = opt.grads[name] as Float32Array;
    for (let i = 0; i < p.length; i++) {
      g[i] = (g[i] as number) + 2 * (p[i] as number);
      sum += (p[i] as number) ** 2;
    }
  }
  return sum;
};

const chosen = [rules.adam, rules.nesterov, rules.sophia, rules.scheduleFreeAdamw].map((rule) => rule as unknown as AnyRule);

describe.each(allRules.map((rule) => ({ name: rule.spec.name, rule })))("a schedule of $name", ({ name, rule }) => {
  for (const ofGroup of [false, true]) {
    for (const [method, ask] of Object.entries(asking)) {
      if (method === "shift()" && !rule.spec.twoPhase) continue;
      if (method === "observe()" && !rule.spec.observe) continue;
      test(`${ofGroup ? "of a group, " : ""}asked by ${method}, changes nothing of its optimizer`, () => {
        for (const [message, change] of Object.entries(changes)) {
          const { opt, set } = make(rule, ofGroup);
          if (!applies(opt, message)) continue;
          const error = new Error(`${name}: ${message.trim()} between steps, not from a schedule`);
          // What is thrown passes through.
          set(change as never);
          const before = everything(opt);
          expect(() => ask(opt), message).toThrow(error);
          expect(everything(opt), message).toEqual(before);
          // Where the schedule goes on, so does the step.
          const errors: unknown[] = [];
          set((opt) => {
            try {
              change(opt);
            } catch (error) {
              errors.push(error);
            }
          });
          const other = make(rule, ofGroup).opt;
          ask(opt);
          ask(other);
          expect(errors.length, message).toBeGreaterThan(0); // a group asks what it inherits
          for (const one of errors) expect(one, message).toEqual(error);
          expect(everything(opt), message).toEqual(everything(other));
          // And afterwards everything is allowed.
          set(undefined);
          if (opt.shifted) opt.unshift();
          opt.hyper.weightDecay = 0.125;
          opt.step();
        }
      });
    }
  }

  test("may read", () => {
    const { opt, set } = make(rule, false);
    const other = make(rule, false).opt;
    let seen: unknown;
    set((opt) => {
      seen = [everything(opt), opt.firstNonFinite("params"), { ...opt.hyper }];
    });
    const before = everything(opt);
    opt.step();
    other.step();
    expect(seen).toEqual([before, undefined, { ...opt.hyper }]);
    expect(everything(opt)).toEqual(everything(other));
  });

  test("may change another optimizer", () => {
    const { opt, set } = make(rule, true);
    const [outer, inner] = [make(rule, true).opt, make(rule, true).opt];
    const other = make(rule, true).opt;
    set(() => other.step());
    opt.step();
    outer.step();
    inner.step();
    expect([everything(opt), everything(other)]).toEqual([everything(outer), everything(inner)]);
  });
});

test("fit of an optimizer from its schedule is refused, and possible afterwards", async () => {
  let inner: Promise<unknown> | undefined;
  let asks = false;
  const options = { count: 1, epochs: 1, gradient: () => 0 };
  const lr = () => {
    if (asks) inner = fit(opt, options);
    return 0.1;
  };
  const opt: Optimizer = sgd({ x: 1 }, { lr });
  asks = true;
  opt.step();
  asks = false;
  await expect(inner).rejects.toThrow(new Error("sgd: discard() expected to be called between steps, not from a schedule"));
  expect((await fit(opt, options)).ended).toBe("epochs");
});

describe.each(chosen.map((rule) => ({ name: rule.spec.name, rule })))(
  "functions of the caller's, with $name",
  ({ name, rule }) => {
    const uses: [string, readonly string[], (opt: Optimizer, f: () => number) => unknown][] = [
      ["the loss of sharpness", ["zeroGrad", "relocate"], (opt, f) => sharpness(opt, f, { steps: 2, samples: 2 })],
      [
        "the gradient of findRate",
        ["zeroGrad", "relocate", "accumulate", "discard", "observe"],
        (opt, f) => findRate(opt, { count: 4, batch: 2, steps: 5, gradient: f }),
      ],
      [
        "f of minimize",
        ["zeroGrad", "relocate", "accumulate", "discard", "observe", "hyper", "frozen"],
        (opt, f) => {
          const start = Object.fromEntries(Object.entries<Float32Array>(opt.params).map(([name, p]) => [name, p.slice()]));
          return minimize(() => f(), start, { optimizer: () => opt as never, steps: 3 });
        },
      ],
    ];

    test.each(uses)("%s", (visitor, may, use) => {
      for (const evaluating of visitor.includes("sharpness") ? [false, true] : [false]) {
        for (const [message, change] of Object.entries(changes)) {
          const { opt } = make(rule, true);
          if (message.endsWith(" ") || !applies(opt, message) || message.startsWith("relocate")) continue;
          if (evaluating) opt.eval();
          if (may.some((word) => message.replace(/^groups.*: /, "").startsWith(word))) {
            expect(
              () =>
                use(opt, () => {
                  const loss = bowl(opt);
                  const kept = names.map((name) => (opt.grads[name] as Float32Array).slice());
                  if (!opt.evaluating) change(opt); // as minimize ends
                  for (const [i, name] of names.entries()) (opt.grads[name] as Float32Array).set(kept[i] as Float32Array);
                  return loss;
                }),
              message,
            ).not.toThrow();
            continue;
          }
          const refused = new Error(`${name}: ${message} between steps, not from ${visitor}`);
          for (const call of [1, 2, 4]) {
            let calls = 0;
            const before = everything(opt);
            expect(
              () =>
                use(opt, () => {
                  calls += 1;
                  if (calls === call) change(opt);
                  return bowl(opt);
                }),
              message,
            ).toThrow(refused);
            expect(calls).toBe(call);
            if (visitor === "f of minimize") break; // whose steps stay
            opt.zeroGrad();
            expect(everything(opt), message).toEqual({
              ...before,
              arrays: before.arrays.map((array, i) => (i === 1 ? words(opt.grads) : array)),
            });
          }
        }
      }
    });
  },
);

test("a call within a call ends, and the outer one goes on", () => {
  const inner: [string, (opt: Optimizer) => unknown][] = [
    ["observe(), which asks a schedule", (opt) => opt.observe()],
    ["sharpness", (opt) => sharpness(opt, () => bowl(opt), { steps: 1, samples: 1 })],
  ];
  for (const [title, call] of inner) {
    const opt: Optimizer = rules.sophia({ x: 2 }, { weightDecay: () => 0.1 });
    const gradient = () => {
      call(opt);
      opt.step();
      return 1;
    };
    expect(() => findRate(opt, { count: 1, gradient }), title).toThrow(
      new Error("sophia: step() expected to be called between steps, not from the gradient of findRate"),
    );
    opt.step();
    expect(opt.t).toBe(1);
  }
});
