// What assembly/build.mjs makes: modules that import the memory alone, and loops without calls.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { plain } from "#kernels";
import { moduleBytes } from "../../src/kernels/wasm.js";

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
    expect(calls).toEqual([...rows, "call $assembly/ops/dot/dot", tile]);
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

test.each([false, true])("what the library compiles is the build for that memory, shared: %s", (shared) => {
  expect(Buffer.from(moduleBytes(plain as string, shared)).equals(build(shared ? "shared.wasm" : "plain.wasm"))).toBe(true);
});
