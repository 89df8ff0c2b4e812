// The training as a program that runs in Node: the losses and accuracies of the table at the shown round.
import { level, pixelsPerImage, sizes } from "../../data/digits.js";
import { networkParts, randomImports } from "../code/networks.js";
import { entries, literal, program, rateCode } from "../code/rules.js";
import { libraryOptions, ruleOf } from "../options.js";
import { observePeriod } from "../racers.js";
import type { State } from "../state.js";
import type { CommonSchedule } from "./commonSchedules.js";
import { digits, hiddenUnits } from "./network.js";
import { type Batch, type Plan, planOf, type RunPlan, roundsOf } from "./plan.js";
import { accuracyImages, lossImages, search, searchesRate, startValues, updatesPerEpoch } from "./run.js";

/** The schedules of commonSchedules.ts as code, and the functions that they call. */
const schedules: { readonly [name in CommonSchedule]: (updates: number) => readonly [code: string, ...imports: string[]] } = {
  constant: () => ["lr"],
  linear: (updates) => [`linear(lr, { end: 0, steps: ${updates} })`, "linear"],
  cosine: (updates) => [`cosineDecay(lr, { steps: ${updates} })`, "cosineDecay"],
  step: (updates) => [`stepDecay(lr, { every: ${Math.ceil(updates / 3)} })`, "stepDecay"],
  inverse: (updates) => [`inverseTimeDecay(lr, { rate: ${9 / updates} })`, "inverseTimeDecay"],
  warmup(updates) {
    const rise = Math.ceil(updates / 20);
    return [`warmup(cosineDecay(lr, { steps: ${Math.max(1, updates - rise)} }), { steps: ${rise} })`, "cosineDecay", "warmup"];
  },
  oneCycle: (updates) => [`oneCycle(lr, { steps: ${Math.max(2, updates)} }).lr`, "oneCycle"],
};

/** The updates of each run until all have seen the images of the slowest, which has made `rounds` updates. */
export function updatesOf({ runs, epochs }: Pick<Plan, "runs" | "epochs">, rounds: number, count: number): number[] {
  const size = (batch: Batch) => (batch === "all" ? count : Math.min(batch, count));
  const most = Math.max(...runs.map(({ batch }) => size(batch)));
  const each = Math.ceil(count / most);
  const done = rounds > 0 ? Math.min(rounds, epochs * each) : epochs * each;
  const [whole, rest] = [Math.floor(done / each), Math.min((done % each) * most, count)];
  return runs.map(({ batch }) => whole * Math.ceil(count / size(batch)) + Math.ceil(rest / size(batch)));
}

const shared = `
const bytes = new Uint8Array(await (await fetch(address)).arrayBuffer());
const unzip = (data) => new Response(new Blob([data]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
const file = bytes[0] === 0x1f && bytes[1] === 0x8b ? new Uint8Array(await unzip(bytes)) : bytes;
const [trainCount, testCount] = new Uint32Array(file.slice(0, 8).buffer);
// The inked pixels of each image, from 0 to 1, and its digit. The file has two pixels a byte.
const images = Array.from({ length: trainCount + testCount }, (_, image) => {
  const inked = [];
  for (let i = 0; i < pixels; i++) {
    const pair = file[8 + trainCount + testCount + (image * pixels + i - (i % 2)) / 2];
    const ink = level * (i % 2 === 0 ? pair >> 4 : pair & 15);
    if (ink > 0) inked.push([i * units, Math.fround(ink / 255)]);
  }
  return { inked, right: file[8 + image] };
});
const tests = images.slice(trainCount);
function initialWeights() {
  const random = xoroshiro128plus(seed);
  return {
    pixelToHidden: uniform(random, [pixels, units], 2 / pixels),
    hiddenBias: new Float32Array(units),
    hiddenToDigit: uniform(random, [units, digits], 2 / units),
    digitBias: new Float32Array(digits),
  };
}
const hidden = new Float64Array(units);
const scores = new Float64Array(digits);
function forward(pixelToHidden, hiddenBias, hiddenToDigit, digitBias, inked) {
  hidden.set(hiddenBias);
  for (const [row, ink] of inked) for (let unit = 0; unit < units; unit++) hidden[unit] += ink * pixelToHidden[row + unit];
  for (let unit = 0; unit < units; unit++) hidden[unit] = hidden[unit] > 0 ? hidden[unit] : 0;
  scores.set(digitBias);
  for (let unit = 0; unit < units; unit++) {
    if (hidden[unit] === 0) continue;
    for (let k = 0; k < digits; k++) scores[k] += hidden[unit] * hiddenToDigit[unit * digits + k];
  }
}
// A digit drawn from the probabilities in scores.
function drawn(number) {
  let rest = number;
  for (let k = 0; k < digits - 1; k++) if ((rest -= scores[k]) < 0) return k;
  return digits - 1;
}
// Adds the gradient of the mean loss over a batch. Returns the mean loss. With random, labels are drawn from the predictions.
function addGradient(opt, batch, random) {
  const { pixelToHidden, hiddenBias, hiddenToDigit, digitBias } = opt.params;
  const { pixelToHidden: gp, hiddenBias: gh, hiddenToDigit: gd, digitBias: gb } = opt.grads;
  const share = 1 / batch.length;
  let loss = 0;
  for (const image of batch) {
    const { inked, right } = images[image];
    forward(pixelToHidden, hiddenBias, hiddenToDigit, digitBias, inked);
    loss += softmax(scores, right);
    scores[random ? drawn(uniformFloat64(random)) : right] -= 1;
    for (let k = 0; k < digits; k++) gb[k] += scores[k] *= share;
    for (let unit = 0; unit < units; unit++) {
      if (hidden[unit] === 0) continue;
      let sum = 0;
      for (let k = 0; k < digits; k++) {
        gd[unit * digits + k] += hidden[unit] * scores[k];
        sum += hiddenToDigit[unit * digits + k] * scores[k];
      }
      gh[unit] += sum;
      for (const [row, ink] of inked) gp[row + unit] += ink * sum;
    }
  }
  return loss * share;
}
function accuracy(opt) {
  opt.eval();
  const { pixelToHidden, hiddenBias, hiddenToDigit, digitBias } = opt.params;
  const right = tests.filter((image) => {
    forward(pixelToHidden, hiddenBias, hiddenToDigit, digitBias, image.inked);
    return scores.indexOf(Math.max(...scores)) === image.right;
  });
  opt.train();
  return right.length / tests.length;
}
// Trains, and prints the last points of the curves: the mean loss over some images before their updates, and the accuracy.
function train(name, opt, size, updates, twoPhase) {
  const random = xoroshiro128plus(seed);
  let [taken, seen, sum, count] = [0, 0, 0, 0];
  let [loss, right] = [Number.NaN, accuracy(opt)];
  const passes = (next, interval) => Math.floor(seen / interval) < Math.floor(next / interval);
  function update(batch) {
    try {
      if (opt.spec.observe && taken % observePeriod === 0) {
        addGradient(opt, batch, random);
        opt.observe();
      }
      if (twoPhase && !opt.sam) opt.shift();
      const loss = addGradient(opt, batch);
      if (!Number.isFinite(loss)) return Number.NaN;
      if (opt.sam) {
        opt.shift();
        addGradient(opt, batch);
      }
      opt.step();
      return loss;
    } catch (error) {
      if (!(error instanceof NonFiniteError)) throw error;
      return Number.NaN;
    } finally {
      opt.unshift();
    }
  }
  for (let epoch = 0; taken < updates; epoch++) {
    for (const batch of batches(trainCount, { size, seed, epoch })) {
      const one = update(batch);
      if (Number.isNaN(one)) return console.log(name, "diverged at update", taken, "loss", loss, "accuracy", right);
      [taken, sum, count] = [taken + 1, sum + one, count + 1];
      const next = seen + batch.length;
      if (passes(next, lossImages)) [loss, sum, count] = [sum / count, 0, 0];
      if (passes(next, accuracyImages)) right = accuracy(opt);
      seen = next;
      if (taken === updates) break;
    }
  }
  console.log(name, "updates", taken, "loss", loss, "accuracy", right);
}`;

