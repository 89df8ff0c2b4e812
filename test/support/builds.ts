// All builds of the kernels, with one interface, for table tests.
import { readFileSync } from "node:fs";
import { instantiateSync } from "@assemblyscript/loader";
import type { Kernels } from "../../src/kernels/generated.js";
import type { KernelModule } from "../../src/kernels/kernelModule.js";
import { allKernels } from "./allKernels.js";
import { attach } from "./lanes.js";

/** The kernels of these modules on a memory, by default all. */
type Link = (memory: WebAssembly.Memory, modules?: readonly KernelModule[]) => Kernels;

export interface Build {
  readonly name: string;
  readonly shared: boolean;
  readonly link: Link;
  /** The kernels on a new memory of at least `bytes` bytes. */
  make(bytes: number): { kernels: Kernels; buffer: ArrayBufferLike };
}

// The path is in a variable, so that TypeScript does not check AssemblyScript's types.
const sources = "../../assembly/index.ts";
const sourceKernels = (await import(sources)) as Kernels;

function build(name: string, link: Link, shared = false): Build {
  return {
    name,
    shared,
    link,
    make(bytes) {
      const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / 65_536), maximum: 65_536, shared });
      return { kernels: link(memory), buffer: memory.buffer };
    },
  };
}

function linking(file: string): Link {
  const module = new WebAssembly.Module(readFileSync(new URL(`../../build/${file}`, import.meta.url)));
  return (memory) => instantiateSync(module, { env: { memory } }).instance.exports as unknown as Kernels;
}

/** The sources as JavaScript, on this memory. */
function interpreting({ buffer }: WebAssembly.Memory): Kernels {
  const calls = Object.entries(sourceKernels).map(([name, kernel]) => {
    const call = (...args: number[]) => {
      attach(buffer);
      return (kernel as (...args: number[]) => number)(...args);
    };
    return [name, call];
  });
  return Object.fromEntries(calls) as Kernels;
}

export const builds: readonly Build[] = [
  build("SIMD", allKernels),
  build("SIMD on shared memory", allKernels, true),
  build("scalar", linking("scalar.wasm")),
  build("Math.fround", interpreting),
];
