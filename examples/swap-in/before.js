// A training loop with its own optimizer, in plain JavaScript.
//   node examples/swap-in/before.js
import { gradient, initial } from "./model.js";

const params = initial();
const grads = initial();
const means = initial();
const squares = initial();
for (const array of [...Object.values(means), ...Object.values(squares)]) array.fill(0);

/** @param {number} t */
function adam(t, lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8) {
  for (const name of /** @type {(keyof typeof params)[]} */ (Object.keys(params))) {
    const [p, g, m, v] = [params[name], grads[name], means[name], squares[name]];
    for (let i = 0; i < p.length; i++) {
      m[i] = beta1 * m[i] + (1 - beta1) * g[i];
      v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
      p[i] -= (lr * (m[i] / (1 - beta1 ** t))) / (Math.sqrt(v[i] / (1 - beta2 ** t)) + eps);
    }
  }
}

const times = [];
let sum = 0;
for (let t = 1; t <= 200; t++) {
  sum += gradient(params, grads, t % 15);
  const start = performance.now();
  adam(t);
  times.push(performance.now() - start);
  if (t % 50 === 0) {
    console.log(`step ${t}: loss ${(sum / 50).toFixed(6)}`);
    sum = 0;
  }
}
const median = times.sort((a, b) => a - b)[100];
console.log(`optimizer: ${(1000 * median).toFixed(0)} µs a step`);
