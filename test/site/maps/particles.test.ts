// Each particle of a swarm takes the steps of a race from its start, bit for bit.
import { describe, expect, test } from "vitest";
import { ruleNames } from "../../../site/playground/options.js";
import { layoutOf, layoutOfRaces, mostParticles } from "../../../site/playground/particles/layout.js";
import { makeParticles, withRate } from "../../../site/playground/particles/particles.js";
import { evenStarts } from "../../../site/playground/particles/starts.js";
import { raceSteps } from "../../../site/playground/race/steps.js";
import type { RacerSetup, State } from "../../../site/playground/state.js";
import { type SurfaceName, surfaceOf } from "../../../site/playground/surfaces.js";

const count = 21; // SIMD loops take 4 or 8 elements at a time, and the last ones alone
const steps = 80;

type Settings = State["settings"];
const none: Settings = new Map();

/** The bits of all particles after each step, and of a race from each start. */
function compare(given: RacerSetup, name: SurfaceName, settings = none, tuned = false): void {
  const surface = surfaceOf(name, settings);
  const setup = withRate(given, surface, { tuned, start: surface.start });
  const starts = evenStarts(surface.bounds, count);
  const particles = makeParticles(setup, surface, settings, starts, layoutOfRaces(setup, surface).kind);
  const races = Array.from({ length: count }, (_, i) => {
    const state = { surface: name, start: [starts[2 * i], starts[2 * i + 1]] as const, racers: [setup], tuned: false, settings };
    return raceSteps(state, steps)[0];
  });
  const seen = races.map(() => new Float32Array(2 * (steps + 1)));
  const last = races.map(() => steps);
  for (let t = 0; t <= steps; t++) {
    if (t > 0) particles.step();
    for (const [i, points] of seen.entries()) {
      points.set(particles.points.subarray(2 * i, 2 * i + 2), 2 * t);
      // A race stands still once a gradient is not finite.
      if (particles.lost[i]) last[i] = Math.min(last[i], t - 1);
    }
  }
  for (const [i, points] of seen.entries()) {
    const end = 2 * (last[i] + 1);
    expect(points.subarray(0, end), `particle ${i} of ${setup.rule}`).toEqual(races[i].subarray(0, end));
  }
  particles.dispose();
}

describe("each particle has the bits of a race from its start", () => {
  for (const rule of ruleNames) {
    test(rule, () => {
      for (const surface of ["himmelblau", "beale"] as const) {
        compare({ rule, options: {} }, surface);
        compare({ rule, options: {} }, surface, none, true);
      }
    });
  }

  test("with options of all kinds", () => {
    const setups: RacerSetup[] = [
      { rule: "nesterov", options: { twoPhase: true, lr: 1e-3 } },
      { rule: "adan", options: { lookahead: 5, lr: 0.01 } },
      { rule: "sgd", options: { clipNorm: 1, lr: 0.1 } },
      { rule: "momentum", options: { sam: 0.05, lr: 1e-3 } },
      { rule: "adamw", options: { schedule: "cosine:50", lr: 0.1, weightDecay: 0.1, decay: "l2" } },
      { rule: "scheduleFreeAdamw", options: { lr: 0.1 } },
      { rule: "asgd", options: { lr: 1e-3, t0: 10 } },
      { rule: "rmsprop", options: { centered: true, momentum: 0.9 } },
      { rule: "muon", options: { lr: 0.1, matchRms: true } },
      { rule: "lamb", options: { ema: 0.9, lr: 0.1 } },
    ];
    for (const setup of setups) compare(setup, "himmelblau");
  });

  test("with batches of a data surface", () => {
    for (const batch of ["1", "32", "150"]) {
      for (const rule of ["momentum", "lars", "dog"]) {
        compare({ rule, options: {} }, "regression", new Map([["batch", batch]]), true);
      }
    }
    compare({ rule: "adam", options: { lr: 0.1 } }, "classification", new Map([["batch", "7"], ["seed", "3"]])); // biome-ignore format: one line
  });

  test("with noise, in the layout of races", () => {
    compare({ rule: "adam", options: { lr: 0.1 } }, "noisy", new Map([["noise", "2"], ["seed", "5"]])); // biome-ignore format: one line
  });

  test("with gradients above the rule's limit and then beyond f32", () => {
    compare({ rule: "sgd", options: { lr: 1 } }, "himmelblau");
    compare({ rule: "adam", options: { lr: 1e6 } }, "himmelblau");
    compare({ rule: "momentum", options: { lr: 1e3 } }, "beale");
  });
});

test("a particle whose gradient is not finite is lost, and the others go on", () => {
  const surface = surfaceOf("himmelblau", none);
  const starts = Float32Array.of(3, 2, 1e30, 1e30, 2.9, 2.1);
  const particles = makeParticles({ rule: "adam", options: { lr: 0.01 } }, surface, none, starts, "elements");
  for (let t = 0; t < 200; t++) particles.step();
  expect([...particles.lost]).toEqual([0, 1, 0]);
  expect(Math.abs(particles.points[4] - 3)).toBeLessThan(0.01);
});

test("noise differs between the particles of a swarm", () => {
  const surface = surfaceOf("noisy", none);
  const starts = Float32Array.of(1, 1, 1, 1);
  const particles = makeParticles(
    { rule: "sgd", options: { lr: 0.1 } },
    surface,
    none,
    starts,
    layoutOf({ rule: "sgd", options: {} }).kind,
  );
  particles.step();
  expect(particles.points[0]).not.toBe(particles.points[2]);
});

test("starts are spread evenly, and more particles keep those of the first", () => {
  const few = evenStarts([-8, 8, -6, 6], 1000);
  const many = evenStarts([-8, 8, -6, 6], 4000);
  expect(many.subarray(0, few.length)).toEqual(few);
  const quarters = new Map<number, number>();
  for (let i = 0; i < few.length; i += 2) {
    const quarter = Number(few[i] > 0) + 2 * Number(few[i + 1] > 0);
    quarters.set(quarter, (quarters.get(quarter) ?? 0) + 1);
  }
  for (const number of quarters.values()) expect(Math.abs(number - 250)).toBeLessThan(10);
});

test("every rule has a layout, and a reason where particles are fewer", () => {
  const rulesOf = (kind: string) => ruleNames.filter((rule) => layoutOf({ rule, options: {} }).kind === kind);
  expect(rulesOf("optimizers")).toEqual(["dog", "prodigy"]);
  expect(rulesOf("tensors")).toEqual(["adafactor", "lamb", "lars", "muon", "novograd", "sm3"]);
  for (const rule of ruleNames) {
    const { kind, because } = layoutOf({ rule, options: {} });
    expect(because).toBe(mostParticles[kind] < mostParticles.elements ? "rule" : undefined);
  }
  expect(layoutOf({ rule: "adam", options: { clipNorm: 1 } })).toEqual({ kind: "optimizers", because: "clipNorm" });
});
