// The claims of the learn pages, tested on the states of their figures. Each page shows its region of this file.
import { describe, expect, test } from "vitest";
import { runEpoch, updatesPerEpoch } from "../../../site/learn/batches/epoch.js";
import { betasOf, bothDescents, stepsOf } from "../../../site/learn/correction/steps.js";
import { lossesOf, mostShift, shiftOf } from "../../../site/learn/shift/losses.js";
import { type SurfaceName, surfaces } from "../../../site/playground/surfaces.js";
import { momentum, rmsprop } from "../../../src/index.js";
import { arrival, crossings, distances, expectNumbers, figure, floor, mean, race, withOptions } from "./pages.js";

describe("a rate too large diverges, a rate too small crawls", () => {
  // #region descent
  const [crawls, arrives, zigzags, diverges] = race("descent", 200);
  const rates = figure("descent").racers.map(({ options }) => Number(options.lr));
  const limit = 2 / 3; // 2 over the bowl's largest curvature

  test("below the limit the loss falls; above it every step ends farther away", () => {
    for (const [i, run] of [crawls, arrives, zigzags].entries()) {
      expect(rates[i]).toBeLessThan(limit);
      for (let t = 1; t <= 200; t++) expect(run.losses[t]).toBeLessThan(run.losses[t - 1]);
    }
    expect(rates[3]).toBeGreaterThan(limit);
    const far = distances(diverges);
    for (let t = 2; t <= 200; t++) expect(far[t]).toBeGreaterThan(far[t - 1]);
  });

  test("the loss below 0.001 comes late if the rate is too small or too large", () => {
    expect([crawls, arrives, zigzags].map(arrival)).toEqual([Infinity, 13, 86]);
    expectNumbers("descent", ...rates, 13, 86, crawls.losses[20].toFixed(1), diverges.losses[20].toFixed(0), limit.toFixed(3));
  });

  test("0.65 goes to and fro across the bowl, 0.3 does not", () => {
    const across = (run: typeof crawls) => run.points.slice(5, 40).map(([x, y]) => x + y);
    expect(crossings(across(zigzags))).toBe(34);
    expect(crossings(across(arrives))).toBe(0);
  });

  test("try this: 0.66 arrives, 0.68 diverges", () => {
    const last = (lr: number) => race("descent", 200, withOptions("descent", 3, { lr }))[3].losses[200];
    expect(last(0.66)).toBeLessThan(0.01);
    expect(last(0.68)).toBeGreaterThan(1e6);
    expectNumbers("descent", 0.66, 0.68);
  });
  // #endregion descent
});

describe("gradient descent stays in a local minimum where momentum gets out", () => {
  // #region minima
  const [descent, ball] = race("minima", 1000);

  test("gradient descent ends in the dent where it begins, momentum in the deepest", () => {
    const { minima } = descent.surface;
    const [x, y] = descent.points[1000];
    const dent = minima.findIndex((m) => Math.hypot(m[0] - x, m[1] - y) < 1e-4);
    expect(dent).toBeGreaterThan(0);
    expect(distances(ball)[1000]).toBeLessThan(1e-4);
    expectNumbers("minima", minima.length, `(−${(-x).toFixed(2)}, ${y.toFixed(2)})`, descent.losses[1000].toFixed(2));
  });

  test("momentum climbs on the way: its loss rises, that of gradient descent never does", () => {
    const rises = (losses: readonly number[]) => losses.slice(1, 100).filter((loss, t) => loss > losses[t]).length;
    expect(rises(descent.losses)).toBe(0);
    expect(rises(ball.losses)).toBeGreaterThan(10);
  });

  test("a momentum of 0.9 ends in another local minimum", () => {
    const [, slower] = race("minima", 1000, withOptions("minima", 1, { momentum: 0.9 }));
    expect(distances(slower)[1000]).toBeGreaterThan(1);
    expectNumbers("minima", 0.95, 0.9);
  });

  test("try this: at a rate of 0.5 gradient descent settles in no dent", () => {
    const [jumps] = race("minima", 1000, withOptions("minima", 0, { lr: 0.5 }));
    const steps = jumps.points
      .slice(-100)
      .map(([x, y], i, all) => (i === 0 ? 1 : Math.hypot(x - all[i - 1][0], y - all[i - 1][1])));
    expect(Math.min(...steps)).toBeGreaterThan(0.1);
    expectNumbers("minima", 0.5);
  });
  // #endregion minima
});

