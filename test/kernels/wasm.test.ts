// Where the kernels come from: compiled by the library, or given by the caller.
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test, vi } from "vitest";

const bytes = (name: string) => readFileSync(new URL(`../../build/${name}.wasm`, import.meta.url));
const build = (name: string) => new WebAssembly.Module(bytes(name));

/** The library, which has compiled nothing yet. */
async function fresh() {
  vi.resetModules();
  const { allocate } = await import("../../src/memory/wasmMemory.js");
  const library = { ...(await import("../../src/index.js")), ...(await import("../../src/kernels/wasm.js")) };
  const { engine } = await import("../../src/kernels/generated.js");
  /** The modules that an optimizer on this memory uses. */
  const modulesOn = (memory: WebAssembly.Memory) =>
    library.compile(memory, [engine, ...library.adam.spec.kernels]).map(({ module }) => module);
  return { ...library, allocate, modulesOn };
}

afterEach(() => vi.unstubAllGlobals());

/** An engine that does not compile. */
function forbid(message: string, validates = true): void {
  class Module {
    constructor() {
      throw new WebAssembly.CompileError(message);
    }
  }
  vi.stubGlobal("WebAssembly", {
    Memory: WebAssembly.Memory,
    CompileError: WebAssembly.CompileError,
    Module,
    validate: () => validates,
  });
}

describe("useModule", () => {
  test.each([
    ["plain", false],
    ["scalar", false],
    ["shared", true],
  ])("the module of %s.wasm is what optimizers use, shared memory: %s", async (name, shared) => {
    const { useModule, modulesOn, allocate } = await fresh();
    const module = build(name);
    useModule(module);
    expect(modulesOn(allocate(1, shared))).toEqual([module]);
    expect(modulesOn(allocate(1, !shared))).not.toContain(module);
  });

  test("nothing is compiled after both modules were given", async () => {
    const { useModule, adam, allocate, modulesOn } = await fresh();
    const modules = [build("plain"), build("shared")];
    for (const module of modules) useModule(module);
    const compiling = vi.fn();
    const Module = new Proxy(WebAssembly.Module, { construct: compiling });
    vi.stubGlobal("WebAssembly", { Memory: WebAssembly.Memory, Instance: WebAssembly.Instance, Module });
    const opt = adam({ x: 1 }, { lr: 0.5 });
    opt.grads.x[0] = 1;
    opt.step();
    expect(opt.params.x[0]).toBeCloseTo(-0.5);
    expect(modulesOn(allocate(1, true))).toEqual([modules[1]]);
    expect(compiling).not.toHaveBeenCalled();
  });

  test.each([
    [bytes("plain"), "[object Uint8Array]"],
    [{}, "[object Object]"],
    [null, "null"],
    [undefined, "undefined"],
    ["plain.wasm", '"plain.wasm"'],
    [new WebAssembly.Memory({ initial: 0 }), "[object WebAssembly.Memory]"],
  ])("refuses values that are no module: %#", async (value, shown) => {
    const { useModule } = await fresh();
    expect(() => useModule(value as never)).toThrow(
      new TypeError(`useModule: module expected a WebAssembly.Module, got ${shown}`),
    );
  });

  test("names the kernels that a module lacks, and keeps the module in use", async () => {
    const { useModule, modulesOn, allocate } = await fresh();
    const module = build("plain");
    useModule(module);
    const empty = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    expect(() => useModule(empty)).toThrow(
      /^useModule: module expected the kernels of this version of simdescent, got one without .*adabelief, adadelta, .*, yogi$/,
    );
    // One name misspelt, of as many bytes.
    const other = bytes("plain");
    other.write("adamw_", other.indexOf("adamax", 0, "latin1"), "latin1");
    expect(() => useModule(new WebAssembly.Module(other))).toThrow(/got one without adamax$/);
    expect(modulesOn(allocate(1))).toEqual([module]);
  });

  test("refuses a module that imports something else", async () => {
    const { useModule } = await fresh();
    const other = bytes("plain");
    other.write("nev", other.indexOf("env", 0, "latin1"), "latin1");
    expect(() => useModule(new WebAssembly.Module(other))).toThrow(
      new TypeError("useModule: module expected one that imports env.memory alone, got one that imports nev.memory"),
    );
  });
});

describe("where the library cannot compile, making an optimizer throws and names what is missing:", () => {
  test("WebAssembly", async () => {
    const { adam, lbfgs } = await fresh();
    vi.stubGlobal("WebAssembly", undefined);
    for (const make of [adam, lbfgs]) {
      expect(() => make({ x: 1 })).toThrow("simdescent: this engine has no WebAssembly, or it is switched off");
    }
  });

  test("SIMD", async () => {
    const { adam } = await fresh();
    forbid("wasm simd unsupported", false);
    expect(() => adam({ x: 1 })).toThrow(/^simdescent: this engine has no WebAssembly SIMD$/);
  });

  test("a directive of the policy, or a module", async () => {
    const { adam, useModule } = await fresh();
    const module = build("plain");
    forbid("violates the policy");
    expect(() => adam({ x: 1 })).toThrow(
      new Error(
        "simdescent: compiling WebAssembly is not allowed here: allow script-src 'wasm-unsafe-eval' in the Content-Security-Policy, " +
          "or call useModule(module) with simdescent/kernels/plain.wasm, compiled by the platform (violates the policy)",
      ),
    );
    vi.unstubAllGlobals();
    useModule(module);
    expect(adam({ x: 1 }).t).toBe(0);
  });

  test("a directive of the policy, at the instance", async () => {
    const { adam } = await fresh();
    class Instance {
      constructor() {
        throw new Error("Refused to create a WebAssembly object");
      }
    }
    vi.stubGlobal("WebAssembly", { Memory: WebAssembly.Memory, Module: WebAssembly.Module, Instance });
    expect(() => adam({ x: 1 })).toThrow(/ script-src 'wasm-unsafe-eval' .* \(Refused to create a WebAssembly object\)$/);
  });

  test("the module for shared memory, where the platform compiles", async () => {
    const whole = build("plain");
    vi.doMock("#kernels", async (original) =>
      Object.fromEntries(Object.keys(await original<object>()).map((name) => [name, whole])),
    );
    const { adam, allocate, modulesOn } = await fresh();
    vi.doUnmock("#kernels");
    expect(adam({ x: 1 }).t).toBe(0);
    expect(modulesOn(allocate(1))).toEqual([whole]);
    expect(() => modulesOn(allocate(1, true))).toThrow(
      "simdescent: shared memory expected useModule(module) first, with the module of simdescent/kernels/shared.wasm",
    );
  });
});
