// What assembly/build.mjs makes: modules that import the memory alone, and loops without calls.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as code from "#kernels";
import { importing } from "../../src/kernels/sections.js";
import { decode } from "../../src/kernels/wasm.js";
import { allModules } from "../support/allKernels.js";

const build = (file: string) => readFileSync(new URL(`../../build/${file}`, import.meta.url));

/** Lines of a text-format module inside innermost loops: loops open with `loop`, and every construct closes with `end`. */
function linesInLoops(text: string): string[] {
  const open: { word: string; lines: string[]; innermost: boolean }[] = [];
  const found: string[] = [];
  for (const line of text.split("\n")) {
    const word = line.trim().split(" ")[0];
    if (word === "loop") for (const around of open) around.innermost = false;
    if (["block", "loop", "if"].includes(word)) open.push({ word, lines: [], innermost: true });
    for (const around of open) around.lines.push(line);
    const closed = word === "end" ? open.pop() : undefined;
    if (closed?.word === "loop" && closed.innermost) found.push(...closed.lines);
  }
  return found;
}

describe.each(["plain", "shared", "scalar"])("the %s build", (name) => {
  const module = new WebAssembly.Module(build(`${name}.wasm`));
  const text = build(`${name}.wat`).toString();

  test("imports the memory alone and exports functions alone", () => {
    expect(WebAssembly.Module.imports(module)).toEqual([{ module: "env", name: "memory", kind: "memory" }]);
    expect(new Set(WebAssembly.Module.exports(module).map(({ kind }) => kind))).toEqual(new Set(["function"]));
  });

  test("has no data segment, start function, global, table or memory growth, and no relaxed instruction", () => {
    for (const word of ["(data", "(start", "(global", "(table", "memory.grow", "relaxed"]) expect(text).not.toContain(word);
  });

  test("has no call inside an innermost loop, except calls of other loops", () => {
    const inLoops = linesInLoops(text);
    expect(inLoops.filter((line) => line.includes("load")).length).toBeGreaterThan(10);
    // Adafactor's loop over rows, each of which is a whole reduction; the tiles of a matrix product, each a sum over its inner size; in the
    // scalar build the rows of SM3, each a loop that is not inlined.
    const calls = inLoops.map((line) => line.trim()).filter((line) => line.startsWith("call"));
    const tile = `call $assembly/ops/gemm/pair<${name === "scalar" ? "f32" : "v128"}>`;
    const rows = name === "scalar" ? ['call $"assembly/rules/sm3/sweep<f32,u32>"'] : [];
    expect(calls).toEqual([...rows, "call $assembly/engine/dot/dot", tile]);
  });

  test(name === "scalar" ? "has no SIMD" : "loads four lanes at a time", () => {
    const lanes = linesInLoops(text).filter((line) => line.includes("v128.load"));
    expect(lanes.length > 0).toBe(name !== "scalar");
  });
});

test("the search for calls in loops finds one", () => {
  const text = "func\n loop\n  call $e\n  loop $a\n   if\n    call $f\n   end\n  end\n end\n call $g";
  expect(linesInLoops(text).filter((line) => line.includes("call"))).toEqual(["    call $f"]);
});

describe("the module is cut", () => {
  const exportsOf = (bytes: Uint8Array<ArrayBuffer>) =>
    WebAssembly.Module.exports(new WebAssembly.Module(bytes)).map(({ name }) => name);

  test.each(Object.entries(code))("%s has the kernels that its description names, and imports the memory alone", (_, text) => {
    const bytes = decode(text as string);
    const described = allModules.find((module) => module.code === text);
    expect(exportsOf(bytes).sort()).toEqual(Object.keys(described?.shares ?? {}).sort());
    expect(exportsOf(importing(bytes, true)).sort()).toEqual(exportsOf(bytes).sort());
    const imports = [{ module: "env", name: "memory", kind: "memory" }];
    for (const form of [bytes, importing(bytes, true)]) {
      expect(WebAssembly.Module.imports(new WebAssembly.Module(form))).toEqual(imports);
    }
  });

  test("every kernel is in one part", () => {
    const parts = Object.values(code).flatMap((text) => exportsOf(decode(text as string)));
    expect(parts.sort()).toEqual(exportsOf(new Uint8Array(build("plain.wasm"))).sort());
  });

  test("a part needs no more code than its kernels", () => {
    const sizes = Object.values(code).map((text) => decode(text as string).length);
    const whole = build("plain.wasm").length;
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(1.15 * whole);
    expect(decode(code.adam as string).length).toBeLessThan(whole / 20);
  });

  test("with the import of a shared memory, the module for plain memory is the module for shared memory", () => {
    expect(Buffer.from(importing(new Uint8Array(build("plain.wasm")), true)).equals(build("shared.wasm"))).toBe(true);
    expect(Buffer.from(importing(new Uint8Array(build("shared.wasm")), false)).equals(build("plain.wasm"))).toBe(true);
  });
});
