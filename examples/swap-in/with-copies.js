// The same loop with the same arrays. One line makes the optimizer, another the step, which copies the arrays in and out.
//   node examples/swap-in/with-copies.js
import { adam } from "simdescent";
import { gradient, initial } from "./model.js";

const params = initial();
const grads = initial();
const opt = adam(params, { lr: 1e-3 });

const times = [];
let sum = 0;
for (let t = 1; t <= 200; t++) {
  sum += gradient(params, grads, t % 15);
  const start = performance.now();
  opt.step(params, grads);
  times.push(performance.now() - start);
  if (t % 50 === 0) {
    console.log(`step ${t}: loss ${(sum / 50).toFixed(6)}`);
    sum = 0;
  }
}
const median = times.sort((a, b) => a - b)[100];
console.log(`optimizer: ${(1000 * median).toFixed(0)} µs a step`);
