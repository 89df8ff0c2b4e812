// A network with one hidden layer, 784 pixels -> 32 ReLU -> 10 softmax, with gradients by hand. It computes with + − × ÷ and comparisons
// alone: the same images give the same bits on every engine.
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { type Images, pixelsPerImage } from "../../data/digits.js";
import { highest, type Network, softmax, uniformParameter } from "../networks/network.js";

export const hiddenUnits = 32; // a multiple of 8
export const digits = 10;
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

/** The initial weights as parameters of an optimizer: uniform with variance 2 / inputs (He et al. 2015). Biases are 0. */
export function initialWeights(seed: number) {
  const random = xoroshiro128plus(seed);
  const matrix = (inputs: number, outputs: number) => uniformParameter(random, [inputs, outputs], 2 / inputs);
  return {
    pixelToHidden: matrix(pixelsPerImage, hiddenUnits),
    hiddenBias: new Float32Array(hiddenUnits),
    hiddenToDigit: matrix(hiddenUnits, digits),
    digitBias: new Float32Array(digits),
  };
}

/** Images without their blank pixels, which are 4 of 5. */
export interface InkedImages {
  readonly count: number;
  readonly labels: Uint8Array;
  /** The inked pixels of image i are begins[i] … begins[i + 1] − 1. */
  readonly begins: Uint32Array;
  /** For each inked pixel, the start of its row in `pixelToHidden`. */
  readonly rows: Uint16Array;
  /** For each inked pixel, its value from 0 to 1. */
  readonly ink: Float32Array;
}

export function inked({ count, labels, pixels }: Images): InkedImages {
  let total = 0;
  for (const pixel of pixels) if (pixel > 0) total += 1;
  const images = {
    count,
    labels,
    begins: new Uint32Array(count + 1),
    rows: new Uint16Array(total),
    ink: new Float32Array(total),
  };
  let at = 0;
  for (let i = 0; i < pixels.length; i++) {
    if (i % pixelsPerImage === 0) images.begins[i / pixelsPerImage] = at;
    if (pixels[i] === 0) continue;
    images.rows[at] = (i % pixelsPerImage) * hiddenUnits;
    images.ink[at++] = pixels[i] / 255;
  }
  images.begins[count] = at;
  return images;
}

// The values of the current image. Allocated once, because the loops below run millions of times.
const hidden = new Float64Array(hiddenUnits);
const active = new Uint8Array(hiddenUnits);
const activeGradient = new Float64Array(hiddenUnits);
const scores = new Float64Array(digits);

/** Fills `hidden` for one image. Eight units at a time, with their sums in registers. */
function forwardHidden(
  weights: Float32Array,
  bias: Float32Array,
  rows: Uint16Array,
  ink: Float32Array,
  begin: number,
  end: number,
) {
  for (let unit = 0; unit < hiddenUnits; unit += 8) {
    let sum0 = bias[unit];
    let sum1 = bias[unit + 1];
    let sum2 = bias[unit + 2];
    let sum3 = bias[unit + 3];
    let sum4 = bias[unit + 4];
    let sum5 = bias[unit + 5];
    let sum6 = bias[unit + 6];
    let sum7 = bias[unit + 7];
    for (let i = begin; i < end; i++) {
      const x = ink[i];
      const at = rows[i] + unit;
      sum0 += x * weights[at];
      sum1 += x * weights[at + 1];
      sum2 += x * weights[at + 2];
      sum3 += x * weights[at + 3];
      sum4 += x * weights[at + 4];
      sum5 += x * weights[at + 5];
      sum6 += x * weights[at + 6];
      sum7 += x * weights[at + 7];
    }
    hidden[unit] = sum0 > 0 ? sum0 : 0;
    hidden[unit + 1] = sum1 > 0 ? sum1 : 0;
    hidden[unit + 2] = sum2 > 0 ? sum2 : 0;
    hidden[unit + 3] = sum3 > 0 ? sum3 : 0;
    hidden[unit + 4] = sum4 > 0 ? sum4 : 0;
    hidden[unit + 5] = sum5 > 0 ? sum5 : 0;
    hidden[unit + 6] = sum6 > 0 ? sum6 : 0;
    hidden[unit + 7] = sum7 > 0 ? sum7 : 0;
  }
}

/** Fills `scores` from `hidden`. */
function forwardScores(weights: Float32Array, bias: Float32Array) {
  for (let digit = 0; digit < digits; digit++) scores[digit] = bias[digit];
  for (let unit = 0; unit < hiddenUnits; unit++) {
    const h = hidden[unit];
    if (h === 0) continue;
    for (let digit = 0; digit < digits; digit++) scores[digit] += h * weights[unit * digits + digit];
  }
}

