// A network that tells three species of iris apart, 4 measures -> 16 tanh -> 3 softmax, with gradients by hand. It computes with
// + − × ÷ and comparisons alone: the same bits on every engine.
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { exponential } from "../../../src/numerics/arithmetic.js";
import { highest, type Network, softmax, uniformParameter } from "../networks/network.js";
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

/** The initial weights as parameters of an optimizer: uniform with variance 1 / inputs. Biases are 0. */
export function initialWeights(seed: number) {
  const random = xoroshiro128plus(seed);
  const matrix = (inputs: number, outputs: number) => uniformParameter(random, [outputs, inputs], 1 / inputs);
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

/** Adds the gradient of the mean loss over a batch of flowers to `grads`. Returns the mean loss. */
export function addGradient({ params, grads }: Network<Weights>, flowers: Flowers, batch: Uint32Array): number {
  const { measureToHidden, hiddenBias, hiddenToSpecies, speciesBias } = grads;
  const weights = params.hiddenToSpecies;
  const share = 1 / batch.length;
  let loss = 0;
  for (const flower of batch) {
    const right = flowers.species[flower];
    forward(params, flowers, flower);
    loss += softmax(scores, right);
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
    loss += softmax(scores, flowers.species[flower]);
  }
  return loss / flowers.count;
}

/** The number of flowers whose species has the highest score. */
export function countRight(params: Weights, flowers: Flowers): number {
  let right = 0;
  for (let flower = 0; flower < flowers.count; flower++) {
    forward(params, flowers, flower);
    if (highest(scores) === flowers.species[flower]) right += 1;
  }
  return right;
}
