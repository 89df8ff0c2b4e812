import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import { afterAll, describe, expect, it } from "vitest";
import { pack, unpack } from "../../../site/data/digits.js";
import { field } from "../../../site/playground/basins/field.js";
import { diverged, unfinished } from "../../../site/playground/basins/outcomes.js";
import { gridOf } from "../../../site/playground/basins/passes.js";
import { programOf as basinsProgram } from "../../../site/playground/basins/program.js";
import { shownBy as basinsOf, size } from "../../../site/playground/basins/shown.js";
import { tally } from "../../../site/playground/basins/tally.js";
import { gradientProgram, valueProgram } from "../../../site/playground/code/surfaces.js";
import { results } from "../../../site/playground/flat/jobs.js";
import { planOf } from "../../../site/playground/flat/plan.js";
import { programOf as flatProgram } from "../../../site/playground/flat/program.js";
import { ruleNames } from "../../../site/playground/options.js";
import { programOf } from "../../../site/playground/race/program.js";
import { raceSteps } from "../../../site/playground/race/steps.js";
import { rateAxis } from "../../../site/playground/rates/axes.js";
import { bestCell, cellCount, rateMap } from "../../../site/playground/rates/map.js";
import { programOf as ratesProgram } from "../../../site/playground/rates/program.js";
import { shownBy as ratesOf } from "../../../site/playground/rates/shown.js";
import { parse, type State } from "../../../site/playground/state.js";
import { surfaceNames, surfaceOf } from "../../../site/playground/surfaces.js";
import { countOf } from "../../../site/playground/swarm/pace.js";
import { programOf as swarmProgram } from "../../../site/playground/swarm/program.js";
import { Swarm } from "../../../site/playground/swarm/swarm.js";
import { inked } from "../../../site/playground/training/network.js";
import { roundsOf, planOf as trainingOf } from "../../../site/playground/training/plan.js";
import { programOf as trainingProgram } from "../../../site/playground/training/program.js";
import { Training } from "../../../site/playground/training/training.js";
import { fewDigits } from "../training/data.js";

// In the package, so that the programs find it by its name, as those of a visitor do in theirs.
const folder = mkdtempSync(fileURLToPath(new URL("../../../build/programs-", import.meta.url)));
afterAll(() => rmSync(folder, { recursive: true }));

/** What Node prints for the program of a state. */
function output<S>(state: S, program: (state: S) => string): string {
  const file = `${folder}/program.mjs`;
  writeFileSync(file, program(state));
  return execFileSync(process.execPath, [file], { encoding: "utf8" });
}

const expected = (state: State) =>
  raceSteps(state, state.step)
    .map((points, i) => `${state.racers[i].rule} ${points[2 * state.step]} ${points[2 * state.step + 1]}\n`)
    .join("");

const special = [
  "on=rosenbrock&r=nesterov,twoPhase:true&r=sgd,sam:0.1&r=muon&r=asgd,t0:5&r=scheduleFreeAdamw&r=sophia&t=40&tuned=1",
  "on=beale&r=adam,lr:0.1,ema:0.9,clipNorm:1&r=adamw,weightDecay:0.1,decay:proximal&r=rmsprop,centered:true,lookahead:3&t=30",
  "on=regression&batch=7&seed=3&r=sgd,lr:0.05&r=adam,lr:0.05,sam:0.05&t=70",
  "on=classification&batch=1&r=momentum,lr:0.5&r=sophia&t=50&tuned=1",
  "on=kappa&kappa=3000&r=sgd,lr:1&r=scheduleFreeSgd,lr:100&t=300",
  "from=-0,0.1&r=adam&t=3",
];

