import { expect, test } from "vitest";
import { adagrad } from "../../src/index.js";

test("AdaGrad without decay and history is the sign of the gradient in its first step", () => {
  const opt = adagrad({ x: 3 }, { lr: 0.5, eps: 0 });
  opt.grads.x.set([2, -3e-5, 700]);
  opt.step();
  expect([...opt.params.x]).toEqual([-0.5, 0.5, -0.5]);
});
