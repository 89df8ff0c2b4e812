// Kernels from outside the package.
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test, vi } from "vitest";
import { defineRule, kernelModule } from "../../src/index.js";
import { isKernelModule } from "../../src/kernels/ownKernels.js";
import { compileKernels } from "../support/compileKernels.js";
import { eager } from "../support/pools.js";
import { fill, random } from "../support/random.js";

const shared = { enable: ["simd", "threads"], sharedMemory: true, maximumMemory: 65536 };

const source = `
  import { add, get, mul, offset, put, scalar, simd, vectors, width } from "simdescent/assembly/lanes";

  function sweep<T>(i: usize, end: usize, p: usize, g: usize, c: usize): void {
    const Rate = scalar<T>(c, 3);
    for (; i < end; i += width<T>()) put(p + i, add(get<T>(p + i), mul(Rate, get<T>(g + i))));
  }
  export function climb(begin: u32, end: u32, p: usize, g: usize, c: usize): void {
    const first = offset(begin), last = offset(end), whole = vectors(first, last);
    if (simd) sweep<v128>(first, whole, p, g, c);
    sweep<f32>(whole, last, p, g, c);
  }

  /** 0 if an element of x exceeds 1. */
  export function small(begin: u32, end: u32, x: usize): i32 {
    for (let i = begin; i < end; i++) if (get<f32>(x + offset(i)) > 1) return 0;
    return 1;
  }

  function at(x: usize, i: u32): f64 {
    return <f64>get<f32>(x + offset(i));
  }

  // Sums of x², x·y and x·y·z, block by block.
  function total(begin: u32, end: u32, x: usize, y: usize, z: usize, r: usize): void {
    let sum: f64 = 0;
    for (let first = begin; first < end; first += 4096) {
      let part: f64 = 0;
      for (let i = first; i < min(end, first + 4096); i++) part += at(x, i) * at(y, i) * (z ? at(z, i) : 1);
      sum += part;
    }
    store<f64>(r, sum);
  }
  export function squares(begin: u32, end: u32, x: usize, r: usize): void { total(begin, end, x, x, 0, r); }
  export function products(begin: u32, end: u32, x: usize, y: usize, r: usize): void { total(begin, end, x, y, 0, r); }
  export function triples(begin: u32, end: u32, x: usize, y: usize, z: usize, r: usize): void { total(begin, end, x, y, z, r); }

  /** Depends on the order of all elements. */
  export function chain(begin: u32, end: u32, x: usize, r: usize): void {
    let y: f64 = 0;
    for (let i = begin; i < end; i++) y = y / 3 + at(x, i);
    store<f64>(r, y);
  }

  export let level: i32 = 1;
`;
const bytes = await compileKernels(source);
const sharedBytes = await compileKernels(source, shared);
const shares = {
  climb: "elements",
  small: "elements",
  squares: "sums",
  products: "sums",
  triples: "sums",
  chain: "whole",
} as const;

const pools = await Promise.all([1, 2, 3].map(eager));
afterAll(() => {
  for (const pool of pools) pool.close();
});

/** A rule that calls all of these kernels, and the sums that it has seen. */
function ruleOf(code: Parameters<typeof kernelModule>[0]) {
  const seen: number[] = [];
  const rule = defineRule({
    name: "climbing",
    hyper: { lr: [0.5, "[0,inf)"] },
    kernels: [kernelModule(code, shares)],
    wholePass(k, args, { p, g }) {
      const { begin, end, r } = args;
      seen.push(k.small(begin, end, p), k.small(begin, end, g));
      for (const call of [
        () => k.squares(begin, end, p, r),
        () => k.products(begin, end, p, g, r),
        () => k.triples(begin, end, p, g, g, r),
        () => k.chain(begin, end, g, r),
      ]) {
        call();
        seen.push(args.sum);
      }
    },
    scalars(args, { lr }) {
      args.scalars("rate", lr);
    },
    elementPass(k, { begin, end, c }, { p, g }) {
      k.climb(begin, end, p, g, c);
    },
  });
  return { rule, seen };
}

/** What two steps give. */
function train(code: Parameters<typeof kernelModule>[0], length: number, options: object = {}) {
  const { rule, seen } = ruleOf(code);
  const opt = rule({ w: length }, options);
  fill(opt.params.w, random(1));
  for (let t = 1; t <= 2; t++) {
    fill(opt.grads.w, random(1 + t), t);
    opt.step();
  }
  return { seen, w: [...new Uint32Array(opt.params.w.slice().buffer)] };
}

