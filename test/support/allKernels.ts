// Every kernel of the package on one memory.

import * as generated from "../../src/kernels/generated.js";
import type { KernelModule } from "../../src/kernels/kernelModule.js";
import { instantiate } from "../../src/kernels/wasm.js";

/** The modules of all kernels. */
export const allModules = Object.values(generated).filter((module) => typeof module === "object") as readonly KernelModule[];

/** The kernels of these modules, by default all, on a memory. */
export const allKernels = (memory: WebAssembly.Memory, modules = allModules): generated.Kernels => instantiate(memory, modules);
