import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { ruleNames } from "../../../site/playground/options.js";
import { raceSteps } from "../../../site/playground/race/steps.js";
import { programOf } from "../../../site/playground/shell/code.js";
import { parse, type State } from "../../../site/playground/state.js";
import { surfaceNames } from "../../../site/playground/surfaces.js";

// In the package, so that the programs find it by its name, as those of a visitor do in theirs.
const folder = mkdtempSync(fileURLToPath(new URL("../../../build/programs-", import.meta.url)));
afterAll(() => rmSync(folder, { recursive: true }));

/** What Node prints for the program of a state. */
function output(state: State): string {
  const file = `${folder}/program.mjs`;
  writeFileSync(file, programOf(state));
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
    expect(output(state)).toBe(expected(state));
  });

  it.each(special)("prints the points of %s", (text) => {
    expect(output(parse(text))).toBe(expected(parse(text)));
  });

  it.each(["exponential:0.9:2", "step:5", "inverseTime", "inverseSqrt", "linear:20", "polynomial:30:1.5", "cosine:30:0.01"])(
    "has the schedule %s",
    (schedule) => {
      const state = parse(`r=sgd,lr:0.2,schedule:${schedule}&t=20`);
      expect(output(state)).toBe(expected(state));
    },
  );

  it.each(["restarts:5:2:0.5", "cyclic:0.3:4:6", "oneCycle:30", "noam:5", "warmup:10", "stable:3:5:10"])(
    "has the schedule %s",
    (schedule) => {
      const state = parse(`r=adam,lr:0.2,schedule:${schedule}&t=20`);
      expect(state.racers[0].options.schedule).toBe(schedule);
      expect(output(state)).toBe(expected(state));
    },
  );
});
