// What must and must not compile. `npm test` runs tsc over this file first: an @ts-expect-error without an error fails it.
import type { Optimizer as TensorFlowOptimizer } from "@tensorflow/tfjs-core";
import { expect, expectTypeOf, test } from "vitest";
import * as tfjs from "../src/adapters/tfjs/index.js";
import { adam, foreignMemory, lbfgs, type Optimizer, rmsprop, type Schedule, sgd } from "../src/index.js";

test("names of parameters, state and options are typed", () => {
  const opt = adam({ weight: [10, 784], bias: 10, start: new Float32Array(3) }, { lr: 1e-3 });
  expectTypeOf(opt.params.weight).toEqualTypeOf<Float32Array<ArrayBuffer>>();
  expectTypeOf<keyof typeof opt.params>().toEqualTypeOf<"weight" | "bias" | "start">();
  expectTypeOf<keyof typeof opt.state>().toEqualTypeOf<"m" | "v">();
  expectTypeOf<keyof typeof opt.hyper>().toEqualTypeOf<"lr" | "beta1" | "beta2" | "eps" | "weightDecay" | "epsHat" | "epsRoot">();
  expectTypeOf(opt.state.m.bias).toEqualTypeOf<Float32Array<ArrayBuffer>>();
  expectTypeOf(opt.hyper.lr).toEqualTypeOf<number | Schedule>();
  expectTypeOf(opt.current.lr).toEqualTypeOf<number>();
  expect(opt).toBeDefined();
});

test("what is misspelt does not compile", () => {
  const opt = adam({ weight: 3 });
  // @ts-expect-error
  expect(opt.params.wieght).toBeUndefined();
  // @ts-expect-error
  expect(opt.grads.bias).toBeUndefined();
  // @ts-expect-error
  expect(opt.state.b).toBeUndefined();
  // @ts-expect-error
  expect(() => adam({ weight: 3 }, { learningRate: 1 })).toThrow(TypeError);
  // @ts-expect-error
  expect(() => adam({ weight: 3 }, { momentum: 0.9 })).toThrow(TypeError);
  // @ts-expect-error
  expect(() => adam({ weight: 3 }, { lr: "0.1" })).toThrow(TypeError);
  // @ts-expect-error
  expect(() => adam({ weight: "3" })).toThrow(TypeError);
  // @ts-expect-error
  expect(() => adam({ weight: new Float64Array(3) })).toThrow(TypeError);
  // @ts-expect-error
  expect(() => rmsprop({ weight: 3 }, { centered: () => true })).toThrow(TypeError);
  expect(() => {
    // @ts-expect-error
    opt.hyper.learningRate = 1;
  }).toThrow(TypeError);
  expect(() => {
    // @ts-expect-error
    opt.params.weight = new Float32Array(3);
  }).toThrow(TypeError);
});

test("pointers and arrays of the caller's own have the names of the parameters", () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const own = { memory, allocate: () => 8192 };
  // @ts-expect-error
  expect(() => adam({ weight: 3 }, { memory: foreignMemory({ ...own, params: { wieght: 1024 } }) })).toThrow(TypeError);
  // @ts-expect-error
  expect(() => adam({ weight: 3, bias: 1 }, { memory: foreignMemory({ ...own, params: { weight: 1024 } }) })).toThrow(TypeError);
  // @ts-expect-error
  expect(() => adam({ weight: 3 }, { memory: foreignMemory({ ...own, params: { weight: 1024, bias: 2048 } }) })).toThrow(
    TypeError,
  );
  // @ts-expect-error
  expect(() => adam({ weight: 3 }, { memory: { ...own, params: { weight: 1024 } } })).toThrow("foreignMemory(");
  // @ts-expect-error
  expect(() => lbfgs({ weight: 3 }, { memory: foreignMemory({ ...own, params: { weight: 1024 } }) })).toThrow(TypeError);
  const opt = adam({ weight: 3 }, { memory: foreignMemory({ ...own, params: { weight: 1024 } }) });
  // @ts-expect-error
  expect(() => opt.relocate({ params: { bias: 2048 } })).toThrow(TypeError);
  opt.relocate({ params: { weight: 2048 } });
  // @ts-expect-error
  expect(() => opt.step({ weight: new Float32Array(3) })).toThrow(TypeError);
  // @ts-expect-error
  expect(() => opt.step({ weight: new Float32Array(3) }, { wieght: new Float32Array(3) })).toThrow(TypeError);
  opt.step({ weight: new Float32Array(3) }, { weight: new Float32Array(3) });
  expect(opt.t).toBe(1);
});

test("state that hyper-parameters can leave out may be undefined", () => {
  const { state } = rmsprop({ x: 1 }, { centered: true });
  expectTypeOf(state.a).toEqualTypeOf<{ readonly x: Float32Array<ArrayBuffer> } | undefined>();
  expect(state.a?.x.length).toBe(1);
});

test("parameters with names known at run time only", () => {
  const shapes: Record<string, number[]> = { a: [2, 3] };
  const opt = sgd(shapes);
  expectTypeOf(opt.params).toEqualTypeOf<{ readonly [name: string]: Float32Array<ArrayBuffer> }>();
  expectTypeOf(opt).toExtend<Optimizer<Record<string, number[]>, (typeof sgd.spec)["hyper"], (typeof sgd.spec)["state"]>>();
  expect(opt.params.a.length).toBe(6);
});

test("parameters of an interface, and functions of any optimizer", () => {
  interface Weights {
    readonly weight: Float32Array;
  }
  const weights: Weights = { weight: new Float32Array(2) };
  const count = (opt: Optimizer) => Object.keys(opt.params).length;
  expect(count(adam(weights))).toBe(1);
  expect(adam(weights).params.weight.length).toBe(2);
});

test("rules for TensorFlow.js have the options of the library, but not those without a meaning there", () => {
  const optimizer = tfjs.rmsprop({ lr: (t) => 1 / (1 + t), momentum: 0.9, ema: true, groups: [{ match: /bias/, lr: 0 }] });
  expectTypeOf(optimizer.hyper.lr).toEqualTypeOf<number | Schedule>();
  expectTypeOf(optimizer.current.centered).toEqualTypeOf<boolean>();
  expectTypeOf(optimizer).toExtend<TensorFlowOptimizer>();
  // @ts-expect-error
  expect(() => tfjs.adam({ momentum: 0.9 })).toThrow(TypeError);
  // @ts-expect-error
  expect(() => tfjs.adam({ zeroGrad: true })).toThrow(TypeError);
  // @ts-expect-error
  expect(() => tfjs.adam({ accumulate: true })).toThrow(TypeError);
  // @ts-expect-error
  expect(() => tfjs.adam({ lr: "0.1" })).toThrow(TypeError);
  // @ts-expect-error
  expect(() => tfjs.adam({ groups: [{ match: /x/, rho: 1 }] })).toThrow(TypeError);
});
