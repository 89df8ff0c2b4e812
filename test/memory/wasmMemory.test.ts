import { afterEach, expect, test, vi } from "vitest";
import { adam, lbfgs } from "../../src/index.js";
import { allocate, isMemory, isShared } from "../../src/memory/wasmMemory.js";

afterEach(() => vi.unstubAllGlobals());

test("a memory has whole pages, and does not grow", () => {
  const memory = allocate(65_537);
  expect(memory.buffer.byteLength).toBe(2 * 65_536);
  expect(() => memory.grow(1)).toThrow(RangeError);
  expect([isShared(memory), isShared(allocate(1, true))]).toEqual([false, true]);
});

test("a look-alike is no memory", () => {
  const alike = Object.create(WebAssembly.Memory.prototype);
  expect([allocate(1), alike, {}, null, 1].map(isMemory)).toEqual([true, false, false, false, false]);
});

test("when the engine refuses a memory, the error names the limit and the cure", () => {
  const cause = new RangeError("WebAssembly.Memory(): could not allocate memory");
  class Memory {
    constructor() {
      throw cause;
    }
  }
  vi.stubGlobal("WebAssembly", { Memory });
  const error = new RangeError(
    "simdescent: the engine refused a WebAssembly memory of 65.5 kB: browsers allow a page 125 (Chromium) to 1,000 (Firefox) of them; " +
      "share one: const memory = arena(), then adam(params, { memory }), and dispose() optimizers that are done",
    { cause },
  );
  for (const make of [adam, lbfgs]) expect(() => make({ x: 1 })).toThrow(error);
});
