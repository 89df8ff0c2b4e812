import { expect, test } from "vitest";
import { asgd, scheduleFreeSgd } from "../../src/index.js";
import { relativeError } from "../support/compare.js";
import { fill, random } from "../support/random.js";

const start = fill(new Float32Array(21), random(1));

test("Schedule-Free gradient descent shows the average of its z, ASGD the average of its points", () => {
  // With momentum 1 gradients are taken at the average x itself, and p = y = x.
  const free = scheduleFreeSgd({ x: start }, { lr: 0.1, momentum: 0.5 });
  const average = asgd({ x: start }, { lr: 0.1, t0: 0 });
  const [z, x, a] = [start.map(Number), new Float64Array(21), new Float64Array(21)];
  const source = random(2);
  for (let t = 1; t <= 7; t++) {
    average.grads.x.set(fill(free.grads.x, source));
    for (let i = 0; i < 21; i++) z[i] -= 0.1 * free.grads.x[i];
    free.step();
    average.step();
    for (let i = 0; i < 21; i++) {
      x[i] += (z[i] - x[i]) / t;
      a[i] += (average.params.x[i] - a[i]) / Math.max(1, t - 1);
    }
  }
  free.eval();
  average.eval();
  for (const [actual, expected] of [
    [free.params.x, x],
    [average.params.x, a],
  ]) {
    const error = relativeError(actual, expected);
    if (!(error <= 1e-6)) expect.fail(String(error));
  }
});
