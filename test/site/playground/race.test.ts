import { describe, expect, it } from "vitest";
import { ruleNames } from "../../../site/playground/options.js";
import { alterationBetween } from "../../../site/playground/race/live.js";
import { arrival, hasDiverged } from "../../../site/playground/race/measures.js";
import { lookAhead } from "../../../site/playground/race/overlays.js";
import { Race } from "../../../site/playground/race/race.js";
import { raceSteps } from "../../../site/playground/race/steps.js";
import { uncorrectedPath } from "../../../site/playground/race/uncorrected.js";
import { makeRacer, tunedRate } from "../../../site/playground/racers.js";
import { parse } from "../../../site/playground/state.js";
import { type Surface, surfaces } from "../../../site/playground/surfaces.js";
import { adam, batches, cosineDecay, nesterov, scheduleFreeSgd, sgd, sophia } from "../../../src/index.js";

const { rosenbrock, beale, kappa } = surfaces;

/** The points of a loop that is written by hand. */
function byHand(steps: number, point: Float32Array, step: (t: number) => void): Float32Array {
  const points = new Float32Array(2 * (steps + 1));
  points.set(point);
  for (let t = 0; t < steps; t++) {
    step(t);
    points.set(point, 2 * (t + 1));
  }
  return points;
}

describe("raceSteps", () => {
  it("equals adam by hand, bit for bit", () => {
    const opt = adam({ p: Float32Array.of(-1.2, 1) }, { lr: 0.05, beta1: 0.8 });
    const expected = byHand(300, opt.params.p, () => {
      rosenbrock.gradient(opt.params.p[0], opt.params.p[1], opt.grads.p);
      opt.step();
    });
    expect(raceSteps(parse("on=rosenbrock&r=adam,lr:0.05,beta1:0.8"), 300)).toEqual([expected]);
  });

  it("equals a schedule, Lookahead and clipping by hand", () => {
    const opt = sgd(
      { p: Float32Array.of(1, 1) },
      { lr: cosineDecay(0.05, { steps: 100 }), clipNorm: 2, lookahead: { every: 4 } },
    );
    const expected = byHand(120, opt.params.p, () => {
      beale.gradient(opt.params.p[0], opt.params.p[1], opt.grads.p);
      opt.step();
    });
    expect(raceSteps(parse("on=beale&r=sgd,lr:0.05,schedule:cosine:100,clipNorm:2,lookahead:4"), 120)).toEqual([expected]);
  });

  it("equals the two-phase form by hand", () => {
    const opt = nesterov({ p: Float32Array.of(1, 2) }, { lr: 0.002 });
    const expected = byHand(100, opt.params.p, () => {
      opt.shift();
      kappa.gradient(opt.params.p[0], opt.params.p[1], opt.grads.p);
      opt.step();
    });
    expect(raceSteps(parse("on=kappa&r=nesterov,lr:0.002,twoPhase:true"), 100)).toEqual([expected]);
  });

  it("equals sharpness-aware minimization by hand", () => {
    const opt = sgd({ p: Float32Array.of(2.2, 0.9) }, { lr: 0.1, sam: { radius: 0.2 } });
    const fill = () => surfaces.wells.gradient(opt.params.p[0], opt.params.p[1], opt.grads.p);
    const expected = byHand(100, opt.params.p, () => {
      fill();
      opt.shift();
      fill();
      opt.step();
    });
    expect(raceSteps(parse("on=wells&r=sgd,lr:0.1,sam:0.2"), 100)).toEqual([expected]);
  });

  it("shows the evaluation weights of Schedule-Free, as by hand", () => {
    const opt = scheduleFreeSgd({ p: Float32Array.of(1, 1) }, { lr: 0.01 });
    const expected = byHand(100, opt.params.p, () => {
      opt.train();
      beale.gradient(opt.params.p[0], opt.params.p[1], opt.grads.p);
      opt.step();
      opt.eval();
    });
    expect(raceSteps(parse("on=beale&r=scheduleFreeSgd,lr:0.01"), 100)).toEqual([expected]);
  });

  it("lets Sophia observe the curvature every ten steps, as by hand", () => {
    const opt = sophia({ p: Float32Array.of(-4, 1) }, { lr: 0.1, weightDecay: 0, batchSize: 1 });
    const expected = byHand(60, opt.params.p, (t) => {
      if (t % 10 === 0) {
        opt.grads.p.fill(Math.sqrt(2));
        opt.observe();
      }
      surfaces.bowl.gradient(opt.params.p[0], opt.params.p[1], opt.grads.p);
      opt.step();
    });
    expect(raceSteps(parse("r=sophia,lr:0.1"), 60)).toEqual([expected]);
  });

  it("draws batches as the library's `batches` does, one epoch after another", () => {
    const surface: Surface = surfaces.regression;
    const opt = sgd({ p: Float32Array.from(surface.start) }, { lr: 0.02 });
    const drawn = [0, 1].flatMap((epoch) => [...batches(150, { size: 32, seed: 5, epoch })]);
    const expected = byHand(10, opt.params.p, (t) => {
      surface.batchGradient?.(opt.params.p[0], opt.params.p[1], drawn[t], 0, drawn[t].length, opt.grads.p);
      opt.step();
    });
    expect(drawn).toHaveLength(10);
    expect(raceSteps(parse("on=regression&r=sgd,lr:0.02&batch=32&seed=5"), 10)).toEqual([expected]);
  });

  it("adds the library's noise, of constant variance, the same to every racer", () => {
    const opt = sgd({ p: Float32Array.of(-4, 1) }, { lr: 0.1, noise: { eta: 0.25, gamma: 0, seed: 9 } });
    const expected = byHand(50, opt.params.p, () => {
      surfaces.bowl.gradient(opt.params.p[0], opt.params.p[1], opt.grads.p);
      opt.step();
    });
    const [first, second] = raceSteps(parse("on=noisy&r=sgd,lr:0.1&r=sgd,lr:0.1&noise=0.5&seed=9"), 50);
    expect(first).toEqual(expected);
    expect(second).toEqual(expected);
  });

  it.each(ruleNames)("runs %s at the tuned rate to a lower loss, twice with the same bits", (rule) => {
    const state = parse(`on=beale&r=${rule}&tuned=1`);
    const [points] = raceSteps(state, 200);
    expect(raceSteps(state, 200)[0]).toEqual(points);
    expect(beale.value(points[400], points[401])).toBeLessThan(beale.value(1, 1) / 4);
  });

  it("lets a racer that diverges stand still", () => {
    const [points] = raceSteps(parse("on=rosenbrock&r=sgd,lr:1"), 200);
    expect(points.slice(-2)).toEqual(points.slice(-4, -2));
  });
});

