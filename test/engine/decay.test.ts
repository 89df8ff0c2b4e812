// Weight decay: what each kind does, and that it is right at every rate at which one step's decay is more than half an ulp of p.

import { describe, expect, test } from "vitest";
import { adam, type Decay, lamb, momentum, nesterov, qhm, scheduleFreeAdamw, scheduleFreeSgd, sgd } from "../../src/index.js";
import { type AnyRule, allRules } from "../support/configurations.js";
import { fill, random } from "../support/random.js";

describe("weight decay", () => {
  const [lr, weightDecay] = [0.1, 0.5];
  const start = Float32Array.of(1, -2, 3);
  const after = (decay: "l2" | "decoupled" | "independent" | "proximal") => {
    const opt = sgd({ x: start }, { lr, weightDecay, decay });
    opt.grads.x.fill(1);
    opt.step();
    return [...opt.params.x];
  };
  const near = (expected: (p: number) => number) => [...start].map((p) => expect.closeTo(expected(p), 6));

  test("l2, decoupled, independent of the rate, proximal", () => {
    expect(after("l2")).toEqual(near((p) => p - lr * (1 + weightDecay * p)));
    expect(after("decoupled")).toEqual(near((p) => p * (1 - lr * weightDecay) - lr));
    expect(after("independent")).toEqual(near((p) => p * (1 - weightDecay) - lr));
    expect(after("proximal")).toEqual(near((p) => (p - lr) / (1 + lr * weightDecay)));
  });

  test.each(allRules.map((rule) => ({ name: rule.spec.name, rule })))(
    "$name: proximal is the step without decay, divided",
    ({ name, rule }) => {
      if (name === "prodigy" || rule.spec.absorbsDecay) return; // its rate is another; it is a part of the direction
      const step = (options: object) => {
        const opt = rule({ x: fill(new Float32Array(9), random(1)), y: [2, 3] }, { lr: 0.1, ...options });
        for (const array of Object.values<Float32Array>(opt.grads)) fill(array, random(2));
        opt.step();
        return [...opt.params.x, ...opt.params.y];
      };
      const f = Math.fround;
      const part = f((0.1 * weightDecay) / (1 + 0.1 * weightDecay)); // what the division takes away
      expect(step({ weightDecay, decay: "proximal" })).toEqual(step({ weightDecay: 0 }).map((p) => f(p - f(part * p))));
    },
  );

  test("an unknown kind is refused", () => {
    expect(() => adam({ x: 1 }, { decay: "none" as never })).toThrow(
      new RangeError('adam: decay expected one of l2, decoupled, independent, proximal, got "none"'),
    );
    for (const decay of [1, null, true]) expect(() => adam({ x: 1 }, { decay: decay as never })).toThrow(TypeError);
    expect(() => adam({ x: 1 }, { decay: "" as never })).toThrow(RangeError);
    expect(() => adam({ x: 1 }, { decay: "inside" })).toThrow(RangeError);
    expect(() => lamb({ x: 1 }, { decay: "inside" })).not.toThrow();
  });
});

const kinds: Decay[] = ["decoupled", "independent", "proximal"];

const lr = 2 ** -10;

// So that a gradient of 0 moves nothing.
const still: Record<string, Record<string, number>> = {
  asgd: { lambd: 0 },
  yogi: { initialAccumulator: 0 },
};

/** The mean part of itself that one step without gradients takes away from parameters between 1 and 2. */
function decayed(rule: AnyRule, decay: Decay, part: number): number {
  const rate = decay === "independent" ? 1 : rule.spec.name === "dog" ? 1 : lr;
  const start = fill(new Float32Array(64 * 64), random(9), 0.5).map((x) => x + 1.5);
  const opt = rule(
    { x: { shape: [64, 64], values: start } },
    { lr: rate < 1 ? lr : 1, decay, weightDecay: part / rate, ...still[rule.spec.name] },
  );
  opt.step();
  return start.reduce((sum, x, i) => sum + (x - opt.params.x[i]) / x, 0) / start.length;
}

