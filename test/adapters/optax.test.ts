import type * as jax from "@jax-js/jax";
import { beforeAll, describe, expect, expectTypeOf, test } from "vitest";
import { applyUpdates, type GradientTransformation, OptState, optax } from "../../src/adapters/optax.js";
import type { Hypers, Slots } from "../../src/engine/spec.js";
import { adam, adamw, NonFiniteError, sgd } from "../../src/index.js";
import type { Rule } from "../../src/rules/define.js";
import { allRules } from "../support/configurations.js";
import { fill, random } from "../support/random.js";

// Node 20 has no navigator, which jax-js asks for a graphics card.
globalThis.navigator ??= {} as Navigator;
const library = await import("@jax-js/jax")
  .then(async (module) => {
    await module.init();
    return module;
  })
  .catch((error: Error) => error);
const missing = library instanceof Error;

describe.skipIf(missing)(`on jax-js${missing ? `, which does not run here: ${library.message}` : ""}`, () => {
  const { grad, numpy: np, tree } = library as typeof jax;
  type Array = jax.numpy.Array;
  type Params = { layers: { weight: Array; bias: Array }[]; scale: Array };

  const source = random(5);
  const vector = (n: number) => fill(new Float32Array(n), source);
  const params = (): Params => ({
    layers: [
      { weight: np.array(vector(12)).reshape([3, 4]), bias: np.array(vector(3)) },
      { weight: np.array(vector(6)).reshape([2, 3]), bias: np.array(vector(2)) },
    ],
    scale: np.array(vector(1)).reshape([]),
  });
  const names = ["layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias", "scale"];
  const data = (tr: Params) => tree.leaves(tr).map((array) => (array as Array).ref.dataSync() as Float32Array);
  const counts = (tr: Params) => tree.leaves(tr).map((array) => (array as Array).refCount);

  test.each(allRules.map((rule) => ({ name: rule.spec.name, rule })))(
    "$name: updates are the engine's steps, bit for bit",
    ({ name, rule }) => {
      const solver = optax(np, rule as unknown as Rule<Hypers, Slots>);
      let points = params();
      const values = data(points);
      const shapes = tree.leaves(points).map((array) => (array as Array).shape);
      const given = names.map((name, i) => [name, { shape: shapes[i].length > 0 ? shapes[i] : [1], values: values[i] }]);
      const engine = rule(Object.fromEntries(given));
      let state = solver.init(tree.ref(points));
      for (let t = 0; t < 5; t++) {
        const gradients = params();
        const before = data(points);
        names.forEach((name, i) => {
          engine.params[name].set(before[i]);
          engine.grads[name].set(data(gradients)[i]);
        });
        engine.step();
        let updates: Params;
        [updates, state] = solver.update(gradients, state, tree.ref(points));
        const expected = names.map((name, i) => engine.params[name].map((p: number, j: number) => p - before[i][j]));
        expect(data(updates)).toEqual(expected);
        expect(tree.structure(updates).equals(tree.structure(points))).toBe(true);
        expect(tree.leaves(updates).map((array) => (array as Array).shape)).toEqual(shapes);
        const moved = expected.some((array) => array.some((x: number) => x !== 0));
        expect(moved).toBe(name !== "adopt" || t > 0); // whose first step only takes the gradient in
        points = applyUpdates(points, updates);
        if (t !== 2) continue;
        tree.dispose(points); // A caller may go on from elsewhere.
        points = params();
      }
      expect(state.optimizer.t).toBe(5);
      tree.dispose(points);
    },
  );

  test("arguments are consumed, and references that the caller kept stay valid", () => {
    const solver = optax(np, adam);
    const [points, gradients] = [params(), params()];
    const state = solver.init(tree.ref(points));
    expect(counts(points)).toEqual([1, 1, 1, 1, 1]);
    const [updates] = solver.update(tree.ref(gradients), state, tree.ref(points));
    expect([...counts(points), ...counts(gradients), ...counts(updates)]).toEqual(Array.from({ length: 15 }, () => 1));
    const [p, u] = [tree.leaves(points)[0], tree.leaves(updates)[0]] as Array[];
    tree.dispose(applyUpdates(points, updates));
    for (const array of [p, u]) expect(() => array.dataSync()).toThrow(/disposed|Referenced/);
    tree.dispose(gradients);
  });

  test("a line is fitted, with gradients of jax-js", () => {
    const x = np.array(Float32Array.from({ length: 20 }, (_, i) => i / 10 - 1));
    const y = x.ref.mul(3).add(1);
    type Line = { slope: Array; offset: Array };
    const loss = ({ slope, offset }: Line) => np.square(x.ref.mul(slope).add(offset).sub(y.ref)).mean();
    const solver = optax(np, adam, { lr: 0.1 });
    let line: Line = { slope: np.array(0), offset: np.array(0) };
    let state = solver.init(tree.ref(line));
    for (let t = 0; t < 200; t++) {
      let updates: Line;
      [updates, state] = solver.update(grad(loss)(tree.ref(line)), state, tree.ref(line));
      line = applyUpdates(line, updates);
    }
    expect(line.slope.item()).toBeCloseTo(3, 3);
    expect(line.offset.item()).toBeCloseTo(1, 3);
  });

  test("a tree may be one array; groups name parameters by their path in the tree", () => {
    const one = optax(np, sgd, { lr: 0.5 });
    const [updates] = one.update(np.array([2, 4]), one.init(np.array([1, 1])), np.array([1, 1]));
    expect(updates.js()).toEqual([-1, -2]);
    const grouped = optax(np, adamw, { groups: [{ match: /bias$/, frozen: true }] });
    const points = params();
    const state = grouped.init(tree.ref(points));
    expect(Object.keys(state.optimizer.params)).toEqual(names);
    const [moved] = grouped.update(params(), state, points);
    expect(data(moved).map((array) => array.some((x) => x !== 0))).toEqual([true, false, true, false, true]);
  });

  describe("errors, after which nothing is consumed or changed", () => {
    let solver: GradientTransformation<Array>;
    beforeAll(() => {
      solver = optax(np, adam);
    });
    const double = () => np.array([1], { dtype: np.float64 });
    type Wrong = [what: string, call: (p: Array, state: OptState) => unknown, message: RegExp];
    test.each<Wrong>([
      ["no params", (p, state) => solver.update(p, state), /^adam: params expected the current parameters, got undefined$/],
      [
        "another shape",
        (p, s) => solver.update(np.array([1]), s, p),
        /^adam: gradients "params" expected shape \[2\], got \[1\]$/,
      ],
      ["another tree", (p, s) => solver.update({ a: p }, s, { a: p }), /^adam: gradients expected params, got a$/],
      ["less of a tree", (p, s) => solver.update(p, s, [] as never), /^adam: params expected params, got $/],
      ["a foreign state", (p, s) => optax(np, adam).update(p, s, p), /^adam: state expected what init\(\) of the same/],
      ["no state", (p) => solver.update(p, {} as OptState, p), /^adam: state expected what init\(\)/],
      ["another dtype", () => solver.init({ x: double() }), /^adam: params "x" expected dtype float32, got "float64"$/],
      ["a number", () => solver.init({ x: [1] } as never), /^adam: params "x\.0" expected an array of jax-js .*, got 1$/],
      ["names twice", (p) => solver.init({ a: { b: p }, "a.b": p }), /^adam: params expected different names, got "a\.b" twice$/],
      ["no parameters", () => solver.init({}), /^adam: parameters expected at least one parameter, got none$/],
      ["an option", (p) => optax(np, adam, { beta1: 1 }).init(p), /^adam: beta1 expected in \[0,1\), got 1$/],
      ["sam", (p) => optax(np, adam, { sam: true }).init(p), /^adam: sam expected none/],
      ["another numpy", () => optax({} as never, adam), /^optax: numpy expected jax-js's numpy, got \[object Object\]$/],
      ["no rule", () => optax(np, "adam" as never), /^optax: rule expected a rule, such as adam, got "adam"$/],
      ["other updates", (p) => applyUpdates({ a: p }, { b: p } as never), /^applyUpdates: updates expected a, got b$/],
    ])("%s", (_what, call, message) => {
      const p = np.array([1, 2]);
      const state = solver.init(p.ref);
      expect(() => call(p, state)).toThrow(message);
      expect(p.refCount).toBe(1);
      const [updates] = solver.update(np.array([1, 1]), state, p);
      expect(updates.js()[0]).toBeCloseTo(-1e-3, 6); // between numbers at 1, which are 6e-8 apart
    });

    test("a gradient that is not finite", () => {
      const p = np.array([1, 2]);
      const bad = np.array([Number.NaN, 0]);
      const state = solver.init(p.ref);
      expect(() => solver.update(bad, state, p)).toThrow(NonFiniteError);
      expect([p.refCount, bad.refCount, state.optimizer.t]).toEqual([1, 1, 0]);
    });

    test("a state that was used before", () => {
      const state = solver.init(np.array([1, 2]));
      const update = () => solver.update(np.array([1, 1]), state, np.array([1, 2]));
      update();
      expect(update).toThrow(/^adam: state expected the state that the last update\(\) returned, got one from before$/);
      expect(state.optimizer.t).toBe(1);
    });

    test("jit", () => {
      const state = solver.init(np.array([1, 2]));
      const { jit } = library as typeof jax;
      const step = jit((g: Array, p: Array) => solver.update(g, state, p)[0]);
      expect(() => step(np.array([1, 1]), np.array([1, 2]))).toThrow(
        /^adam: gradients expected an array of jax-js outside of jit/,
      );
    });
  });

  test("types: trees keep their type, options are the rule's", () => {
    const solver = optax(np, adam, { lr: 1e-3 });
    const points = params();
    const [updates, state] = solver.update(params(), solver.init(tree.ref(points)), points);
    expectTypeOf(updates).toEqualTypeOf<Params>();
    expectTypeOf(state).toEqualTypeOf<OptState>();
    expect(state).toBeInstanceOf(OptState);
    // @ts-expect-error
    expect(() => optax(np, adam, { momentum: 0.9 }).init(np.array([1]))).toThrow(TypeError);
  });
});