describe("kernels of one's own", () => {
  test("give the values of a plain loop", () => {
    const { seen, w } = train(bytes, 5);
    const p = fill(new Float32Array(5), random(1));
    const expected: number[] = [];
    for (let t = 1; t <= 2; t++) {
      const g = fill(new Float32Array(5), random(1 + t), t);
      const sum = (term: (i: number) => number) => p.reduce((sum, _, i) => sum + term(i), 0);
      expected.push(p.every((x) => x <= 1) ? 1 : 0, g.every((x) => x <= 1) ? 1 : 0);
      expected.push(
        sum((i) => p[i] * p[i]),
        sum((i) => p[i] * g[i]),
        sum((i) => p[i] * g[i] * g[i]),
      );
      expected.push(g.reduce((y, x) => y / 3 + x, 0));
      for (let i = 0; i < 5; i++) p[i] += Math.fround(0.5 * g[i]);
    }
    expect(seen).toEqual(expected);
    expect(w).toEqual([...new Uint32Array(p.buffer)]);
  });

  test("the pools have the threads that the tests want", () => {
    expect(pools.map(({ size }) => size)).toEqual([1, 2, 3]);
  });

  const length = 100_003;
  const expected = train(bytes, length);

  test("the result of an element-wise call is 0 if one range returns 0", () => {
    // Gradients of the second step exceed 1.
    expect([expected.seen[0], expected.seen[1], expected.seen[7]]).toEqual([1, 1, 0]);
  });

  const of = (Buffer: new (length: number) => ArrayBuffer | SharedArrayBuffer) => {
    const buffer = new Buffer(bytes.length);
    new Uint8Array(buffer).set(bytes);
    return buffer;
  };
  const padded = Uint8Array.of(1, 2, 3, ...bytes, 4);

  test.each<[string, () => unknown]>([
    ["a Uint8Array", () => bytes],
    ["a part of a larger buffer", () => padded.subarray(3, 3 + bytes.length)],
    ["a DataView", () => new DataView(padded.buffer, 3, bytes.length)],
    ["a Buffer of Node", () => Buffer.from(bytes)],
    ["an ArrayBuffer", () => of(ArrayBuffer)],
    ["a SharedArrayBuffer", () => of(SharedArrayBuffer)],
    ["a compiled module", () => new WebAssembly.Module(bytes)],
    ["bytes compiled for shared memory", () => sharedBytes],
  ])("from %s, on plain memory", (_, code) => {
    expect(train(code() as typeof bytes, length)).toEqual(expected);
  });

  test.each([
    ["bytes", 1, () => bytes],
    ["bytes", 2, () => bytes],
    ["bytes", 3, () => bytes],
    ["bytes compiled for shared memory", 2, () => sharedBytes],
    ["a module compiled for shared memory", 2, () => new WebAssembly.Module(sharedBytes)],
  ])("from %s, on %d threads: the same bits", (_, size, code) => {
    expect(train(code(), length, { threads: pools[size - 1] })).toEqual(expected);
  });

  test("later changes of the bytes have no effect", () => {
    const copy = bytes.slice();
    const { rule } = ruleOf(copy);
    copy.fill(0);
    const opt = rule({ w: 1 }, { threads: pools[1] });
    opt.grads.w[0] = 4;
    opt.step();
    expect(opt.params.w[0]).toBe(2);
  });

  test("are compiled once for each kind of memory", () => {
    // The engine's kernels, and those of another module, for both kinds.
    for (const options of [{}, { threads: pools[1] }]) ruleOf(bytes).rule({ w: 1 }, options);
    let compiled = 0;
    const Module = new Proxy(WebAssembly.Module, {
      construct(target, [code]) {
        compiled += 1;
        return new target(code as BufferSource);
      },
    });
    vi.stubGlobal("WebAssembly", Object.create(WebAssembly, { Module: { value: Module } }));
    const counts: number[] = [];
    const { rule } = ruleOf(bytes);
    counts.push(compiled); // as given, for the checks, and for plain memory
    for (let i = 0; i < 2; i++) {
      for (const options of [{}, { threads: pools[1] }]) {
        rule({ w: 1 }, options);
        counts.push(compiled);
      }
    }
    vi.unstubAllGlobals();
    expect(counts).toEqual([2, 2, 3, 3, 3]);
  });

  test.each([false, true])("stay what they are after useModule, on shared memory: %s", async (isShared) => {
    vi.resetModules();
    const fresh = await import("../../src/index.js");
    const { compile } = await import("../../src/kernels/wasm.js");
    const { allocate } = await import("../../src/memory/wasmMemory.js");
    const { engine } = await import("../../src/kernels/generated.js");
    const own = fresh.kernelModule(bytes, shares);
    const memory = allocate(1, isShared);
    const [, { module: before }] = compile(memory, [engine, own]);
    const whole = new WebAssembly.Module(
      readFileSync(new URL(`../../build/${isShared ? "shared" : "plain"}.wasm`, import.meta.url)),
    );
    fresh.useModule(whole);
    expect(compile(memory, [engine, own]).map(({ module }) => module)).toEqual([whole, before]);
  });

  test("what kernelModule returns cannot be changed, and nothing else passes for it", () => {
    const module = kernelModule(bytes, { climb: "elements" });
    expect([Object.isFrozen(module), Object.isFrozen(module.shares)]).toEqual([true, true]);
    expect([module, { ...module }, null, undefined, "climb"].map(isKernelModule)).toEqual([true, false, false, false, false]);
  });
});

