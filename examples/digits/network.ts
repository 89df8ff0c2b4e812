// A network with one hidden layer, 784 pixels -> 32 ReLU -> 10 softmax, with gradients written by hand.
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { type Images, pixelsPerImage } from "./images.js";

const hiddenUnits = 32; // a multiple of 4
const digits = 10;
export const layers = `${pixelsPerImage}-${hiddenUnits}-${digits}`;

/** The parameters or their gradients, by name. The first matrix has a row per pixel, so that blank pixels skip their rows. */
export type Weights = {
  /** [784, 32] */
  readonly pixelToHidden: Float32Array;
  readonly hiddenBias: Float32Array;
  /** [32, 10] */
  readonly hiddenToDigit: Float32Array;
  readonly digitBias: Float32Array;
};

/** The part of an optimizer that the network uses. */
export interface Network {
  readonly params: Weights;
  readonly grads: Weights;
}

/** The initial weights, the same for every training: uniform with variance 2 / inputs (He et al. 2015). Biases are 0. */
export function initialWeights(seed: number): Weights {
  const random = xoroshiro128plus(seed);
  const matrix = (inputs: number, outputs: number) => {
    const bound = Math.sqrt(6 / inputs);
    return Float32Array.from({ length: inputs * outputs }, () => bound * (2 * uniformFloat64(random) - 1));
  };
  return {
    pixelToHidden: matrix(pixelsPerImage, hiddenUnits),
    hiddenBias: new Float32Array(hiddenUnits),
    hiddenToDigit: matrix(hiddenUnits, digits),
    digitBias: new Float32Array(digits),
  };
}

// The current image: its inked pixels and the network's outputs. Allocated once, because the loops below run millions of times.
const inkedPixels = new Uint16Array(pixelsPerImage);
const ink = new Float32Array(pixelsPerImage);
const hidden = new Float32Array(hiddenUnits);
const hiddenGradient = new Float32Array(hiddenUnits);
const scores = new Float32Array(digits);

/**
 * Fills `hidden`, `scores`, `inkedPixels` and `ink` for one image. Returns the number of inked pixels: 4 of 5 are blank. Four hidden units
 * at a time, with sums in registers, are twice as fast as one.
 */
function forward({ pixelToHidden, hiddenBias, hiddenToDigit, digitBias }: Weights, images: Images, image: number): number {
  const first = image * pixelsPerImage;
  let inked = 0;
  for (let pixel = 0; pixel < pixelsPerImage; pixel++) {
    const byte = images.pixels[first + pixel];
    if (byte === 0) continue;
    inkedPixels[inked] = pixel;
    ink[inked++] = byte / 255;
  }
  for (let unit = 0; unit < hiddenUnits; unit += 4) {
    let sum0 = hiddenBias[unit];
    let sum1 = hiddenBias[unit + 1];
    let sum2 = hiddenBias[unit + 2];
    let sum3 = hiddenBias[unit + 3];
    for (let i = 0; i < inked; i++) {
      const x = ink[i];
      const at = inkedPixels[i] * hiddenUnits + unit;
      sum0 += x * pixelToHidden[at];
      sum1 += x * pixelToHidden[at + 1];
      sum2 += x * pixelToHidden[at + 2];
      sum3 += x * pixelToHidden[at + 3];
    }
    hidden[unit] = Math.max(sum0, 0);
    hidden[unit + 1] = Math.max(sum1, 0);
    hidden[unit + 2] = Math.max(sum2, 0);
    hidden[unit + 3] = Math.max(sum3, 0);
  }
  scores.set(digitBias);
  for (let unit = 0; unit < hiddenUnits; unit++) {
    const h = hidden[unit];
    for (let digit = 0; digit < digits; digit++) scores[digit] += h * hiddenToDigit[unit * digits + digit];
  }
  return inked;
}

/** Replaces `scores` by probabilities. Returns the loss: −log(probability of the right digit). */
function softmax(right: number): number {
  let highest = -Infinity;
  for (let digit = 0; digit < digits; digit++) highest = Math.max(highest, scores[digit]);
  const rightScore = scores[right] - highest;
  let sum = 0;
  for (let digit = 0; digit < digits; digit++) {
    scores[digit] = Math.exp(scores[digit] - highest);
    sum += scores[digit];
  }
  for (let digit = 0; digit < digits; digit++) scores[digit] /= sum;
  return Math.log(sum) - rightScore;
}

/** Adds the gradient of the mean loss over a batch of images to `grads`. Returns the mean loss. */
export function addGradient({ params, grads }: Network, images: Images, batch: Uint32Array): number {
  const { hiddenToDigit } = params;
  // Looked up once: a lookup per element would be slower than the arithmetic.
  const {
    pixelToHidden: pixelGradient,
    hiddenBias: biasGradient,
    hiddenToDigit: hiddenToDigitGradient,
    digitBias: digitBiasGradient,
  } = grads;
  const share = 1 / batch.length;
  let loss = 0;
  for (const image of batch) {
    const inked = forward(params, images, image);
    const right = images.labels[image];
    loss += softmax(right);

    // The derivative of the loss by a score is its probability, minus 1 for the right digit.
    scores[right] -= 1;
    for (let digit = 0; digit < digits; digit++) {
      scores[digit] *= share;
      digitBiasGradient[digit] += scores[digit];
    }
    for (let unit = 0; unit < hiddenUnits; unit++) {
      hiddenGradient[unit] = 0;
      const h = hidden[unit];
      if (h === 0) continue; // ReLU has derivative 0
      let sum = 0;
      for (let digit = 0; digit < digits; digit++) {
        hiddenToDigitGradient[unit * digits + digit] += h * scores[digit];
        sum += hiddenToDigit[unit * digits + digit] * scores[digit];
      }
      hiddenGradient[unit] = sum;
      biasGradient[unit] += sum;
    }
    for (let unit = 0; unit < hiddenUnits; unit += 4) {
      const gradient0 = hiddenGradient[unit];
      const gradient1 = hiddenGradient[unit + 1];
      const gradient2 = hiddenGradient[unit + 2];
      const gradient3 = hiddenGradient[unit + 3];
      for (let i = 0; i < inked; i++) {
        const x = ink[i];
        const at = inkedPixels[i] * hiddenUnits + unit;
        pixelGradient[at] += x * gradient0;
        pixelGradient[at + 1] += x * gradient1;
        pixelGradient[at + 2] += x * gradient2;
        pixelGradient[at + 3] += x * gradient3;
      }
    }
  }
  return loss * share;
}

/** The share of images, 0 to 1, whose digit has the highest score. */
export function accuracy(params: Weights, images: Images): number {
  let right = 0;
  for (let image = 0; image < images.count; image++) {
    forward(params, images, image);
    if (scores.indexOf(Math.max(...scores)) === images.labels[image]) right++;
  }
  return right / images.count;
}
