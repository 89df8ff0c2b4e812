import { expect, test } from "vitest";
import * as library from "../../src/index.js";
import { references } from "../support/reference.js";

test("Muon looks ahead as exactly with a long momentum as with a short one", () => {
  const shape = [6, 9];
  const start = Float32Array.from({ length: 54 }, (_, i) => Math.sin(i));
  for (const momentum of [0.5, 0.9, 0.95, 0.999, 0.9999, 1 - 1e-6]) {
    const opt = library.muon({ w: { shape, values: start } }, { lr: 1, momentum, weightDecay: 0 });
    const g = Float32Array.from({ length: 54 }, (_, i) => Math.cos(i * i));
    opt.grads.w.set(g);
    opt.step();
    const p = Float64Array.from(start);
    const state = { b: new Float64Array(54), m: new Float64Array(0), v: new Float64Array(0) };
    const values = Object.fromEntries(Object.entries(library.muon.spec.hyper).map(([name, [value]]) => [name, value]));
    references.muon(p, Float64Array.from(g), state, { ...values, lr: 1, momentum, weightDecay: 0 } as never, 1, [], shape);
    // The five iterations make some ulp of roundings; a direction that was 1e-7 off would be no more.
    for (const [i, x] of p.entries()) expect(Math.abs(opt.params.w[i] - x)).toBeLessThanOrEqual(2e-6);
  }
});
