import { instantiateSync } from "@assemblyscript/loader";
import { plain } from "#kernels";
import { wrongKind } from "../checks/errors.js";
import { isShared } from "../memory/wasmMemory.js";
import { type Kernels, sharedImport, shares } from "./generated.js";

export type { Kernels };

/** Decodes the module for plain or shared memory from its text, the inverse of `encode` in assembly/build.mjs. */
export function moduleBytes(text: string, shared: boolean): Uint8Array<ArrayBuffer> {
  const module: number[] = [];
  let offset = 46;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 36) offset = code === 32 ? 46 + 91 : 46 + 182;
    else {
      module.push(code - offset);
      offset = 46;
    }
  }
  if (shared) {
    // The two modules differ only in the import of the memory.
    const { begin, end, bytes } = sharedImport;
    module.splice(begin, end - begin, ...bytes);
  }
  return Uint8Array.from(module);
}

/** The modules for plain (false) and shared (true) memory, once compiled or set by `useModule`. */
const modules = new Map<boolean, WebAssembly.Module>();

const file = (shared: boolean) => `simdescent/kernels/${shared ? "shared" : "plain"}.wasm`;

/** The package's own module for plain or shared memory. */
function ownModule(shared: boolean): WebAssembly.Module {
  if (typeof plain !== "string") {
    // Platforms that compile modules themselves have no threads.
    if (shared) throw new Error(`simdescent: shared memory expected useModule(module) first, with the module of ${file(shared)}`);
    return plain;
  }
  const bytes = moduleBytes(plain, shared);
  try {
    return new WebAssembly.Module(bytes);
  } catch (cause) {
    // No Content-Security-Policy forbids validation. If it fails, the engine lacks SIMD.
    if (!WebAssembly.validate(bytes)) throw new Error("simdescent: this engine has no WebAssembly SIMD", { cause });
    throw notAllowed(shared, cause);
  }
}

function notAllowed(shared: boolean, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Error(
    "simdescent: compiling WebAssembly is not allowed here: allow script-src 'wasm-unsafe-eval' in the Content-Security-Policy, " +
      `or call useModule(module) with ${file(shared)}, compiled by the platform (${reason})`,
    { cause },
  );
}

/** The module for this kind of memory. The first call compiles it. */
export function compile(memory: WebAssembly.Memory): WebAssembly.Module {
  const shared = isShared(memory);
  const module = modules.get(shared) ?? ownModule(shared);
  modules.set(shared, module);
  return module;
}

/** The names of a module's exports. Throws a TypeError for an object that only looks like a module. */
function exportsOf(module: WebAssembly.Module): string[] {
  try {
    return WebAssembly.Module.exports(module).map(({ name }) => name);
  } catch {
    throw wrongKind("useModule: module", "a WebAssembly.Module", module);
  }
}

/** Whether a module can be instantiated with this kind of memory. */
function links(module: WebAssembly.Module, shared: boolean): boolean {
  try {
    const memory = new WebAssembly.Memory({ initial: 0, maximum: 0, shared });
    return new WebAssembly.Instance(module, { env: { memory } }) !== undefined;
  } catch {
    return false;
  }
}

/**
 * Sets the compiled module for all optimizers made from now on: `simdescent/kernels/plain.wasm`, or for threads
 * `simdescent/kernels/shared.wasm`. For both, call it twice.
 * @throws TypeError unless `module` is a WebAssembly.Module with the kernels of this version of the package.
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 *
 * const file = new URL(import.meta.resolve("simdescent/kernels/plain.wasm"));
 * useModule(await WebAssembly.compile(await readFile(file)));
 * const opt = adam({ weight: [10, 784] });
 * ```
 */
export function useModule(module: WebAssembly.Module): void {
  const what = "useModule: module";
  const exported = new Set(exportsOf(module));
  const lacking = Object.keys(shares).filter((kernel) => !exported.has(kernel));
  if (lacking.length > 0) {
    throw new TypeError(`${what} expected the kernels of this version of simdescent, got one without ${lacking.join(", ")}`);
  }
  const kind = [false, true].find((shared) => links(module, shared));
  if (kind === undefined) {
    const imports = WebAssembly.Module.imports(module).map(({ module, name }) => `${module}.${name}`);
    throw new TypeError(`${what} expected one that imports env.memory alone, got one that imports ${imports.join(", ")}`);
  }
  modules.set(kind, module);
}

/** The kernels on a memory. `instances`: those that the memory has already, by module; a new one is added. */
export function instantiate(memory: WebAssembly.Memory, instances?: Map<WebAssembly.Module, WebAssembly.Exports>): Kernels {
  const module = compile(memory);
  try {
    // The raw exports. The loader would wrap each in a closure.
    const kernels = instances?.get(module) ?? instantiateSync(module, { env: { memory } }).instance.exports;
    instances?.set(module, kernels);
    return kernels as unknown as Kernels;
  } catch (cause) {
    throw notAllowed(isShared(memory), cause); // WebKit applies the policy here, not at compilation
  }
}
