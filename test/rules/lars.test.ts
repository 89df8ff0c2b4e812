import { expect, test } from "vitest";
import { lars } from "../../src/index.js";

test("the norm of a tensor cannot overflow: squares are summed up in f64", () => {
  const start = new Float32Array(128).fill(1e19);
  const opt = lars({ x: start }, { lr: 1, trust: 0.5 });
  opt.grads.x.fill(1e19);
  opt.step();
  expect([...opt.params.x]).toEqual([...new Float32Array(128).fill(0.5e19)]);
});