describe("the copied program", () => {
  it.each(surfaceNames)("prints the points of the picture on %s, for all rules", (surface) => {
    // Eight racers are the most of a link, but a program takes any number.
    const state = { ...parse(`on=${surface}&t=25&tuned=1&seed=4`), racers: ruleNames.map((rule) => ({ rule, options: {} })) };
    expect(output(state, programOf)).toBe(expected(state));
  });

  it.each(special)("prints the points of %s", (text) => {
    expect(output(parse(text), programOf)).toBe(expected(parse(text)));
  });

  it.each(["exponential:0.9:2", "step:5", "inverseTime", "inverseSqrt", "linear:20", "polynomial:30:1.5", "cosine:30:0.01"])(
    "has the schedule %s",
    (schedule) => {
      const state = parse(`r=sgd,lr:0.2,schedule:${schedule}&t=20`);
      expect(output(state, programOf)).toBe(expected(state));
    },
  );

  it.each(["restarts:5:2:0.5", "cyclic:0.3:4:6", "oneCycle:30", "noam:5", "warmup:10", "stable:3:5:10"])(
    "has the schedule %s",
    (schedule) => {
      const state = parse(`r=adam,lr:0.2,schedule:${schedule}&t=20`);
      expect(state.racers[0].options.schedule).toBe(schedule);
      expect(output(state, programOf)).toBe(expected(state));
    },
  );
});

describe("the copied swarm", () => {
  const shown = (state: State) => {
    const swarm = new Swarm(state, countOf(state));
    for (let t = 0; t < state.step; t++) swarm.step();
    const lines = swarm.lanes.map((lane) => {
      const { at, lost } = swarm.shares(lane);
      const counts = [...at, lost].map((share) => Math.round(share * lane.count));
      return `${lane.setup.rule} ${lane.count} particles; at the minima ${counts.slice(0, -1).join(" ")} lost ${counts.at(-1)}\n`;
    });
    swarm.dispose();
    return lines.join("");
  };

  it.each([
    "on=himmelblau&r=momentum&r=lamb&r=muon&r=adam&tuned=1&t=60&particles=3000",
    "on=rosenbrock&r=sgd,lr:0.01&r=sophia&r=scheduleFreeAdamw&r=nesterov,twoPhase:true&r=rprop&t=40&particles=2000&tuned=1",
    "on=beale&r=dog&r=adam,clipNorm:1&r=sgd,sam:0.1,lr:0.01&r=adam,schedule:cosine:30&t=30&particles=200",
    "on=regression&batch=7&seed=3&r=sgd,lr:0.05&r=adagrad,lr:0.5&t=50",
    "on=noisy&noise=2&seed=1&r=sgd&r=adam&tuned=1&t=30&particles=500",
  ])("counts the particles of %s", (text) => {
    const printed = output(parse(text), swarmProgram);
    expect(printed).toBe(shown(parse(text)));
    expect(printed).toMatch(/at the minima .*[1-9]/);
  });
});

describe("the copied picture of basins", () => {
  const shown = (state: State) => {
    const { surface, setups, budget } = basinsOf(state);
    return setups
      .map((setup) => {
        const grid = gridOf(surface, size);
        const count = grid.columns * grid.rows;
        const [where, steps, known] = [new Uint8Array(count), new Uint16Array(count), new Uint8Array(count)];
        for (const part of field({ setup, surface, settings: state.settings, budget }, grid)) {
          for (const [i, cell] of part.cells.entries()) {
            [where[cell], steps[cell], known[cell]] = [part.where[i], part.steps[i], 1];
          }
        }
        const all = known.reduce((sum, one) => sum + one, 0);
        const rows = tally({ where, steps }, known, surface.minima.length);
        const counted = (at: number) => Math.round((rows.find((row) => row.where === at)?.share ?? 0) * all);
        const minima = surface.minima.map((_, i) => `${counted(i)} (${rows[i].median ?? "-"})`);
        return `${setup.rule} at the minima ${minima.join(" ")} unfinished ${counted(unfinished)} lost ${counted(diverged)}\n`;
      })
      .join("");
  };

  it.each([
    "on=himmelblau&r=sgd,lr:0.02&r=momentum,lr:0.002&steps=60",
    "on=wells&r=lamb,lr:0.1&r=adam,lr:0.1,schedule:exponential&steps=40",
  ])("counts the starts of %s", (text) => {
    expect(output(parse(text), basinsProgram)).toBe(shown(parse(text)));
  });
});

