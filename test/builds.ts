// Every build of the kernels behind one interface: what the table tests iterate over.
import { readFileSync } from "node:fs";
import { instantiateSync } from "@assemblyscript/loader";
import { instantiate, type Kernels } from "../src/wasm.js";
import { attach } from "./lanes.js";

/** The kernels on a memory of their own of so many bytes. */
export interface Build {
  readonly name: string;
  make(bytes: number): { kernels: Kernels; buffer: ArrayBuffer };
}

const scalarModule = new WebAssembly.Module(readFileSync(new URL("../build/scalar.wasm", import.meta.url)));
// By a variable, so that the TypeScript of this folder is not asked about AssemblyScript's types.
const sources = "../assembly/index.ts";
const sourceKernels = (await import(sources)) as Kernels;

function onMemory(link: (memory: WebAssembly.Memory) => Kernels): Build["make"] {
  return (bytes) => {
    const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / 65_536) });
    return { kernels: link(memory), buffer: memory.buffer };
  };
}

export const builds: readonly Build[] = [
  { name: "SIMD", make: onMemory(instantiate) },
  {
    name: "scalar",
    make: onMemory((memory) => instantiateSync(scalarModule, { env: { memory } }).instance.exports as unknown as Kernels),
  },
  {
    name: "Math.fround",
    make(bytes) {
      const buffer = new ArrayBuffer(Math.ceil(bytes / 4) * 4);
      attach(buffer);
      return { kernels: sourceKernels, buffer };
    },
  },
];
