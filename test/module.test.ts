import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const build = (file: string) => readFileSync(new URL(`../build/${file}`, import.meta.url));

/** Lines of a text-format module that stand inside a loop: loops open with `loop`, and every construct closes with `end` or `)`. */
function linesInLoops(text: string): string[] {
  const open: string[] = [];
  return text.split("\n").filter((line) => {
    const word = line.trim().split(" ")[0];
    if (["block", "loop", "if"].includes(word)) open.push(word);
    if (word === "end") open.pop();
    return open.includes("loop");
  });
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

  test("has no call inside a loop", () => {
    const inLoops = linesInLoops(text);
    expect(inLoops.filter((line) => line.includes("load")).length).toBeGreaterThan(10);
    expect(inLoops.filter((line) => line.includes("call"))).toEqual([]);
  });

  test(name === "scalar" ? "has no SIMD" : "loads four lanes at a time", () => {
    const lanes = linesInLoops(text).filter((line) => line.includes("v128.load"));
    expect(lanes.length > 0).toBe(name !== "scalar");
  });
});

test("the search for calls in loops finds one", () => {
  expect(linesInLoops("func\n loop $a\n  if\n   call $f\n  end\n end\n call $g").filter((line) => line.includes("call"))).toEqual(
    ["   call $f"],
  );
});
