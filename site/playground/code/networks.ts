// Parts of the programs that train networks: the operations of networks/, in the same order, for the same bits.
import { exponential, logarithm } from "./surfaces.js";

/** The imports beside the library's. The library depends on this package, so a program finds it. */
export const randomImports = `import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
`;

export const networkParts = `${exponential}
${logarithm}
// Numbers drawn uniformly, with this variance around 0.
function uniform(random, shape, variance) {
  const bound = Math.sqrt(3 * variance);
  return { shape, values: Float32Array.from({ length: shape[0] * shape[1] }, () => bound * (2 * uniformFloat64(random) - 1)) };
}
// Replaces scores by probabilities. Returns the loss.
function softmax(scores, right) {
  const top = Math.max(...scores);
  const rightScore = scores[right] - top;
  let sum = 0;
  for (let k = 0; k < scores.length; k++) {
    scores[k] = exponential(scores[k] - top);
    sum += scores[k];
  }
  for (let k = 0; k < scores.length; k++) scores[k] /= sum;
  return logarithm(sum) - rightScore;
}`;