// FTRL makes p anew of the gradients alone; Prodigy does not step without one.
const rules = allRules
  .filter(({ spec }) => !["ftrl", "prodigy"].includes(spec.name))
  .map((rule) => ({ name: rule.spec.name, rule }));

describe.each(rules)("$name", ({ rule }) => {
  test.each(kinds)("%s: takes away what it should, from 1e-7 a step on", (decay) => {
    for (const part of [1e-7, 3e-7, 1e-5, 1e-3, 0.1]) {
      const exact = decay === "proximal" ? part / (1 + part) : part;
      // Each p is rounded once: of 4,096 of them the mean is off by up to 4e-9. As (1 − decay)·p, 1e-7 would be off by 1.9e-8.
      expect(Math.abs(decayed(rule, decay, part) - exact)).toBeLessThanOrEqual(5e-9 + 1e-6 * exact);
    }
  });
});

test("proximal decay uses the rule's own rate, and is applied once where the rule absorbs it", () => {
  const after = (rule: AnyRule, options: object) => {
    const opt = rule({ x: Float32Array.of(1) }, { weightDecay: 1, decay: "proximal", lr: 0.1, ...options });
    opt.step();
    return opt.params.x[0];
  };
  const named = (name: string) => allRules.find(({ spec }) => spec.name === name) as AnyRule;
  for (const name of ["scheduleFreeSgd", "scheduleFreeAdamw"]) expect(after(named(name), {})).toBeCloseTo(1 / 1.1, 6);
  expect(after(named("muon"), { adamScale: 0.5 })).toBeCloseTo(1 / 1.05, 6);
});

describe("weight decay of any kind, at the end of a descent", () => {
  // (x − 1)²/2 and λ·x²/2: the minimum is at 1/(1 + λ); decay that counts without the rate has it elsewhere.
  const kinds = ["l2", "decoupled", "proximal"] as const;
  const [lr, weightDecay] = [0.05, 0.1];
  const plain = [sgd, momentum, nesterov, qhm, scheduleFreeSgd] as unknown as AnyRule[];
  const cases = plain.flatMap((rule) => kinds.map((decay) => ({ name: rule.spec.name, decay, rule })));
  test.each(cases)("$name: $decay", ({ rule, decay }) => {
    const opt = rule({ x: 1 }, { lr, weightDecay, decay, ...(rule.spec.name === "qhm" ? { momentum: 0.9 } : {}) });
    for (let t = 0; t < 20_000; t++) {
      opt.grads.x[0] = opt.params.x[0] - 1;
      opt.step();
    }
    opt.eval();
    // A momentum of 0.9 sums up ten gradients, but not ten decays.
    const part = decay !== "l2" && ["momentum", "nesterov"].includes(rule.spec.name) ? 0.1 : 1;
    expect(opt.params.x[0]).toBeCloseTo(1 / (1 + part * weightDecay), 2);
  });

  test.each(kinds.concat("independent" as never))("Schedule-Free AdamW stays where it is judged: %s", (decay) => {
    const opt = scheduleFreeAdamw({ x: 1 }, { lr: 0.01, weightDecay: 0.01, decay });
    for (let t = 0; t < 20_000; t++) {
      opt.grads.x[0] = opt.params.x[0] - 1;
      opt.step();
    }
    opt.eval();
    expect(Math.abs(opt.params.x[0] - opt.state.z.x[0])).toBeLessThan(0.1);
    expect(opt.params.x[0]).toBeGreaterThan(0);
    // f64 ends at 1 − 5e-6. There a step is divided by next to nothing, which makes as much of the roundings of f32.
    expect(opt.params.x[0]).toBeLessThanOrEqual(1 + 2e-5);
  });

  test("Nesterov in two phases decays as in one", () => {
    for (const decay of ["decoupled", "independent", "proximal"] as const) {
      const [one, two] = [1, 2].map(() => nesterov({ x: Float32Array.of(1) }, { lr: 0.1, weightDecay: 0.5, decay }));
      two.shift();
      for (const opt of [one, two]) opt.step();
      expect(two.params.x[0]).toBeCloseTo(one.params.x[0], 6);
    }
  });
});
