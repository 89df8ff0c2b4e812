// Nesterov's momentum in two phases, where the gradient is taken ahead of the parameters.

import { expect, test } from "vitest";
import { nesterov } from "../../src/index.js";
import { relativeError } from "../support/compare.js";
import { fill, random } from "../support/random.js";

const bowl = (p: Float32Array, g: Float32Array) => {
  for (let i = 0; i < p.length; i++) g[i] = (i + 1) * p[i];
};

const start = fill(new Float32Array(21), random(1));

test.each([0, 0.1])(
  "Nesterov looks ahead at the points that the one-phase form calls its parameters, weightDecay %d",
  (weightDecay) => {
    const options = { lr: 0.01, momentum: 0.9, weightDecay };
    const one = nesterov({ x: start }, options);
    const two = nesterov({ x: start }, options);
    for (let t = 0; t < 50; t++) {
      two.shift();
      // The same points by another order of operations: rounding only.
      const error = relativeError(two.params.x, one.params.x);
      if (!(error <= 2e-6)) expect.fail(`step ${t}: ${error}`);
      bowl(two.params.x, two.grads.x);
      two.step();
      bowl(one.params.x, one.grads.x);
      one.step();
    }
  },
);

test("with the rate in the momentum, Nesterov sees the same points, at a rate that changes", () => {
  const [one, two] = [1, 2].map(() => nesterov({ x: start }, { lr: 0.01, lrInMomentum: true }));
  for (let t = 0; t < 20; t++) {
    two.shift();
    const error = relativeError(two.params.x, one.params.x);
    if (!(error <= 2e-6)) expect.fail(`step ${t}: ${error}`);
    if (t === 10) one.hyper.lr = two.hyper.lr = 0.02;
    for (const opt of [one, two]) {
      bowl(opt.params.x, opt.grads.x);
      opt.step();
    }
  }
});

test("Nesterov is the textbook's v = μv − η∇f(p + μv), p = p + v", () => {
  const opt = nesterov({ x: start }, { lr: 0.01, momentum: 0.9 });
  const p = Float64Array.from(start);
  const v = new Float64Array(21);
  for (let t = 0; t < 50; t++) {
    opt.shift();
    bowl(opt.params.x, opt.grads.x);
    opt.step();
    for (let i = 0; i < 21; i++) {
      v[i] = 0.9 * v[i] - 0.01 * (i + 1) * (p[i] + 0.9 * v[i]);
      p[i] += v[i];
    }
  }
  const error = relativeError(opt.params.x, p);
  if (!(error <= 2e-6)) expect.fail(String(error));
});
