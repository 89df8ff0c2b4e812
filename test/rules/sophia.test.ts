import { expect, test } from "vitest";
import { sophia } from "../../src/index.js";

test("Sophia takes in curvature without a step", () => {
  const opt = sophia({ x: Float32Array.of(1, 2) }, { beta2: 0.5, weightDecay: 0.1, decay: "l2" });
  opt.grads.x.set([2, 4]);
  opt.observe();
  expect([...opt.state.h.x, ...opt.params.x, ...opt.state.m.x, opt.t]).toEqual([2, 8, 1, 2, 0, 0, 0]);
});
