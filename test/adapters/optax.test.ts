import type * as jax from "@jax-js/jax";
import { beforeAll, describe, expect, expectTypeOf, test, vi } from "vitest";
import { applyUpdates, type GradientTransformation, OptState, optax } from "../../src/adapters/optax.js";
import type { Hypers, Slots } from "../../src/engine/spec.js";
import { adam, adamw, arena, NonFiniteError, sgd } from "../../src/index.js";
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
  const bits = (arrays: readonly Float32Array[]) => arrays.map((array) => [...new Uint32Array(array.slice().buffer)]);
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

  test.each(allRules.map((rule) => ({ name: rule.spec.name, rule })))(
    "$name: step() returns the engine's parameters, bit for bit",
    ({ rule }) => {
      const solver = optax(np, rule as unknown as Rule<Hypers, Slots>);
      let points = params();
      const shapes = tree.leaves(points).map((array) => (array as Array).shape);
      const values = data(points);
      const given = names.map((name, i) => [name, { shape: shapes[i].length > 0 ? shapes[i] : [1], values: values[i] }]);
      const engine = rule(Object.fromEntries(given));
      let state = solver.init(tree.ref(points));
      for (let t = 0; t < 20; t++) {
        if (t === 7) {
          // A caller may go on from elsewhere, with all parameters or one.
          tree.dispose(points);
          points = params();
        }
        if (t === 9) {
          points.layers[1].bias.dispose();
          points.layers[1].bias = np.array(vector(2));
        }
        if (t === 7 || t === 9) for (const [i, array] of data(points).entries()) engine.params[names[i]].set(array);
        const gradients = params();
        for (const [i, array] of data(gradients).entries()) engine.grads[names[i]].set(array);
        engine.step();
        if (t === 12) {
          let updates: Params;
          [updates, state] = solver.update(gradients, state, tree.ref(points));
          points = applyUpdates(points, updates);
          for (const [i, array] of data(points).entries()) engine.params[names[i]].set(array); // a sum of differences is rounded
          continue;
        }
        const before = points;
        [points, state] = solver.step(gradients, state, points);
        expect(bits(data(points))).toEqual(bits(names.map((name) => engine.params[name])));
        expect(tree.leaves(points).map((array) => (array as Array).shape)).toEqual(shapes);
        expect(tree.structure(points).equals(tree.structure(before))).toBe(true);
        expect([...counts(before), ...counts(gradients)]).toEqual(Array.from({ length: 10 }, () => 0));
        expect(counts(points)).toEqual([1, 1, 1, 1, 1]);
      }
      expect(state.optimizer.t).toBe(20);
      tree.dispose(points);
    },
  );

  describe("step() does not read the arrays that it returned last", () => {
    const ones = () => ({ a: np.array([1, 1]), b: np.array([1, 1]) });
    type Pair = ReturnType<typeof ones>;
    const start = (options = {}) => {
      const solver = optax(np, sgd, { lr: 0.5, ...options });
      const first = solver.init({ a: np.array([1, 2]), b: np.array([3, 4]) });
      const [pair, state] = solver.step(ones(), first, { a: np.array([1, 2]), b: np.array([3, 4]) });
      const reads = [vi.spyOn(pair.a, "dataSync"), vi.spyOn(pair.b, "dataSync")];
      return { solver, pair, state, read: () => reads.map((spy) => spy.mock.calls.length) };
    };
    const js = ({ a, b }: Pair) => [a.ref.js(), b.ref.js()];

    test("also if the caller keeps them", () => {
      const { solver, pair, state, read } = start();
      const [moved] = solver.step(ones(), state, tree.ref(pair));
      expect(read()).toEqual([0, 0]);
      expect([pair.a.refCount, pair.b.refCount]).toEqual([1, 1]);
      expect(js(moved)).toEqual([
        [0, 1],
        [2, 3],
      ]);
      expect(js(pair)).toEqual([
        [0.5, 1.5],
        [2.5, 3.5],
      ]);
    });

    test("but arrays from before, or of another parameter", () => {
      const { solver, pair, state, read } = start();
      const [, next] = solver.step(ones(), state, tree.ref(pair));
      const [moved, last] = solver.step(ones(), next, tree.ref(pair));
      expect(read()).toEqual([1, 1]);
      expect(js(moved)[0]).toEqual([0, 1]);
      const [swapped] = solver.step(ones(), last, { a: moved.b, b: moved.a });
      expect(js(swapped)).toEqual([
        [1.5, 2.5],
        [-0.5, 0.5],
      ]);
    });

    test("but after an update()", () => {
      const { solver, pair, state, read } = start();
      const [, next] = solver.update(ones(), state, tree.ref(pair));
      const [moved] = solver.step(ones(), next, pair);
      expect(read()).toEqual([2, 2]);
      expect(js(moved)[0]).toEqual([0, 1]);
    });

    test("but if the optimizer is in other hands, which may write into it, or evaluate", () => {
      const { solver, pair, state, read } = start({ ema: { decay: 0.5 } });
      const { optimizer } = state;
      optimizer.params.a.fill(100);
      const [moved, next] = solver.step(ones(), state, pair);
      expect(read()).toEqual([1, 1]);
      expect(js(moved)[0]).toEqual([0, 1]);
      optimizer.eval();
      optimizer.train();
      optimizer.params.b.fill(100);
      const [last] = solver.step(ones(), next, moved);
      expect(js(last)).toEqual([
        [-0.5, 0.5],
        [1.5, 2.5],
      ]);
    });

    test("but if the memory is the caller's", () => {
      const { solver, pair, state, read } = start({ memory: arena() });
      solver.step(ones(), state, pair);
      expect(read()).toEqual([1, 1]);
    });

    test("a step that throws leaves the arrays and their values", () => {
      const { solver, pair, state } = start();
      const bad = { a: np.array([Number.NaN, 0]), b: np.array([0, 0]) };
      const elsewhere = np.array([7, 8]);
      expect(() => solver.step(bad, state, { a: pair.a, b: elsewhere })).toThrow(NonFiniteError);
      expect([bad.a, bad.b, pair.a, pair.b, elsewhere].map(({ refCount }) => refCount)).toEqual([1, 1, 1, 1, 1]);
      const [moved] = solver.step(ones(), state, pair);
      expect(js(moved)).toEqual([
        [0, 1],
        [2, 3],
      ]);
    });

    test("a disposed array is refused", () => {
      const { solver, pair, state } = start();
      pair.b.dispose();
      expect(() => solver.step(ones(), state, pair)).toThrow(/freed|disposed|Referenced/);
      expect([pair.a.refCount, pair.b.refCount, state.optimizer.t]).toEqual([1, 0, 1]);
    });

    test("an array that jax-js cannot read keeps its references", () => {
      const { solver, pair, state } = start();
      const slopes = ones();
      vi.spyOn(slopes.b, "dataSync").mockImplementation(() => {
        throw new Error("cannot read synchronously");
      });
      expect(() => solver.step(slopes, state, pair)).toThrow("cannot read synchronously");
      expect([slopes.a, slopes.b, pair.a, pair.b].map(({ refCount }) => refCount)).toEqual([1, 1, 1, 1]);
      expect(state.optimizer.t).toBe(1);
    });

    test("a skipped step returns the same values", () => {
      const { solver, pair, state } = start({ nonFinite: "skip" });
      const [moved] = solver.step({ a: np.array([Number.NaN, 0]), b: np.array([0, 0]) }, state, tree.ref(pair));
      expect(js(moved)).toEqual(js(pair));
    });
  });

  test.each(["update", "step"] as const)("%s() between eval() and train() changes nothing", (method) => {
    const solver = optax(np, adam, { ema: { decay: 0.5 } });
    const [p, first] = solver.step(np.array([1, 1]), solver.init(np.array([1, 2])), np.array([1, 2]));
    const [q, state] = solver.step(np.array([1, -1]), first, p);
    const { optimizer } = state;
    const trained = optimizer.params.params.slice();
    optimizer.eval();
    const average = optimizer.params.params.slice();
    expect(() => solver[method](np.array([1, 1]), state, np.array([8, 9]))).toThrow(/^adam: step\(\) expected train\(\) first/);
    expect(bits([optimizer.params.params])).toEqual(bits([average]));
    optimizer.train();
    expect(bits([optimizer.params.params])).toEqual(bits([trained]));
    solver[method](np.array([1, 1]), state, q);
    expect(optimizer.t).toBe(3);
  });

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
      [line, state] = solver.step(grad(loss)(tree.ref(line)), state, line);
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
      ["step: no params", (p, s) => solver.step(p, s, undefined as never), /^adam: params expected the current parameters, got/],
      [
        "step: another shape",
        (p, s) => solver.step(p, s, np.array([1])),
        /^adam: params "params" expected shape \[2\], got \[1\]$/,
      ],
      ["step: another tree", (p, s) => solver.step({ a: p }, s, { a: p }), /^adam: gradients expected params, got a$/],
      ["step: other trees", (p, s) => solver.step(p, s, [p] as never), /^adam: params expected params, got 0$/],
      [
        "step: a dtype",
        (p, s) => solver.step(double(), s, p),
        /^adam: gradients "params" expected dtype float32, got "float64"$/,
      ],
      ["step: a foreign state", (p, s) => optax(np, adam).step(p, s, p), /^adam: state expected what init\(\) of the same/],
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

    describe.each(["update", "step"] as const)("%s", (method) => {
      test("a gradient that is not finite", () => {
        const p = np.array([1, 2]);
        const bad = np.array([Number.NaN, 0]);
        const state = solver.init(p.ref);
        expect(() => solver[method](bad, state, p)).toThrow(NonFiniteError);
        expect([p.refCount, bad.refCount, state.optimizer.t]).toEqual([1, 1, 0]);
      });

      test.each(["update", "step"] as const)("a state that %s() used before", (earlier) => {
        const state = solver.init(np.array([1, 2]));
        solver[earlier](np.array([1, 1]), state, np.array([1, 2]));
        const [g, p] = [np.array([1, 1]), np.array([1, 2])];
        expect(() => solver[method](g, state, p)).toThrow(
          /^adam: state expected the state that the last update\(\) or step\(\) returned, got one from before$/,
        );
        expect([g.refCount, p.refCount, state.optimizer.t]).toEqual([1, 1, 1]);
      });

      test("jit", () => {
        const state = solver.init(np.array([1, 2]));
        const { jit } = library as typeof jax;
        const step = jit((g: Array, p: Array) => solver[method](g, state, p)[0]);
        expect(() => step(np.array([1, 1]), np.array([1, 2]))).toThrow(
          /^adam: gradients expected an array of jax-js outside of jit/,
        );
      });

      test("a disposed optimizer", () => {
        const [g, p] = [np.array([1, 1]), np.array([1, 2])];
        const state = solver.init(p.ref);
        state.optimizer.dispose();
        expect(() => solver[method](g, state, p)).toThrow(/^adam: .*dispose/);
        expect([g.refCount, p.refCount]).toEqual([1, 1]);
      });
    });
  });

  test("types: trees keep their type, options are the rule's", () => {
    const solver = optax(np, adam, { lr: 1e-3 });
    const points = params();
    const [updates, state] = solver.update(params(), solver.init(tree.ref(points)), points);
    expectTypeOf(updates).toEqualTypeOf<Params>();
    expectTypeOf(state).toEqualTypeOf<OptState>();
    expectTypeOf(solver.step<Params>).returns.toEqualTypeOf<[params: Params, state: OptState]>();
    expect(state).toBeInstanceOf(OptState);
    // @ts-expect-error
    expect(() => optax(np, adam, { momentum: 0.9 }).init(np.array([1]))).toThrow(TypeError);
  });
});
