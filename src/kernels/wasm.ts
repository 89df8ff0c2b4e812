import { instantiateSync } from "@assemblyscript/loader";
import { plain } from "#kernels";
import { wrongKind } from "../checks/errors.js";
import { type Kernels, sharedImport, shares } from "./generated.js";

export type { Kernels };

const page = 65_536;

/** Most pages that one WebAssembly memory has. */
const most = 65_536;

/** Bytes that one WebAssembly memory can hold. */
export const capacity = most * page;

/**
 * A memory of at least so many bytes, which never grows: views of it stay valid.
 * @throws Error where the engine has no WebAssembly.
 */
export function allocate(bytes: number, shared = false): WebAssembly.Memory {
  if (typeof WebAssembly === "undefined") throw new Error("simdescent: this engine has no WebAssembly, or it is switched off");
  const pages = Math.ceil(bytes / page);
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
}

/** Whether other threads can work on it. */
export const isShared = ({ buffer }: WebAssembly.Memory) =>
  Object.prototype.toString.call(buffer) === "[object SharedArrayBuffer]";

/** The bytes of the module for plain memory, or for shared memory, from the text that `encode` in assembly/build.mjs makes. */
export function moduleBytes(text: string, shared: boolean): Uint8Array<ArrayBuffer> {
  const module: number[] = [];
  let more = 46;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 36) more = code === 32 ? 46 + 91 : 46 + 182;
    else {
      module.push(code - more);
      more = 46;
    }
  }
  if (shared) {
    // The module for shared memory differs in the import of the memory alone.
    const { begin, end, bytes } = sharedImport;
    module.splice(begin, end - begin, ...bytes);
  }
  return Uint8Array.from(module);
}

/** The modules for plain and for shared memory, once compiled or given. */
const modules = new Map<boolean, WebAssembly.Module>();

const file = (shared: boolean) => `simdescent/kernels/${shared ? "shared" : "plain"}.wasm`;

/** The module that comes with the package, for either kind of memory. */
function ownModule(shared: boolean): WebAssembly.Module {
  if (typeof plain !== "string") {
    // Platforms that compile modules themselves have no threads.
    if (shared) throw new Error(`simdescent: shared memory takes useModule(module) here, with the module of ${file(shared)}`);
    return plain;
  }
  const bytes = moduleBytes(plain, shared);
  try {
    return new WebAssembly.Module(bytes);
  } catch (cause) {
    // No policy keeps an engine from validating.
    if (!WebAssembly.validate(bytes)) throw new Error("simdescent: this engine has no WebAssembly SIMD", { cause });
    throw notAllowed(shared, cause);
  }
}

function notAllowed(shared: boolean, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Error(
    "simdescent: compiling WebAssembly is not allowed here: a Content-Security-Policy has to say script-src " +
      `'wasm-unsafe-eval', or useModule(module) has to be given ${file(shared)}, compiled by the platform (${reason})`,
    { cause },
  );
}

/** The module for this kind of memory, compiled at the first call. */
export function compile(memory: WebAssembly.Memory): WebAssembly.Module {
  const shared = isShared(memory);
  const module = modules.get(shared) ?? ownModule(shared);
  modules.set(shared, module);
  return module;
}

/** The names of what a module exports. Throws for what only says that it is one. */
function exportsOf(module: WebAssembly.Module): string[] {
  try {
    return WebAssembly.Module.exports(module).map(({ name }) => name);
  } catch {
    throw wrongKind("useModule: module", "a WebAssembly.Module", module);
  }
}

/** Whether a module is for this kind of memory. */
function links(module: WebAssembly.Module, shared: boolean): boolean {
  try {
    const memory = new WebAssembly.Memory({ initial: 0, maximum: 0, shared });
    return new WebAssembly.Instance(module, { env: { memory } }) !== undefined;
  } catch {
    return false;
  }
}

/**
 * Has optimizers made from now on use a module that the caller, or the platform, has compiled: that of
 * `simdescent/kernels/plain.wasm`, or for threads that of `simdescent/kernels/shared.wasm`, or one call with each.
 * @throws TypeError unless it is a module, with the kernels of this version of the package.
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

/** The kernels on a memory. */
export function instantiate(memory: WebAssembly.Memory): Kernels {
  const module = compile(memory);
  try {
    // The instance's own exports, without the loader's closure around each.
    return instantiateSync(module, { env: { memory } }).instance.exports as unknown as Kernels;
  } catch (cause) {
    throw notAllowed(isShared(memory), cause); // WebKit looks at the policy here
  }
}