describe("the batch size decides how many updates an epoch has", () => {
  // #region batches
  const state = figure("batches");
  const [N, B] = [150, 32];
  const [batch, mini, stochastic] = [N, B, 1].map((size) => runEpoch(state, size));

  test("batch 1, mini-batch ⌈N/B⌉, stochastic N updates", () => {
    expect([batch, mini, stochastic].map(({ updates }) => updates)).toEqual([1, Math.ceil(N / B), N]);
    expect(state.settings.get("batch")).toBe(String(B));
    expect(updatesPerEpoch(5_000_000, 100_000)).toBe(50);
    expectNumbers("batches", N, B, mini.updates, 50);
  });

  test("more updates at the same rate bring the loss down farther in one epoch", () => {
    const losses = [batch, mini, stochastic].map(({ loss }) => loss);
    expect(losses).toEqual([...losses].sort((a, b) => b - a));
    expectNumbers("batches", ...losses.map((loss) => loss.toFixed(2)));
  });

  test("single examples often point uphill, batches of 32 never do here", () => {
    expect([batch, mini].map(({ against }) => against)).toEqual([0, 0]);
    expect(stochastic.against).toBeGreaterThan(N / 4);
    expectNumbers("batches", stochastic.against, runEpoch(state, 8).updates);
  });
  // #endregion batches
});

describe("a falling rate lets stochastic gradient descent settle", () => {
  // #region decay
  const [constant, falling] = race("decay", 600).map(distances);

  test("both come near in the same time; then only the falling rate comes nearer", () => {
    const near = (run: number[]) => run.findIndex((distance) => distance < 0.5);
    expect(near(falling)).toBeLessThanOrEqual(near(constant) + 1);
    const late = [constant, falling].map((run) => mean(run.slice(300)));
    expect(late[1]).toBeLessThan(late[0] / 3);
    expectNumbers("decay", 0.5, near(falling), ...late.map((distance) => distance.toFixed(2)));
  });

  test("a small constant rate also stays near, but comes late", () => {
    const [small] = race("decay", 600, withOptions("decay", 0, { lr: 0.02 })).map(distances);
    expect(mean(small.slice(300))).toBeLessThan(mean(constant.slice(300)) / 2);
    const near = small.findIndex((distance) => distance < 0.5);
    expect(near).toBeGreaterThan(50);
    expectNumbers("decay", 0.02, near);
  });

  test("try this: a rate that falls too fast stops on the way", () => {
    const [, fast] = race("decay", 600, withOptions("decay", 1, { schedule: "inverseTime:2" })).map(distances);
    expect(Math.min(...fast)).toBeGreaterThan(1);
  });
  // #endregion decay
});

describe("a flat minimum loses less when the test data differ", () => {
  // #region flat
  const state = figure("flat");
  const rises = (shift: number) => {
    const { training, test, minima } = lossesOf(state, shift);
    return minima.map((x) => test(x) - training(x));
  };

  test("both minima have almost the same training loss", () => {
    const { training, minima } = lossesOf(state, 0);
    const [flat, sharp] = minima.map(training);
    expect(Math.abs(flat - sharp)).toBeLessThan(0.01);
    expectNumbers("flat", flat.toFixed(2), sharp.toFixed(2));
  });

  test("at every shift of the slider the sharp minimum loses more", () => {
    for (let shift = -mostShift; shift <= mostShift; shift += 0.05) {
      if (Math.abs(shift) < 0.01) continue;
      const [flat, sharp] = rises(shift);
      expect(sharp).toBeGreaterThan(3 * flat);
    }
    const { test, minima } = lossesOf(state, shiftOf(state));
    expectNumbers("flat", ...minima.map((x) => test(x).toFixed(2)));
  });
  // #endregion flat
});

