import { expect, test } from "vitest";
import { novograd } from "../../src/index.js";

test("NovoGrad goes on after a gradient whose squared norm is no f32", () => {
  const opt = novograd({ x: Float32Array.of(1, 2) }, { lr: 0.1, beta2: 0.25 });
  opt.grads.x.set([1e30, -1e30]);
  opt.step();
  expect(opt.state.v.x[0]).toBe(3.4028234663852886e38);
  opt.grads.x.set([1, 1]);
  for (let t = 0; t < 100; t++) opt.step();
  expect(opt.state.v.x[0]).toBeCloseTo(2, 5);
  expect(opt.firstNonFinite("params")).toBeUndefined();
});
