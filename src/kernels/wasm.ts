import { instantiateSync } from "@assemblyscript/loader";
import { isShared } from "../memory/wasmMemory.js";
import type { KernelModule, KernelsOf } from "./kernelModule.js";
import { importing } from "./sections.js";

/** Decodes a module from its text, the inverse of `encode` in assembly/cut.mjs. */
export function decode(text: string): Uint8Array<ArrayBuffer> {
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
  return Uint8Array.from(module);
}

/** Whether a value is a WebAssembly.Module, and does not only look like one. */
export function isModule(value: unknown): value is WebAssembly.Module {
  try {
    return WebAssembly.Module.exports(value as WebAssembly.Module) !== undefined;
  } catch {
    return false;
  }
}

/** The exports of a module with an empty memory of this kind; undefined if it cannot be instantiated with one. */
export function link(module: WebAssembly.Module, shared: boolean): WebAssembly.Exports | undefined {
  try {
    const memory = new WebAssembly.Memory({ initial: 0, maximum: 0, shared });
    return new WebAssembly.Instance(module, { env: { memory } }).exports;
  } catch {
    return undefined;
  }
}

/** Whether a module can be instantiated with this kind of memory. */
export const links = (module: WebAssembly.Module, shared: boolean) => link(module, shared) !== undefined;

/** The modules with all kernels of the package, for plain (false) and shared (true) memory, once set by `useModule`. */
export const whole = new Map<boolean, WebAssembly.Module>();

/** The compiled modules, by their text, for plain and for shared memory. */
const compiled = [new Map<string, WebAssembly.Module>(), new Map<string, WebAssembly.Module>()] as const;

const file = (shared: boolean) => `simdescent/kernels/${shared ? "shared" : "plain"}.wasm`;

/** Compiles bytes. */
export function compileBytes(bytes: Uint8Array<ArrayBuffer>, shared: boolean): WebAssembly.Module {
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

/** The compiled module for this kind of memory. */
function moduleOf({ code }: KernelModule, shared: boolean): WebAssembly.Module {
  if (typeof code === "function") return code(shared);
  const given = whole.get(shared);
  if (given) return given;
  if (typeof code !== "string") {
    // Platforms that compile modules themselves have no threads.
    if (shared) throw new Error(`simdescent: shared memory expected useModule(module) first, with the module of ${file(shared)}`);
    return code;
  }
  const modules = compiled[shared ? 1 : 0];
  const module = modules.get(code) ?? compileBytes(importing(decode(code), shared), shared);
  modules.set(code, module);
  return module;
}

/** A compiled module, and the names of the kernels to take from it. */
export interface CompiledKernels {
  readonly module: WebAssembly.Module;
  readonly names: readonly string[];
}

/** Compiles modules for this kind of memory, each once. */
export function compile(memory: WebAssembly.Memory, modules: readonly KernelModule[]): CompiledKernels[] {
  const shared = isShared(memory);
  const found = new Map<WebAssembly.Module, string[]>();
  for (const module of modules) {
    const one = moduleOf(module, shared);
    found.set(one, [...(found.get(one) ?? []), ...Object.keys(module.shares)]);
  }
  return [...found].map(([module, names]) => ({ module, names }));
}

/** The instances of modules on one memory. */
export type Instances = Map<WebAssembly.Module, WebAssembly.Exports>;

/** The kernels of these modules on a memory. `instances`: those that the memory has already; new ones are added. */
export function instantiate<const M extends readonly KernelModule[]>(
  memory: WebAssembly.Memory,
  modules: M,
  instances: Instances = new Map(),
): KernelsOf<M> {
  const kernels: Record<string, unknown> = {};
  for (const { module, names } of compile(memory, modules)) {
    const exports = instances.get(module) ?? instanceOn(memory, module);
    instances.set(module, exports);
    for (const name of names) kernels[name] = exports[name];
  }
  return kernels as KernelsOf<M>;
}

/** The raw exports. The loader would wrap each in a closure. */
function instanceOn(memory: WebAssembly.Memory, module: WebAssembly.Module): WebAssembly.Exports {
  try {
    return instantiateSync(module, { env: { memory } }).instance.exports;
  } catch (cause) {
    throw notAllowed(isShared(memory), cause); // WebKit applies the policy here, not at compilation
  }
}
