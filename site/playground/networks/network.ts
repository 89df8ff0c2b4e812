// What the networks of the training views share. It computes with + − × ÷ √ and comparisons alone: the same bits on every engine.
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import type { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { exponential, logarithm } from "../../../src/numerics/arithmetic.js";

/** The part of an optimizer that a network uses: parameters and gradients, by name. */
export interface Network<Weights> {
  readonly params: Weights;
  readonly grads: Weights;
}

/** A parameter with numbers drawn uniformly, with this variance around 0. */
export function uniformParameter(
  random: ReturnType<typeof xoroshiro128plus>,
  shape: readonly [number, number],
  variance: number,
) {
  const bound = Math.sqrt(3 * variance);
  const values = Float32Array.from({ length: shape[0] * shape[1] }, () => bound * (2 * uniformFloat64(random) - 1));
  return { shape: [...shape], values };
}

/** Replaces scores by probabilities. Returns the loss: −log(probability of the right class). */
export function softmax(scores: Float64Array, right: number): number {
  let top = scores[0];
  for (let kind = 1; kind < scores.length; kind++) if (scores[kind] > top) top = scores[kind];
  const rightScore = scores[right] - top;
  let sum = 0;
  for (let kind = 0; kind < scores.length; kind++) {
    scores[kind] = exponential(scores[kind] - top);
    sum += scores[kind];
  }
  for (let kind = 0; kind < scores.length; kind++) scores[kind] /= sum;
  return logarithm(sum) - rightScore;
}

/** The class with the highest score, the first of equals. */
export function highest(scores: Float64Array): number {
  let best = 0;
  for (let kind = 1; kind < scores.length; kind++) if (scores[kind] > scores[best]) best = kind;
  return best;
}
