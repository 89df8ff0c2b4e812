// The same loop on the optimizer's arrays, without copies.
//   node examples/swap-in/without-copies.js
import { adam } from "simdescent";
import { gradient, initial } from "./model.js";

const opt = adam(initial(), { lr: 1e-3 });
const { params, grads } = opt;

const times = [];
let sum = 0;
for (let t = 1; t <= 200; t++) {
  sum += gradient(params, grads, t % 15);
  const start = performance.now();
  opt.step();
  times.push(performance.now() - start);
  if (t % 50 === 0) {
    console.log(`step ${t}: loss ${(sum / 50).toFixed(6)}`);
    sum = 0;
  }
}
const median = times.sort((a, b) => a - b)[100];
console.log(`optimizer: ${(1000 * median).toFixed(0)} µs a step`);
