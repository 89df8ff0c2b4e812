import { describe, expect, test } from "vitest";
import { adam, dog, nadam, nesterov, prodigy, scheduleFreeSgd, sgd } from "../../src/index.js";
import type { AnyRule } from "../support/configurations.js";
import { fill, random } from "../support/random.js";

test("firstNonFinite() names the first parameter that is not finite", () => {
  const opt = sgd({ a: 5, b: [2, 3], c: 4 });
  expect(opt.firstNonFinite("grads")).toBeUndefined();
  opt.grads.c[1] = Number.NaN;
  opt.grads.b[5] = -Infinity;
  expect(opt.firstNonFinite("grads")).toBe("b");
  expect(opt.firstNonFinite("params")).toBeUndefined();
  opt.params.c[3] = Infinity;
  expect(opt.firstNonFinite("params")).toBe("c");
});

test("shift twice, or where there is one phase only, is refused and changes nothing", () => {
  const opt = nesterov({ x: 1 });
  opt.shift();
  expect(() => opt.shift()).toThrow("nesterov: shift() expected step() or unshift() first: the parameters are shifted");
  expect(() => adam({ x: 1 }).shift()).toThrow(TypeError);
  expect(() => adam({ x: 1 }).shift()).toThrow("adam: shift() expected a rule with a two-phase form");
});

describe("eval and train", () => {
  const start = fill(new Float32Array(21), random(1));
  const trained = (opt: ReturnType<AnyRule>) => {
    const source = random(2);
    for (let t = 0; t < 5; t++) {
      fill(opt.grads.x, source);
      opt.step();
    }
    return opt;
  };

  test("rules without evaluation weights, and optimizers without steps: nothing happens", () => {
    for (const opt of [trained(adam({ x: start })), scheduleFreeSgd({ x: start })]) {
      const before = opt.params.x.slice();
      opt.eval();
      expect(opt.evaluating).toBe(false);
      expect(opt.params.x).toEqual(before);
      opt.train();
      opt.step();
    }
  });

  test("not while the parameters are shifted", () => {
    const opt = nesterov({ x: start });
    opt.shift();
    expect(() => opt.eval()).toThrow("nesterov: eval() expected step() or unshift() first: the parameters are shifted");
  });
});

describe("observe", () => {
  test("other rules refuse observe()", () => {
    expect(() => adam({ x: 1 }).observe()).toThrow(
      new TypeError("adam: observe() expected a rule that takes in other gradients"),
    );
  });
});

test("carried numbers are shown by name, and read-only", () => {
  const opt = nadam({ x: 1 }, { momentumDecay: 0 });
  expect(opt.carry).toEqual({ product: 1 });
  opt.step();
  expect(opt.carry.product).toBe(0.45);
  expect(() => Object.assign(opt.carry, { product: 2 })).toThrow(TypeError);
  expect(adam({ x: 1 }).carry).toEqual({});
  const found = prodigy({ x: 1 });
  found.step();
  expect(found.carry.d).toBe(1e-6);
  const sum = dog({ x: Float32Array.of(3, 4) }, { reps: 0.5, eps: 1 });
  sum.grads.x.set([1, 2]);
  sum.step();
  expect(sum.carry).toEqual({ r: 3, n: expect.closeTo(5, 12) });
});
