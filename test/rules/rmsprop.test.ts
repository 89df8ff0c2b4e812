import { expect, test } from "vitest";
import { rmsprop } from "../../src/index.js";
import { fill, random } from "../support/random.js";

test("centered RMSProp stays finite under a constant gradient, where rounding makes v - a² negative", () => {
  for (const options of [{ centered: true }, { centered: true, momentum: 0.5 }]) {
    const opt = rmsprop({ x: 37 }, { ...options, eps: 1e-3, rho: 0.5 });
    const g = fill(new Float32Array(37), random(6));
    let negative = 0;
    for (let t = 0; t < 3000; t++) {
      opt.grads.x.set(g);
      opt.step();
      const { v, a } = opt.state;
      negative += v.x.filter((x, i) => x < Math.fround((a as typeof v).x[i] ** 2)).length;
    }
    expect(negative).toBeGreaterThan(0);
    expect(opt.firstNonFinite("params")).toBeUndefined();
  }
});