describe("AdaGrad gives each parameter its own rate, and stalls", () => {
  // #region adagrad
  const [descent, adagrad] = race("adagrad", 200);
  const moves = (run: typeof descent, t: number) => [0, 1].map((i) => Math.abs(run.points[t][i] - run.points[t - 1][i]));

  test("the first step of gradient descent is short along x; AdaGrad's is equal along both", () => {
    const [x, y] = moves(descent, 1);
    expect(x).toBeLessThan(y / 100);
    for (const move of moves(adagrad, 1)) expect(move).toBeCloseTo(0.1, 6);
    expectNumbers("adagrad", x.toFixed(3), y.toFixed(2), 0.1);
    expectNumbers("adagrad", adagrad.points[20][0].toFixed(2), descent.points[20][0].toFixed(2));
  });

  test("its rates only fall, and so it arrives later", () => {
    const rates = (t: number) => {
      const [run] = race("adagrad", t, { racers: figure("adagrad").racers.slice(1) });
      return [...run.optimizer.state.s!.point].map((sum) => 0.1 / Math.sqrt(sum));
    };
    const [first, later] = [rates(1), rates(100)];
    for (const i of [0, 1]) expect(later[i]).toBeLessThan(first[i] / 2);
    expect(arrival(adagrad)).toBeGreaterThan(2 * arrival(descent));
    expectNumbers("adagrad", arrival(descent), arrival(adagrad), first[0].toFixed(0), first[1].toFixed(3), later[1].toFixed(3));
  });

  test("try this: nearer to the line x = 0 gradient descent is later, AdaGrad is not", () => {
    const [y, near] = [1.2, 0.001];
    const [later, same] = race("adagrad", 200, { start: [near, y] }).map(arrival);
    expect(later).toBeGreaterThan(arrival(descent) + 15);
    expect(Math.abs(same - arrival(adagrad))).toBeLessThan(3);
  });

  test("try this: with a rate of 0.3 AdaGrad arrives first", () => {
    expect(arrival(race("adagrad", 200, withOptions("adagrad", 1, { lr: 0.3 }))[1])).toBeLessThan(arrival(descent));
    expectNumbers("adagrad", 0.3);
  });
  // #endregion adagrad
});

describe("RMSProp forgets and does not stall; AdaDelta needs no rate", () => {
  // #region rmsprop
  const [adagrad, rmsprop, adadelta] = race("rmsprop", 1000).map(distances);

  test("at the same rate RMSProp is there while AdaGrad is on the way", () => {
    const [{ options: ofAdagrad }, { options: ofRmsprop }] = figure("rmsprop").racers;
    expect(ofRmsprop.lr).toBe(ofAdagrad.lr);
    expect(rmsprop[100]).toBeLessThan(adagrad[1000] / 5);
    expectNumbers("rmsprop", 0.03, rmsprop[100].toFixed(2), adagrad[100].toFixed(2), adagrad[1000].toFixed(2));
  });

  test("AdaDelta with its defaults starts slowly and arrives", () => {
    expect(figure("rmsprop").racers[2].options).toEqual({});
    expect(adadelta[0] - adadelta[10]).toBeLessThan(0.1 * (rmsprop[0] - rmsprop[10]) + 0.1);
    expect(adadelta[500]).toBeLessThan(0.01);
    expectNumbers("rmsprop", adadelta[20].toFixed(2), adadelta[500].toFixed(3), adadelta[1000].toFixed(3));
  });

  test("a constant rate keeps RMSProp from settling", () => {
    const [, run] = race("rmsprop", 1000);
    const steps = run.points.slice(-100).map(([x, y], i, all) => (i ? Math.hypot(x - all[i - 1][0], y - all[i - 1][1]) : 0.03));
    expect(Math.min(...steps)).toBeGreaterThan(0.02);
  });
  // #endregion rmsprop
});

