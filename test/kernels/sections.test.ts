import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { importing, importSection, sectionsOf } from "../../src/kernels/sections.js";
import { decode } from "../../src/kernels/wasm.js";
import { allModules } from "../support/allKernels.js";
import { compileKernels } from "../support/compileKernels.js";

const build = (name: string) => Uint8Array.from(readFileSync(new URL(`../../build/${name}.wasm`, import.meta.url)));
const head = [0, 97, 115, 109, 1, 0, 0, 0];
const shared = { enable: ["simd", "threads"], sharedMemory: true, maximumMemory: 65536 };

describe("sectionsOf", () => {
  test.each<[string, number[], object[]]>([
    ["none", [], []],
    ["an empty one", [1, 0], [{ id: 1, start: 8, begin: 10, end: 10 }]],
    [
      "two",
      [3, 2, 7, 7, 10, 1, 9],
      [
        { id: 3, start: 8, begin: 10, end: 12 },
        { id: 10, start: 12, begin: 14, end: 15 },
      ],
    ],
    ["a size of more bytes than it needs", [1, 0x82, 0x80, 0, 5, 5], [{ id: 1, start: 8, begin: 12, end: 14 }]],
    ...([127, 128, 16_383, 16_384, 2_097_152] as const).map((size): [string, number[], object[]] => {
      const bytes: number[] = [];
      for (let rest = size; ; rest >>>= 7) {
        bytes.push((rest & 127) | (rest > 127 ? 128 : 0));
        if (rest <= 127) break;
      }
      const begin = 9 + bytes.length;
      return [`${size} bytes`, [0, ...bytes, ...Array(size).fill(0)], [{ id: 0, start: 8, begin, end: begin + size }]];
    }),
  ])("%s", (_, sections, expected) => {
    expect(sectionsOf(Uint8Array.from([...head, ...sections]))).toEqual(expected);
  });

  test("those of the module with all kernels end where the module ends; its code has more than 16 kB", () => {
    const bytes = build("plain");
    const sections = sectionsOf(bytes);
    expect(sections.at(-1)?.end).toBe(bytes.length);
    expect(sections.map(({ id }) => id)).toContain(importSection);
    expect(Math.max(...sections.map(({ begin, end }) => end - begin))).toBeGreaterThan(2 ** 14);
  });
});

describe("importing", () => {
  const cuts = allModules.map(({ code, shares }): [string, Uint8Array<ArrayBuffer>] => [
    Object.keys(shares).join(" "),
    decode(code as string),
  ]);

  test.each(cuts)("to shared memory and back, the bytes are the same: %s", (_, plain) => {
    const other = importing(plain, true);
    expect(other).not.toEqual(plain);
    expect(WebAssembly.validate(other)).toBe(true);
    expect(importing(other, false)).toEqual(plain);
    expect(importing(other, true)).toEqual(other);
    expect(importing(plain, false)).toEqual(plain);
  });

  const kernel = "export function f(begin: u32, end: u32, p: usize): void { store<f32>(p, 1); }";

  test.each<[string, string, object]>([
    ["one kernel", kernel, {}],
    ["other limits", kernel, { initialMemory: 2 }],
    ["limits of several bytes", kernel, { initialMemory: 300, maximumMemory: 40_000 }],
    ["a custom section first", kernel, { debug: true }],
  ])("gives what the compiler gives: %s", async (_, source, options) => {
    const given = await compileKernels(source, options);
    const plain = await compileKernels(source, { ...options, initialMemory: 0, maximumMemory: undefined });
    const other = await compileKernels(source, { ...options, ...shared, initialMemory: 0 });
    // The names of features, in a custom section after the others, may differ.
    const withoutCustom = (bytes: Uint8Array) =>
      sectionsOf(bytes).flatMap(({ id, start, end }) => (id === 0 ? [] : [...bytes.subarray(start, end)]));
    expect(withoutCustom(importing(given, false))).toEqual(withoutCustom(plain));
    expect(withoutCustom(importing(given, true))).toEqual(withoutCustom(other));
    expect(WebAssembly.validate(importing(given, true))).toBe(true);
  });

  test.each([
    ["plain", "shared"],
    ["shared", "plain"],
  ])("of %s.wasm gives %s.wasm", (from, to) => {
    expect(importing(build(from), to === "shared")).toEqual(build(to));
  });
});