interface Made {
  readonly imports: readonly string[];
  readonly lines: readonly string[];
}

function runProgram({ setup, batch }: RunPlan, plan: Plan, updates: number, count: number): Made {
  const { rule, options } = setup;
  const { hyper, twoPhase } = ruleOf(rule).spec;
  const images = batch === "all" ? count : Math.min(batch, count);
  const [start, , fixed] = hyper.lr;
  const { lr: _, ...given } = { ...startValues(rule, images), ...libraryOptions(options, start) };
  const all = plan.epochs * updatesPerEpoch(count, batch);
  const own = rateCode(setup, "lr");
  const [code, ...imports] = options.schedule !== undefined || fixed ? [own.code, ...own.imports] : schedules[plan.schedule](all);
  const { steps, from, smoothing, least, most } = search;
  const find = `findRate(opt, { ${entries({ steps, from, smoothing })}, count: trainCount, batch: ${Math.min(Math.max(images, least), most)}, seed, gradient: (batch) => addGradient(opt, batch) })`;
  const searches = searchesRate(setup, plan);
  const make = (lr: string) => `${rule}(initialWeights(), { ${entries(given)}, lr: ${lr}, zeroGrad: true })`;
  const shifts = options.twoPhase === true && twoPhase !== undefined;
  return {
    imports: [rule, ...imports, ...(searches ? ["findRate"] : [])],
    lines: [
      "{",
      ...(searches ? [`  let opt = ${make(literal(start))};`] : []),
      `  const lr = ${searches ? `${find}.suggestion ?? ${literal(start)}` : literal(options.lr ?? start)};`,
      `  ${searches ? "" : "const "}opt = ${make(code)};`,
      `  train(${literal(rule)}, opt, ${literal(batch)}, ${updates}, ${shifts});`,
      "}",
    ],
  };
}

/** Where the site has the images. */
const digitsAddress = () => new URL("../../data/output/digits.bin", import.meta.url).href;

/** A program that prints for each run its updates, the last point of the loss curve, and that of the accuracy curve. */
export function programOf(state: Readonly<State>, address = digitsAddress(), count: number = sizes.train): string {
  const plan = planOf(state);
  const updates = updatesOf(plan, roundsOf(state.settings), count);
  const runs = plan.runs.map((run, i) => runProgram(run, plan, updates[i], count));
  const constants = {
    ...{ seed: plan.seed, pixels: pixelsPerImage, units: hiddenUnits, digits, level, observePeriod, lossImages, accuracyImages },
    address,
  };
  return program(
    ["batches", "NonFiniteError", ...runs.flatMap(({ imports }) => imports)],
    randomImports,
    ...Object.entries(constants).map(([name, value]) => `const ${name} = ${literal(value)};`),
    networkParts,
    shared,
    ...runs.flatMap(({ lines }) => lines),
  );
}