describe("wrong modules", async () => {
  const advice = "compile it with the options of simdescent/assembly/asconfig.json";
  const touch = "export function f(begin: u32, end: u32, p: usize): void { store<f32>(p, 1); }";
  const good = { f: "elements" };
  const renamed = (from: string, to: string) => {
    const copy = Buffer.from(bytes);
    copy.write(to, copy.indexOf(from, 0, "latin1"), "latin1");
    return copy;
  };
  const imports = (what: string) =>
    new TypeError(`kernelModule: code expected a module that imports env.memory alone, got one that imports ${what}; ${advice}`);
  const anySize = new TypeError(
    `kernelModule: code expected a module that runs on a memory of any size, without static data; ${advice}`,
  );
  const noData = new TypeError(
    "kernelModule: code expected a module without static data, which would overwrite arrays: use no strings, no static arrays, no Math.pow",
  );
  const kind = "kernelModule: code expected the bytes of a WebAssembly module, or a WebAssembly.Module, got";
  const data = await compileKernels(
    "const s: StaticArray<f32> = [1, 2]; export function f(begin: u32, end: u32): void { store<f32>(0, s[begin & 1]); }",
  );
  const seven = "a: usize, b: usize, c: usize, d: usize, e: usize, f: usize, g: usize";
  const long = await compileKernels(`
    export function eight(begin: u32, end: u32, ${seven}, h: usize): void { store<usize>(h, a + b + c + d + e + f + g); }
    export function seven(begin: u32, end: u32, ${seven}): void { store<usize>(g, a + b + c + d + e + f); }
    export function one(begin: u32): void { store<f32>(begin, 1); }
    export function four(begin: u32, end: u32, a: usize, b: usize, c: usize, d: usize, r: usize): void { store<f64>(r, a + b + c + d); }
    export function none(begin: u32, end: u32, r: usize): void { store<f64>(r, 1); }`);

  test.each<[what: string, code: unknown, kernels: unknown, error: Error | RegExp]>([
    ["nothing", undefined, good, new TypeError(`${kind} undefined`)],
    ["a path", "adamS.wasm", good, new TypeError(`${kind} "adamS.wasm"`)],
    ["a promise", Promise.resolve(bytes), good, new TypeError(`${kind} [object Promise]; is an await missing?`)],
    ["an array", [...bytes.subarray(0, 3)], good, new TypeError(`${kind} [0, 97, 115]`)],
    ["an instance", {}, good, new TypeError(`${kind} [object Object]`)],
    [
      "text",
      new TextEncoder().encode("<!doctype html>"),
      good,
      /^kernelModule: code expected a valid WebAssembly module, got bytes that do not compile \(.*magic/,
    ],
    [
      "no bytes",
      new Uint8Array(),
      good,
      /^kernelModule: code expected a valid WebAssembly module, got bytes that do not compile \(/,
    ],
    [
      "a part of a module",
      bytes.subarray(0, -9),
      good,
      /^kernelModule: code expected a valid WebAssembly module, got bytes that do not compile \(/,
    ],
    [
      "a module with an abort",
      await compileKernels(
        "export function f(begin: u32, end: u32, p: usize): void { if (p) throw new Error(); store<f32>(p, 1); }",
        {
          use: [],
        },
      ),
      good,
      noData, // the text of the message
    ],
    [
      "a module with an import of a function",
      await compileKernels(`@external("env", "now") declare function now(): f32; ${touch.replace("1)", "now())")}`),
      good,
      imports("env.now (function), env.memory"),
    ],
    ["a module with a memory of its own", await compileKernels(touch, { importMemory: false }), good, imports("nothing")],
    [
      "a module without any memory",
      await compileKernels("export function f(begin: u32, end: u32): void {}"),
      good,
      imports("nothing"),
    ],
    ["a memory of another name", renamed("memory", "memori"), shares, imports("env.memori")],
    ["a memory of another module", renamed("env", "nev"), shares, imports("nev.memory")],
    [
      "a function as env.memory",
      Uint8Array.of(
        0,
        97,
        115,
        109,
        1,
        0,
        0,
        0,
        1,
        4,
        1,
        96,
        0,
        0,
        2,
        14,
        1,
        3,
        101,
        110,
        118,
        6,
        109,
        101,
        109,
        111,
        114,
        121,
        0,
        0,
      ),
      good,
      imports("env.memory (function)"),
    ],
    ["static data", data, good, noData],
    ["static data, compiled", new WebAssembly.Module(data), good, anySize],
    [
      "a start function",
      await compileKernels(`let x: f32 = load<f32>(0); ${touch.replace("1)", "x)")}`),
      good,
      new TypeError(`kernelModule: code expected a module without a start function: create no objects with new; ${advice}`),
    ],
    [
      "a compiled module for memories from 3 pages on",
      new WebAssembly.Module(await compileKernels(touch, { initialMemory: 3 })),
      good,
      anySize,
    ],

    [
      "no object",
      bytes,
      ["climb"],
      new TypeError('kernelModule: kernels expected a plain object that says how threads share each kernel, got ["climb"]'),
    ],
    [
      "no kernels",
      bytes,
      {},
      new RangeError("kernelModule: kernels expected at least one of climb, small, squares, products, triples, chain"),
    ],
    [
      "a kernel that is not there",
      bytes,
      { climb: "elements", clim: "elements" },
      new TypeError(
        'kernelModule: kernels expected functions that the module exports, got "clim"; it exports climb, small, squares, products, triples, chain',
      ),
    ],
    [
      "a global",
      bytes,
      { level: "whole" },
      new TypeError(
        'kernelModule: kernels expected functions that the module exports, got "level"; it exports climb, small, squares, products, triples, chain',
      ),
    ],
    [
      "a wrong share",
      bytes,
      { climb: "element" },
      new RangeError('kernelModule: kernels: "climb" expected one of elements, sums, whole, got "element"'),
    ],
    [
      "a share that is no text",
      bytes,
      { climb: true },
      new TypeError('kernelModule: kernels: "climb" expected one of elements, sums, whole, got true'),
    ],
    [
      "the name of a kernel of the engine",
      await compileKernels(touch.replace("function f", "function dot")),
      { dot: "elements" },
      new TypeError('kernelModule: kernels: "dot" expected another name: a kernel of the engine has it'),
    ],
    [
      "too many parameters for threads",
      long,
      { eight: "elements" },
      new TypeError(
        'kernelModule: kernels: "eight" as "elements" expected the parameters begin, end and at most seven others, got 10 parameters',
      ),
    ],
    [
      "no range",
      long,
      { one: "elements" },
      new TypeError(
        'kernelModule: kernels: "one" as "elements" expected the parameters begin, end and at most seven others, got 1 parameters',
      ),
    ],
    ...(
      [
        ["four", 7],
        ["none", 3],
      ] as const
    ).map(([name, count]): [string, unknown, unknown, Error] => [
      `a sum of ${name}`,
      long,
      { [name]: "sums" },
      new TypeError(
        `kernelModule: kernels: "${name}" as "sums" expected the parameters begin, end, one to three others and the address of the sum, got ${count} parameters`,
      ),
    ]),
  ])("%s", (_, code, kernels, error) => {
    const make = () => kernelModule(code as never, kernels as never);
    expect(make).toThrow(error);
    expect(make).toThrow(error instanceof Error ? (error.constructor as never) : TypeError);
  });

  test.each([
    ["whole kernels of any parameters", long, { eight: "whole", one: "whole", none: "whole" }],
    ["as many parameters as threads hand on", long, { seven: "elements" }],
    ["a name of every object", await compileKernels(touch.replace("function f", "function toString")), { toString: "elements" }],
  ])("allowed: %s", (_, code, kernels) => {
    expect(Object.keys(kernelModule(code, kernels as never).shares)).toEqual(Object.keys(kernels));
  });

  test.each([
    ["shared", "plain", bytes, { threads: pools[1] }],
    ["plain", "shared", sharedBytes, {}],
  ])("on %s memory, a module compiled for %s memory", (found, _, bytes, options) => {
    const { rule } = ruleOf(new WebAssembly.Module(bytes));
    expect(() => rule({ w: 1 }, options as never)).toThrow(
      new TypeError(
        `kernelModule: ${found} memory expected the bytes of the module, got a WebAssembly.Module for the other kind`,
      ),
    );
  });
});