describe("tunedRate", () => {
  it("is the candidate with the lowest loss after 200 steps", () => {
    const state = parse("r=sgd");
    const loss = (lr: number) => {
      const [points] = raceSteps({ ...state, racers: [{ rule: "sgd", options: { lr } }] }, 200);
      return surfaces.bowl.value(points[400], points[401]);
    };
    const best = tunedRate("sgd", surfaces.bowl, surfaces.bowl.start);
    for (const lr of [0.01, 0.02, 0.05, 0.1, 0.2, 0.5]) expect(loss(best)).toBeLessThanOrEqual(loss(lr));
  });

  it("leaves rules that find their rate at 1", () => {
    expect(tunedRate("prodigy", surfaces.beale, [1, 1])).toBe(1);
  });
});

describe("Race", () => {
  const state = parse("on=rosenbrock&r=adam&r=momentum&tuned=1");

  it("has the same points and state after going back", () => {
    const race = new Race(state);
    race.to(50);
    const m = race.lanes[0].racer?.optimizer.state.m?.point.slice();
    const expected = raceSteps(state, 100);
    race.to(100);
    race.to(50);
    expect(race.lanes[0].racer?.optimizer.state.m?.point).toEqual(m);
    expect(race.reached).toBe(100);
    for (const [i, { points }] of race.lanes.entries()) expect(points.subarray(0, 202)).toEqual(expected[i]);
    race.dispose();
  });

  it("shows the library's message for options that it refuses, and runs the others", () => {
    const race = new Race({ ...state, racers: [{ rule: "adam", options: { beta1: 2 } }, state.racers[1]], step: 10 });
    expect(race.lanes[0].error).toContain("beta1 expected in [0,1)");
    expect(race.lanes[1].racer?.optimizer.t).toBe(10);
    race.dispose();
  });

  it("takes a changed option from the shown step on, and forgets it when it starts over", () => {
    const before = parse("on=rosenbrock&r=sgd,lr:0.001");
    const after = parse("on=rosenbrock&r=sgd,lr:0.0005");
    expect(alterationBetween(before.racers, after)).toEqual({ racer: 0, name: "lr", value: 0.0005 });
    const race = new Race({ ...before, step: 20 });
    race.alter(0, "lr", 0.0005);
    race.to(40);
    expect(race.altered).toBe(true);
    expect(race.lanes[0].points.subarray(0, 42)).toEqual(raceSteps(before, 20)[0]);
    expect(race.lanes[0].points.subarray(80, 82)).not.toEqual(raceSteps(before, 40)[0].slice(-2));
    race.to(0);
    race.to(40);
    expect(race.altered).toBe(false);
    expect(race.lanes[0].points.subarray(0, 82)).toEqual(raceSteps(before, 40)[0]);
    race.dispose();
  });

  it("starts over for options that are read at the start", () => {
    const alteration = (a: string, b: string) => alterationBetween(parse(`r=${a}`).racers, parse(`r=${b}`));
    expect(alteration("rprop", "rprop,lr:0.1")).toBeUndefined();
    expect(alteration("sgd", "sgd,schedule:cosine")).toBeUndefined();
    expect(alteration("sgd,schedule:cosine", "sgd,schedule:cosine,lr:0.1")).toBeUndefined();
    expect(alteration("sgd", "adam")).toBeUndefined();
    expect(alteration("adam", "adam,lr:0.1,beta1:0.5")).toBeUndefined();
    expect(alteration("adam,beta1:0.5", "adam")).toEqual({ racer: 0, name: "beta1", value: 0.9 });
  });
});