function forward({ pixelToHidden, hiddenBias, hiddenToDigit, digitBias }: Weights, images: InkedImages, image: number): void {
  const { rows, ink, begins } = images;
  forwardHidden(pixelToHidden, hiddenBias, rows, ink, begins[image], begins[image + 1]);
  forwardScores(hiddenToDigit, digitBias);
}

/**
 * Adds the gradient of the second layer, and fills `active` and `activeGradient`. Returns the number of active units, rounded up to a
 * multiple of 4 with gradients of 0. The derivative of ReLU at a unit without output is 0: half of the units need no gradient.
 */
function backwardScores(
  weights: Float32Array,
  gradient: Float32Array,
  biasGradient: Float32Array,
  hiddenBiasGradient: Float32Array,
): number {
  for (let digit = 0; digit < digits; digit++) biasGradient[digit] += scores[digit];
  let count = 0;
  for (let unit = 0; unit < hiddenUnits; unit++) {
    const h = hidden[unit];
    if (h === 0) continue;
    let sum = 0;
    for (let digit = 0; digit < digits; digit++) {
      gradient[unit * digits + digit] += h * scores[digit];
      sum += weights[unit * digits + digit] * scores[digit];
    }
    hiddenBiasGradient[unit] += sum;
    active[count] = unit;
    activeGradient[count++] = sum;
  }
  for (; count % 4 > 0; count++) activeGradient[count] = 0;
  return count;
}

/** Adds the gradient of the first layer: four active units at a time. */
function backwardPixels(gradient: Float32Array, rows: Uint16Array, ink: Float32Array, begin: number, end: number, count: number) {
  for (let k = 0; k < count; k += 4) {
    const unit0 = active[k];
    const unit1 = active[k + 1];
    const unit2 = active[k + 2];
    const unit3 = active[k + 3];
    const gradient0 = activeGradient[k];
    const gradient1 = activeGradient[k + 1];
    const gradient2 = activeGradient[k + 2];
    const gradient3 = activeGradient[k + 3];
    for (let i = begin; i < end; i++) {
      const x = ink[i];
      const at = rows[i];
      gradient[at + unit0] += x * gradient0;
      gradient[at + unit1] += x * gradient1;
      gradient[at + unit2] += x * gradient2;
      gradient[at + unit3] += x * gradient3;
    }
  }
}

/** A digit drawn from the probabilities in `scores`, by a number from 0 to 1. */
function drawDigit(number: number): number {
  let rest = number;
  for (let digit = 0; digit < digits - 1; digit++) {
    rest -= scores[digit];
    if (rest < 0) return digit;
  }
  return digits - 1;
}

/**
 * Adds the gradient of the mean loss over a batch of images to `grads`. Returns the mean loss. With `draw`, which returns numbers from 0
 * to 1, the gradient is that of labels drawn from the network's predictions.
 */
export function addGradient(
  { params, grads }: Network<Weights>,
  images: InkedImages,
  batch: Uint32Array,
  draw?: () => number,
): number {
  const { rows, ink, begins, labels } = images;
  // Looked up once: a lookup per image would take longer than the arithmetic of a row.
  const { pixelToHidden, hiddenBias, hiddenToDigit, digitBias } = params;
  const {
    pixelToHidden: pixelGradient,
    hiddenBias: hiddenBiasGradient,
    hiddenToDigit: gradient,
    digitBias: biasGradient,
  } = grads;
  const share = 1 / batch.length;
  let loss = 0;
  for (const image of batch) {
    const begin = begins[image];
    const end = begins[image + 1];
    const right = labels[image];
    forwardHidden(pixelToHidden, hiddenBias, rows, ink, begin, end);
    forwardScores(hiddenToDigit, digitBias);
    loss += softmax(scores, right);
    // The derivative of the loss by a score is its probability, minus 1 for the right digit.
    scores[draw ? drawDigit(draw()) : right] -= 1;
    for (let digit = 0; digit < digits; digit++) scores[digit] *= share;
    const count = backwardScores(hiddenToDigit, gradient, biasGradient, hiddenBiasGradient);
    backwardPixels(pixelGradient, rows, ink, begin, end, count);
  }
  return loss * share;
}

/** The share of images, 0 to 1, whose digit has the highest score. */
export function accuracy(params: Weights, images: InkedImages): number {
  let right = 0;
  for (let image = 0; image < images.count; image++) {
    forward(params, images, image);
    if (highest(scores) === images.labels[image]) right += 1;
  }
  return right / images.count;
}
