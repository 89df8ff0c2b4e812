// Every build of the kernels behind one interface: what the table tests iterate over.
import { readFileSync } from "node:fs";
import { instantiateSync } from "@assemblyscript/loader";
import { instantiate, type Kernels } from "../src/wasm.js";
import { attach } from "./lanes.js";

/** The kernels on a memory of their own of so many bytes. */
export interface Build {
  readonly name: string;
  make(bytes: number): { kernels: Kernels; buffer: ArrayBufferLike };
}

const compile = (file: string) => new WebAssembly.Module(readFileSync(new URL(`../build/${file}`, import.meta.url)));
// By a variable, so that the TypeScript of this folder is not asked about AssemblyScript's types.
const sources = "../assembly/index.ts";
const sourceKernels = (await import(sources)) as Kernels;

function onMemory(link: (memory: WebAssembly.Memory) => Kernels, shared = false): Build["make"] {
  return (bytes) => {
    const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / 65_536), maximum: 65_536, shared });
    return { kernels: link(memory), buffer: memory.buffer };
  };
}

function linking(file: string): (memory: WebAssembly.Memory) => Kernels {
  const module = compile(file);
  return (memory) => instantiateSync(module, { env: { memory } }).instance.exports as unknown as Kernels;
}

export const builds: readonly Build[] = [
  { name: "SIMD", make: onMemory(instantiate) },
  { name: "SIMD on shared memory", make: onMemory(linking("shared.wasm"), true) },
  { name: "scalar", make: onMemory(linking("scalar.wasm")) },
  {
    name: "Math.fround",
    make(bytes) {
      const buffer = new ArrayBuffer(Math.ceil(bytes / 4) * 4);
      attach(buffer);
      return { kernels: sourceKernels, buffer };
    },
  },
];