describe("measures", () => {
  it("count the steps until the distance stays small, and see divergence", () => {
    const race = new Race({ ...parse("r=sgd,lr:0.5&r=sgd,lr:1"), step: 100 });
    const steps = arrival(race.surface, race.lanes[0], 100);
    const [points] = raceSteps(parse("r=sgd,lr:0.5"), 100);
    const far = (t: number) => Math.hypot(points[2 * t], points[2 * t + 1]) >= 1e-3;
    expect(far((steps ?? 0) - 1)).toBe(true);
    expect(Array.from({ length: 101 - (steps ?? 0) }, (_, i) => far((steps ?? 0) + i))).not.toContain(true);
    expect(hasDiverged(race.surface, race.lanes[0], 100)).toBe(false);
    expect(arrival(race.surface, race.lanes[1], 100)).toBeUndefined();
    expect(hasDiverged(race.surface, race.lanes[1], 100)).toBe(true);
    race.dispose();
  });

  it("find the look-ahead point and change nothing", () => {
    const state = parse("on=kappa&r=nesterov,lr:0.002,twoPhase:true&r=sgd,lr:0.002,sam:0.5&r=adam");
    const race = new Race({ ...state, step: 10 });
    const [two, sam, none] = race.lanes.map((lane) => lookAhead(lane, race.surface));
    const { racer } = race.lanes[0];
    const [x, y] = racer?.point ?? [];
    const b: Float32Array = racer?.optimizer.state.b?.point ?? new Float32Array(2);
    expect(two?.[0]).toBeCloseTo(x - 0.002 * 0.9 * b[0], 5);
    expect(two?.[1]).toBeCloseTo(y - 0.002 * 0.9 * b[1], 5);
    const [sx, sy] = race.lanes[1].racer?.point ?? [];
    expect(Math.hypot((sam?.[0] ?? 0) - sx, (sam?.[1] ?? 0) - sy)).toBeCloseTo(0.5, 4);
    expect(none).toBeUndefined();
    race.to(60);
    for (const [i, points] of raceSteps(state, 60).entries()) expect(race.lanes[i].points.subarray(0, 122)).toEqual(points);
    race.dispose();
  });
});

describe("memory", () => {
  it("is given back", () => {
    const { optimizer, dispose } = makeRacer({ rule: "adam", options: {} }, rosenbrock, parse(""));
    dispose();
    expect(() => optimizer.params).toThrow("disposed");
  });
});

describe("the path of Adam without bias correction", () => {
  const pathOf = (text: string, t: number) => {
    const race = new Race(parse(text));
    const path = uncorrectedPath(race.lanes[0], race.surface, t);
    race.dispose();
    return path;
  };

  it("equals the formula without the correction", () => {
    const [lr, beta1, beta2, eps] = [0.1, 0.8, 0.999, 1e-8];
    const [p, g, m, v] = [Float32Array.of(-1.2, 1), new Float32Array(2), new Float32Array(2), new Float32Array(2)];
    const expected = byHand(60, p, () => {
      rosenbrock.gradient(p[0], p[1], g);
      for (let i = 0; i < 2; i++) {
        m[i] = beta1 * m[i] + (1 - beta1) * g[i];
        v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
        p[i] -= (lr * m[i]) / (Math.sqrt(v[i]) + eps);
      }
    });
    const text = "on=rosenbrock&r=adam,lr:0.1,beta1:0.8&t=60";
    expect(pathOf(text, 60)).toEqual([...expected]);
    expect(pathOf(text, 7)).toEqual([...expected.subarray(0, 16)]);
    const [corrected] = raceSteps(parse(text), 60);
    expect([...corrected]).not.toEqual([...expected]);
  });

  it.each(["r=rmsprop", "r=adam,clipNorm:1", "r=adam,schedule:cosine:30"])("is not there for %s", (racer) => {
    expect(pathOf(`on=rosenbrock&${racer}&t=5`, 5)).toBeUndefined();
  });
});
