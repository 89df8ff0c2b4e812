// A real other program, compiled here, whose parameters are optimized where they are, in its own memory.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import { afterAll, expect, test } from "vitest";
import { foreignMemory, rules } from "../../src/index.js";
import type { AnyRule } from "../support/configurations.js";
import { eager } from "../support/pools.js";

interface Program {
  readonly memory: WebAssembly.Memory;
  begin(): void;
  gradient(): number;
  allocate(bytes: number): number;
  grow(): void;
  weightAddress(): number;
  offsetAddress(): number;
  weightGradientAddress(): number;
  offsetGradientAddress(): number;
}

const sources = fileURLToPath(new URL("programs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "simdescent-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function assemblyScript(name: string, ...options: string[]): Promise<string> {
  const file = join(folder, `${name}.wasm`);
  const common = ["-O2", "--outFile", file, "--use", "abort=", "--baseDir", sources];
  const { error, stderr } = await asc.main([join(sources, "regression.ts"), ...common, ...options]);
  if (error) throw new Error(stderr.toString(), { cause: error });
  return file;
}

const shared = ["--enable", "threads", "--sharedMemory", "--initialMemory", "2", "--maximumMemory", "100"];

function c(): string {
  const file = join(folder, "c.wasm");
  const options = ["--target=wasm32", "-O2", "-nostdlib", "-fno-builtin", "-Wl,--no-entry", "-o", file];
  execFileSync("clang", [...options, join(sources, "regression.c")]);
  return file;
}

/** Whether clang compiles and links to WebAssembly. */
function hasClang(): boolean {
  const options = ["--target=wasm32", "-nostdlib", "-Wl,--no-entry", "-x", "c", "-o", join(folder, "probe.wasm"), "-"];
  return spawnSync("clang", options, { input: "int x;" }).status === 0;
}

const programs: [name: string, compile: () => string | Promise<string>, possible: boolean][] = [
  ["AssemblyScript, minimal runtime", () => assemblyScript("minimal", "--runtime", "minimal"), true],
  ["AssemblyScript, incremental runtime", () => assemblyScript("incremental", "--runtime", "incremental"), true],
  ["AssemblyScript, shared memory", () => assemblyScript("shared", "--runtime", "minimal", ...shared), true],
  ["C", c, hasClang()],
];

function start(file: string): Program {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)), {});
  const program = exports as unknown as Program;
  program.begin();
  return program;
}

const shapes = { weight: 5, offset: [1] } as const;

const gradientsOf = (program: Program) => ({
  weight: program.weightGradientAddress(),
  offset: program.offsetGradientAddress(),
});

const memoryOf = (program: Program) =>
  foreignMemory({
    memory: program.memory,
    allocate: program.allocate,
    params: { weight: program.weightAddress(), offset: program.offsetAddress() },
    grads: gradientsOf(program),
  });

/** The loss of each step, in the program's own memory, which grows twice. */
function inPlace(program: Program, rule: AnyRule, options: Record<string, unknown>): number[] {
  const optimizer = rule(shapes, { ...options, memory: memoryOf(program) });
  return Array.from({ length: 300 }, (_, step) => {
    if (step === 10 || step === 20) program.grow();
    const loss = program.gradient();
    optimizer.step();
    return loss;
  });
}

/** The same by an optimizer with memory of its own, whose parameters are copied to the program, and the gradients back. */
function byCopies(program: Program, rule: AnyRule, options: Record<string, unknown>): number[] {
  const optimizer = rule(shapes, options);
  const view = (address: number, length: number) => new Float32Array(program.memory.buffer, address, length);
  return Array.from({ length: 300 }, () => {
    view(program.weightAddress(), 5).set(optimizer.params.weight as Float32Array);
    view(program.offsetAddress(), 1).set(optimizer.params.offset as Float32Array);
    const loss = program.gradient();
    optimizer.grads.weight?.set(view(program.weightGradientAddress(), 5));
    optimizer.grads.offset?.set(view(program.offsetGradientAddress(), 1));
    optimizer.step();
    return loss;
  });
}

for (const [name, compile, possible] of programs) {
  test.skipIf(!possible)(`${name}${possible ? "" : ": clang with its WebAssembly target and lld is not installed"}`, async () => {
    const file = await compile();
    const chosen: [AnyRule, Record<string, unknown>][] = [
      [rules.adam as unknown as AnyRule, { lr: 0.1, clipValue: 5, ema: true }],
      [rules.lamb as unknown as AnyRule, { lr: 0.05, zeroGrad: true }],
      [rules.momentum as unknown as AnyRule, { lr: 0.05, accumulate: true }],
    ];
    for (const [rule, options] of chosen) {
      const program = start(file);
      const before = program.memory.buffer.byteLength;
      const losses = inPlace(program, rule, options);
      expect(losses).toEqual(byCopies(start(file), rule, options));
      expect(program.memory.buffer.byteLength).toBeGreaterThan(before + 2 ** 20);
      // The rest is what step sizes that do not decay leave.
      expect(losses.at(-1)).toBeLessThanOrEqual(1e-2 * (losses[0] as number));
    }
  });
}

test("threads work on the shared memory of another program", async () => {
  const program = start(await assemblyScript("team", "--runtime", "minimal", ...shared));
  const pool = await eager(2);
  const length = 100_000;
  const [params, grads] = [program.allocate(length * 4), program.allocate(length * 4)];
  const memory = foreignMemory({
    memory: program.memory,
    allocate: program.allocate,
    params: { x: params },
    grads: { x: grads },
  });
  const options = { clipNorm: 1, ema: true };
  const theirs = rules.adam({ x: new Float32Array(length).fill(1) }, { ...options, memory, threads: pool });
  const own = rules.adam({ x: new Float32Array(length).fill(1) }, options);
  for (let step = 0; step < 5; step++) {
    if (step === 2) program.grow();
    for (const { grads } of [theirs, own]) for (let i = 0; i < length; i++) grads.x[i] = Math.fround(Math.sin(i + step));
    theirs.step();
    own.step();
  }
  pool.close();
  expect(theirs.gradNorm).toBe(own.gradNorm);
  expect(Buffer.from(theirs.params.x.slice().buffer).equals(Buffer.from(own.params.x.slice().buffer))).toBe(true);
  expect(
    Buffer.from(theirs.average?.x.slice().buffer as ArrayBuffer).equals(
      Buffer.from(own.average?.x.slice().buffer as ArrayBuffer),
    ),
  ).toBe(true);
});