describe("momentum accelerates along a valley and zigzags less across it", () => {
  // #region momentum
  const [descent, ball] = race("momentum", 300);
  const [along, across] = [floor(descent, ball).map(({ along }) => along), floor(descent, ball).map(({ across }) => across)];

  test("along the valley, momentum is several times as far after 10 steps", () => {
    const [slow, fast] = along.map((u) => u[0] - u[10]);
    expect(fast).toBeGreaterThan(3 * slow);
    expectNumbers("momentum", slow.toFixed(2), fast.toFixed(2), arrival(descent), arrival(ball));
  });

  test("across it, momentum changes sides half as often, and not as far", () => {
    const [often, seldom] = across.map((v) => crossings(v.slice(0, 41)));
    expect(often).toBe(40);
    expect(seldom).toBeLessThan(0.6 * often);
    const way = (v: number[]) => v.slice(1, 41).reduce((sum, value, t) => sum + Math.abs(value - v[t]), 0);
    expect(way(across[1])).toBeLessThan(0.6 * way(across[0]));
    expectNumbers("momentum", often, seldom, ...across.map((v) => way(v).toFixed(0)));
  });

  test("above 2 over the largest curvature, momentum still converges", () => {
    const { racers } = figure("momentum");
    const faster = racers.map(({ rule }) => ({ rule, options: { lr: 0.021 } }));
    const [diverges, converges] = race("momentum", 1000, { racers: faster });
    expect(diverges.losses[1000]).toBeGreaterThan(1e6);
    expect(converges.losses[1000]).toBeLessThan(1e-9);
    expectNumbers("momentum", 0.0198, 0.021);
  });

  test("try this: after 40 steps a momentum of 0.99 is far off, and one of 0.5 is ahead", () => {
    const loss = (momentum: number) => race("momentum", 40, withOptions("momentum", 1, { momentum }))[1].losses[40];
    expect(loss(0.99)).toBeGreaterThan(10 * ball.losses[40]);
    expect(loss(0.5)).toBeLessThan(ball.losses[40]);
    expectNumbers("momentum", 0.99, loss(0.99).toFixed(0), 0.5, loss(0.5).toFixed(3), 0.9);
  });
  // #endregion momentum
});

describe("Nesterov momentum looks ahead and overshoots less", () => {
  // #region nesterov
  const [heavy, ahead] = race("nesterov", 300);
  const [ball, nesterov] = floor(heavy, ahead);

  test("same options, but less past the minimum along the valley, and sooner at rest", () => {
    const [{ options: a }, { options: b }] = figure("nesterov").racers;
    expect(b).toEqual({ ...a, twoPhase: true });
    const [far, near] = [ball, nesterov].map(({ along }) => -Math.min(...along));
    expect(near).toBeLessThan(0.8 * far);
    expect(arrival(ahead)).toBeLessThan(arrival(heavy));
    expectNumbers("nesterov", 0.025, far.toFixed(2), near.toFixed(2), arrival(heavy), arrival(ahead));
  });

  test("across the valley its swings die out at once", () => {
    const swing = ({ across }: typeof ball) => Math.max(...across.slice(10, 40).map(Math.abs));
    expect(swing(nesterov)).toBeLessThan(swing(ball) / 50);
  });

  test("try this: a momentum of 0.95, and rates of 0.06 and 0.08", () => {
    const both = (options: { readonly [name: string]: number }) => {
      const racers = figure("nesterov").racers.map((setup) => ({ ...setup, options: { ...setup.options, ...options } }));
      return race("nesterov", 1000, { racers });
    };
    const [far, near] = floor(...both({ momentum: 0.95 })).map(({ along }) => -Math.min(...along));
    expect(near).toBeLessThan(far);
    expect(both({ lr: 0.06 }).every((run) => arrival(run) < 1000)).toBe(true);
    const [converges, diverges] = both({ lr: 0.08 });
    expect(arrival(converges)).toBeLessThan(1000);
    expect(diverges.losses[1000]).toBeGreaterThan(1e6);
    expectNumbers("nesterov", 0.95, 0.06, 0.08);
  });
  // #endregion nesterov
});

