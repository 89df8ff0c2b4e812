// Weight decay that is right at every rate at which one step's decay is more than half an ulp of p.
import { describe, expect, test } from "vitest";
import type { Decay } from "../../src/index.js";
import { type AnyRule, allRules } from "../support/configurations.js";
import { fill, random } from "../support/random.js";

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
