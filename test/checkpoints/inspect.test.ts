import { expect, test } from "vitest";
import { adam, CheckpointError, inspect, lbfgs, save, sgd } from "../../src/index.js";
import { withMetadata } from "../support/rewriting.js";

test("says what a file has, of a rule and of L-BFGS", () => {
  const opt = adam({ w: [2, 3] });
  opt.step();
  const { rule, t, extra, tensors, metadata } = inspect(save(opt, { extra: { seed: 3 } }));
  expect([rule, t, extra]).toEqual(["adam", 1, { seed: 3 }]);
  expect(Object.fromEntries(tensors)).toEqual({
    "model.w": { dtype: "F32", shape: [2, 3] },
    "optim.state.w.exp_avg": { dtype: "F32", shape: [2, 3] },
    "optim.state.w.exp_avg_sq": { dtype: "F32", shape: [2, 3] },
    "optim.state.w.step": { dtype: "F32", shape: [] },
  });
  expect([...metadata.keys()]).toEqual(["format", "simdescent"]);
  expect(inspect(save(lbfgs({ x: 2 })))).toMatchObject({ rule: "lbfgs", t: 0, extra: undefined });
});

test("says nothing of the optimizer if the file has parameters alone, or another program made it", () => {
  const opt = sgd({ x: 2 });
  for (const file of [save(opt, { only: "params" }), withMetadata(save(opt), () => undefined)]) {
    const { rule, t, extra, metadata } = inspect(file);
    expect([rule, t, extra]).toEqual([undefined, undefined, undefined]);
    expect([...metadata]).toEqual([["format", "pt"]]);
  }
});

test("reads the header alone", () => {
  const file = save(sgd({ x: 1000 }));
  const header = 8 + new DataView(file.buffer).getUint32(0, true);
  const read = (into: Uint8Array, at: number) => {
    expect(at + into.length).toBeLessThanOrEqual(header);
    into.set(file.subarray(at, at + into.length));
  };
  expect(inspect({ size: file.length, read }).rule).toBe("sgd");
});

test("refuses what is no such file", () => {
  expect(() => inspect(new Uint8Array(4))).toThrow(CheckpointError);
  expect(() => inspect(withMetadata(save(sgd({ x: 1 })), () => "{"))).toThrow("checkpoint: metadata expected JSON");
  for (const wrong of [undefined, null, "file", 5, new ArrayBuffer(8), {}, []])
    expect(() => inspect(wrong as never)).toThrow(TypeError);
});