describe("Adam is momentum and RMSProp, with its first steps corrected", () => {
  // #region adam
  const state = figure("adam");
  const betas = betasOf(state);
  const { corrected, uncorrected } = bothDescents(state, betas, stepsOf(state));

  test("its two means are those of momentum and RMSProp", () => {
    const [adam] = race("adam", 0);
    const [sum, squares] = [momentum({ point: 2 }, { momentum: betas.beta1 }), rmsprop({ point: 2 }, { rho: betas.beta2 })];
    for (let t = 1; t <= 50; t++) {
      for (const { grads } of [adam.optimizer, sum, squares]) grads.point.set([3 / t, -t]);
      for (const optimizer of [adam.optimizer, sum, squares]) optimizer.step();
    }
    const { m, v } = adam.optimizer.state;
    expect([...v!.point]).toEqual([...squares.state.v.point]);
    for (const i of [0, 1]) expect(m!.point[i] / ((1 - betas.beta1) * sum.state.b.point[i])).toBeCloseTo(1, 5);
  });

  test("with the correction the first step is lr; without, √1000/10 times that, and then more", () => {
    expect(corrected.moves[0]).toBeCloseTo(1, 5);
    expect(Math.max(...corrected.moves)).toBeLessThan(1.1);
    expect(uncorrected.moves[0]).toBeCloseTo(Math.sqrt(1000) / 10, 3);
    const largest = Math.max(...uncorrected.moves);
    expect(largest).toBeGreaterThan(4);
    expectNumbers("adam", uncorrected.moves[0].toFixed(2), largest.toFixed(1));
  });

  test("so it runs past the minimum", () => {
    const farthest = (run: typeof corrected) => Math.max(...run.points.map(([x]) => x));
    expect(farthest(uncorrected)).toBeGreaterThan(10 * farthest(corrected));
    expectNumbers("adam", farthest(corrected).toFixed(2), farthest(uncorrected).toFixed(2));
  });

  test("with beta2 = 0.9 the uncorrected first step is too short, with 0.99 it is right", () => {
    const first = (beta2: number) => bothDescents(state, { ...betas, beta2 }, 1).uncorrected.moves[0];
    expect(first(0.9)).toBeCloseTo(0.32, 2);
    expect(first(0.99)).toBeCloseTo(1, 3);
    expectNumbers("adam", 0.9, 0.99, first(0.9).toFixed(2));
  });

  test("without momentum the uncorrected first step is longer still", () => {
    const first = bothDescents(state, { ...betas, beta1: 0 }, 1).uncorrected.moves[0];
    expect(first).toBeCloseTo(Math.sqrt(1000), 1);
    expectNumbers("adam", first.toFixed(1));
  });
  // #endregion adam
});

describe("the order of the rules changes from surface to surface", () => {
  // #region which
  /** The step at which each rule of the figure arrives, on another surface from its own start. */
  const arrivals = (surface: SurfaceName) => race("which", 1000, { surface, start: surfaces[surface].start }).map(arrival);

  test("gradient descent is first on the bowl and last on Beale's function", () => {
    const [sgd, momentum, adam] = arrivals(figure("which").surface);
    expect(sgd).toBeLessThan(Math.min(momentum, adam));
    const onBeale = arrivals("beale");
    expect(onBeale[0]).toBeGreaterThan(Math.max(onBeale[1], onBeale[2]));
    expectNumbers("which", sgd, momentum, adam, ...onBeale);
  });

  test("on Rosenbrock's function momentum and Adam arrive in 1,000 steps, gradient descent does not", () => {
    const [sgd, momentum, adam] = arrivals("rosenbrock");
    expect(sgd).toBe(Infinity);
    expect(Math.max(momentum, adam)).toBeLessThan(1000);
  });
  // #endregion which
});
