// A network that tells three species of iris apart, 4 measures -> 16 tanh -> 3 softmax, with gradients by hand. It computes with
// + − × ÷ and comparisons alone: the same bits on every engine.
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { exponential, logarithm } from "../../../src/numerics/arithmetic.js";
import { type Flowers, measures, species } from "./flowers.js";

const hiddenUnits = 16;
export const layers = `${measures}-${hiddenUnits}-${species}`;

/** The parameters or their gradients, by name. */
export type Weights = {
  /** [16, 4] */
  readonly measureToHidden: Float32Array;
  readonly hiddenBias: Float32Array;
  /** [3, 16] */
  readonly hiddenToSpecies: Float32Array;
  readonly speciesBias: Float32Array;
};

export interface Network {
  readonly params: Weights;
  readonly grads: Weights;
}

/** The initial weights as parameters of an optimizer: uniform with variance 1 / inputs. Biases are 0. */
export function initialWeights(seed: number) {
  const random = xoroshiro128plus(seed);
  const matrix = (inputs: number, outputs: number) => {
    const bound = Math.sqrt(3 / inputs);
    const values = Float32Array.from({ length: inputs * outputs }, () => bound * (2 * uniformFloat64(random) - 1));
    return { shape: [outputs, inputs], values };
  };
  return {
    measureToHidden: matrix(measures, hiddenUnits),
    hiddenBias: new Float32Array(hiddenUnits),
    hiddenToSpecies: matrix(hiddenUnits, species),
    speciesBias: new Float32Array(species),
  };
}

/** The hyperbolic tangent. */
export function tanh(x: number): number {
  const small = exponential(x < 0 ? 2 * x : -2 * x);
  const value = (1 - small) / (1 + small);
  return x < 0 ? -value : value;
}

// The outputs of both layers for the current flower.
const hidden = new Float64Array(hiddenUnits);
const scores = new Float64Array(species);

/** Fills `hidden` and `scores`. */
function forward({ measureToHidden, hiddenBias, hiddenToSpecies, speciesBias }: Weights, flowers: Flowers, flower: number): void {
  for (let unit = 0; unit < hiddenUnits; unit++) {
    let sum = hiddenBias[unit];
    for (let k = 0; k < measures; k++) sum += measureToHidden[unit * measures + k] * flowers.measured[flower * measures + k];
    hidden[unit] = tanh(sum);
  }
  for (let kind = 0; kind < species; kind++) {
    let sum = speciesBias[kind];
    for (let unit = 0; unit < hiddenUnits; unit++) sum += hiddenToSpecies[kind * hiddenUnits + unit] * hidden[unit];
    scores[kind] = sum;
  }
}

/** Replaces `scores` by probabilities. Returns the loss: −log(probability of the right species). */
function softmax(right: number): number {
  let highest = scores[0];
  for (let kind = 1; kind < species; kind++) if (scores[kind] > highest) highest = scores[kind];
  const rightScore = scores[right] - highest;
  let sum = 0;
  for (let kind = 0; kind < species; kind++) {
    scores[kind] = exponential(scores[kind] - highest);
    sum += scores[kind];
  }
  for (let kind = 0; kind < species; kind++) scores[kind] /= sum;
  return logarithm(sum) - rightScore;
}

/** Adds the gradient of the mean loss over a batch of flowers to `grads`. Returns the mean loss. */
export function addGradient({ params, grads }: Network, flowers: Flowers, batch: Uint32Array): number {
  const { measureToHidden, hiddenBias, hiddenToSpecies, speciesBias } = grads;
  const weights = params.hiddenToSpecies;
  const share = 1 / batch.length;
  let loss = 0;
  for (const flower of batch) {
    const right = flowers.species[flower];
    forward(params, flowers, flower);
    loss += softmax(right);
    // The derivative of the loss by a score is its probability, minus 1 for the right species.
    scores[right] -= 1;
    for (let kind = 0; kind < species; kind++) {
      scores[kind] *= share;
      speciesBias[kind] += scores[kind];
    }
    for (let unit = 0; unit < hiddenUnits; unit++) {
      let back = 0;
      for (let kind = 0; kind < species; kind++) {
        hiddenToSpecies[kind * hiddenUnits + unit] += scores[kind] * hidden[unit];
        back += scores[kind] * weights[kind * hiddenUnits + unit];
      }
      back *= 1 - hidden[unit] * hidden[unit];
      hiddenBias[unit] += back;
      for (let k = 0; k < measures; k++) measureToHidden[unit * measures + k] += back * flowers.measured[flower * measures + k];
    }
  }
  return loss * share;
}

/** The mean loss over all flowers. */
export function lossOver(params: Weights, flowers: Flowers): number {
  let loss = 0;
  for (let flower = 0; flower < flowers.count; flower++) {
    forward(params, flowers, flower);
    loss += softmax(flowers.species[flower]);
  }
  return loss / flowers.count;
}

/** The number of flowers whose species has the highest score. */
export function countRight(params: Weights, flowers: Flowers): number {
  let right = 0;
  for (let flower = 0; flower < flowers.count; flower++) {
    forward(params, flowers, flower);
    let best = 0;
    for (let kind = 1; kind < species; kind++) if (scores[kind] > scores[best]) best = kind;
    if (best === flowers.species[flower]) right += 1;
  }
  return right;
}