describe("the copied map of rates", () => {
  const shown = (state: State) => {
    const { setup, surface, other, budget } = ratesOf(state);
    const losses = new Float64Array(cellCount(other));
    for (const { cells, losses: some } of rateMap({ setup, surface, state, other, budget }))
      for (const [i, cell] of cells.entries()) losses[cell] = some[i];
    const columns = rateAxis.values.length;
    return rateAxis.values.map((lr, column) => {
      const row = bestCell(Float64Array.from(other.values, (_, row) => losses[row * columns + column]));
      return row === undefined ? `${lr} undefined undefined\n` : `${lr} ${losses[row * columns + column]} ${other.values[row]}\n`;
    });
  };

  it.each(surfaceNames)("has the losses of %s", (name) => {
    const surface = surfaceOf(name, new Map());
    const value = runInNewContext(`${gradientProgram(name, new Map())}\n${valueProgram(name)}\nvalue`);
    const [x0, x1, y0, y1] = surface.bounds;
    for (let i = 0; i < 20; i++) {
      const [x, y] = [x0 + ((x1 - x0) * i) / 19, y0 + ((y1 - y0) * ((7 * i) % 19)) / 19];
      expect(value(x, y)).toBe(surface.value(x, y));
    }
  });

  it.each([
    "on=rosenbrock&r=adam,schedule:inverseTime&other=beta2&steps=20",
    "on=himmelblau&r=rmsprop&other=centered&steps=30",
    "on=classification&batch=9&r=sophia&steps=12",
    "on=beale&r=nesterov,twoPhase:true&r=muon&map=1&steps=10",
    "on=kappa&kappa=30&r=momentum&steps=10",
  ])("prints the lowest losses of %s", (text) => {
    const state = parse(text);
    expect(output(state, ratesProgram)).toBe(shown(state).join(""));
  });
});

describe("the copied comparison of flat minima", () => {
  it.each(["updates=100&seeds=2&seed=3", "rule=adam&rate=0.01&updates=130&seeds=1&batch=20&decay=0.01&radius=0.1&distance=0.3"])(
    "prints the outcomes of %s",
    (text) => {
      const state = parse(text);
      const lines = [...results(planOf(state.settings))].flatMap((one) => {
        if (one.kind !== "outcome") return [];
        const { method, seed, trainLoss, testLoss, testRight, testCount, worst, average, adaptive } = one.outcome;
        return [`${[method, seed, trainLoss, testLoss, testRight / testCount, worst, average, adaptive].join(" ")}\n`];
      });
      expect(lines.length % 6).toBe(0);
      expect(output(state, flatProgram)).toBe(lines.join(""));
    },
  );
});

describe("the copied training", () => {
  const bytes = pack(fewDigits(300, 100));
  const { train, test } = unpack(bytes);
  const data = { train: inked(train), test: inked(test) };
  const address = `data:application/octet-stream;base64,${Buffer.from(bytes).toString("base64")}`;

  const shown = (state: State) => {
    const training = new Training(trainingOf(state), data, () => 0);
    training.advance(roundsOf(state.settings) || Infinity, Infinity);
    const lines = training.runs.map(({ updates, losses, accuracies, failedAt }, i) => {
      const points = `loss ${losses.at(-1)?.loss ?? "NaN"} accuracy ${accuracies.at(-1)?.accuracy}`;
      const count = failedAt === undefined ? `updates ${updates}` : `diverged at update ${failedAt}`;
      return `${state.racers[i].rule} ${count} ${points}\n`;
    });
    training.dispose();
    return lines.join("");
  };

  it.each([
    "r=sgd,lr:0.2&r=adam&r=scheduleFreeAdamw&r=sophia&r=muon&epochs=4&schedule=cosine",
    "r=sgd,lr:0.2&r=sgd,lr:0.02&r=sgd,lr:0.2&batches=all,1,32&epochs=4&rounds=4",
    "r=momentum&r=adam,schedule:inverseTime&r=dog&r=rmsprop,ema:0.9&tuned=1&batch=20&epochs=3&rounds=37&seed=5&schedule=warmup",
    "r=nesterov,twoPhase:true&r=sgd,sam:0.05&r=adam,clipNorm:1&r=sgd,lr:1e9&epochs=4&schedule=oneCycle",
    "r=adagrad&r=sgd&r=adamw&epochs=4&schedule=step&batch=7&rounds=60",
  ])("prints the results of %s", (text) => {
    const state = parse(text);
    expect(output(state, (given) => trainingProgram(given, address, train.count))).toBe(shown(state));
  });
});
