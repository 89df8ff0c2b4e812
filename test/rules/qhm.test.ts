import { expect, test } from "vitest";
import * as library from "../../src/index.js";

test("the gradient of one step before one of 0 is forgotten as it should be, by a decay of 0.001", () => {
  const opt = library.qhm({ w: 1 }, { lr: 1, momentum: 1e-3, nu: 1 });
  for (const g of [1000, 0]) {
    opt.grads.w[0] = g;
    opt.step();
  }
  expect(opt.state.b.w[0]).toBeCloseTo(0.999, 6);
});
