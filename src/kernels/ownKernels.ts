// Modules of kernels from outside the package.

import { checkChoice, readEntries, reading } from "../checks/check.js";
import { show, showNames, wrongKind } from "../checks/errors.js";
import { engine } from "./generated.js";
import type { KernelModule, Share } from "./kernelModule.js";
import { dataSection, importing, sectionsOf, startSection } from "./sections.js";
import { compileBytes, isModule, link, links } from "./wasm.js";

/** A kernel of a module that is not the package's. Arguments are integers: threads cannot hand on fractions. The scalars have those. */
export type Kernel = (begin: number, end: number, ...others: number[]) => number;

const choices = ["elements", "sums", "whole"] as const satisfies readonly Share[];
/** How many parameters of a kernel threads can hand on, and which. */
const parameters: { readonly [share in Share]?: readonly [least: number, most: number, which: string] } = {
  elements: [2, 9, "begin, end and at most seven others"],
  sums: [4, 6, "begin, end, one to three others and the address of the sum"],
};
const made = new WeakSet<object>();

/** Whether `kernelModule` made the value. */
export const isKernelModule = (value: unknown): value is KernelModule =>
  typeof value === "object" && value !== null && made.has(value);

const where = "kernelModule";
const advice = "compile it with the options of simdescent/assembly/asconfig.json";

/** Whether a value is a buffer, by its internal slot, which nothing can imitate. */
function isBuffer(value: unknown): value is ArrayBufferLike {
  const kinds = typeof SharedArrayBuffer === "undefined" ? [ArrayBuffer] : [ArrayBuffer, SharedArrayBuffer];
  return kinds.some(({ prototype }) => {
    try {
      const { get } = Object.getOwnPropertyDescriptor(prototype, "byteLength") as { get(): number };
      return get.call(value) >= 0;
    } catch {
      return false;
    }
  });
}

/** A copy of the caller's bytes; undefined for other values. */
function copyBytes(code: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (ArrayBuffer.isView(code)) return Uint8Array.from(new Uint8Array(code.buffer, code.byteOffset, code.byteLength));
  return isBuffer(code) ? Uint8Array.from(new Uint8Array(code)) : undefined;
}

/** Compiles the caller's bytes as they are, and refuses modules that write into memory when they start. */
function compileGiven(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module {
  if (!WebAssembly.validate(bytes)) {
    // The error of the compiler says what is wrong.
    const reason = reasonOf(() => new WebAssembly.Module(bytes));
    throw new TypeError(`${where}: code expected a valid WebAssembly module, got bytes that do not compile (${reason})`);
  }
  const found = new Set(sectionsOf(bytes).map(({ id }) => id));
  if (found.has(dataSection))
    throw new TypeError(
      `${where}: code expected a module without static data, which would overwrite arrays: use no strings, no static arrays, no Math.pow`,
    );
  if (found.has(startSection))
    throw new TypeError(`${where}: code expected a module without a start function: create no objects with new; ${advice}`);
  return compileBytes(bytes, false);
}

/** The message of the error that a call throws. */
function reasonOf(call: () => unknown): string {
  try {
    call();
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Throws unless the module imports the memory alone, as `env.memory`. */
function checkImports(module: WebAssembly.Module): void {
  const imports = WebAssembly.Module.imports(module).map(
    ({ module, name, kind }) => `${module}.${name}${kind === "memory" ? "" : ` (${kind})`}`,
  );
  if (imports.length === 1 && imports[0] === "env.memory") return;
  if (imports.length === 0 && WebAssembly.Module.exports(module).every(({ kind }) => kind !== "function"))
    throw new TypeError(
      `${where}: code expected a module that exports kernels, got one that exports none: is \`export\` missing?`,
    );
  const got = imports.length === 0 ? "nothing" : imports.join(", ");
  throw new TypeError(`${where}: code expected a module that imports env.memory alone, got one that imports ${got}; ${advice}`);
}

/** The exports of the module on an empty memory. */
function exportsOf(module: WebAssembly.Module): WebAssembly.Exports {
  const exports = link(module, false) ?? link(module, true);
  if (exports) return exports;
  throw new TypeError(`${where}: code expected a module that runs on a memory of any size, without static data; ${advice}`);
}

/** The caller's `kernels`, checked against the exports of the module. */
function readShares(kernels: unknown, exports: WebAssembly.Exports): Record<string, Share> {
  const entries = readEntries(`${where}: kernels`, "a plain object that says how threads share each kernel", kernels);
  const exported = Object.keys(exports).filter((name) => typeof exports[name] === "function");
  if (entries.length === 0) throw new RangeError(`${where}: kernels expected at least one of ${showNames(exported)}`);
  for (const [name, share] of entries) {
    checkChoice(`${where}: kernels: ${show(name)}`, choices, share);
    if (!exported.includes(name)) {
      throw new TypeError(
        `${where}: kernels expected functions that the module exports, got ${show(name)}; it exports ${showNames(exported)}`,
      );
    }
    if (Object.hasOwn(engine.shares, name))
      throw new TypeError(`${where}: kernels: ${show(name)} expected another name: a kernel of the engine has it`);
    const { length } = exports[name] as Kernel;
    const [least, most, which] = parameters[share] ?? [0, length, ""];
    if (length < least || length > most)
      throw new TypeError(
        `${where}: kernels: ${show(name)} as "${share}" expected the parameters ${which}, got ${length} parameters`,
      );
  }
  return Object.fromEntries(entries) as Record<string, Share>;
}

/**
 * A module of kernels that you wrote, for `defineRule`. Write them in AssemblyScript, with the functions of `simdescent/assembly/lanes`.
 * Compile them with `npx asc` and the options in `simdescent/assembly/asconfig.json`.
 * @param code The bytes of the module: then the kernels also run on shared memory, for `threads`. Or a compiled WebAssembly.Module, where a
 *   policy forbids to compile: it runs on the kind of memory for which it was compiled.
 * @param kernels The exported functions that the rule calls, each with how threads may share a call that `elementPass` does not make:
 *   "elements", by ranges of its elements; "sums", by blocks of 4096 elements, where its last argument is the address of the sum; "whole",
 *   not at all. `elementPass` is always shared by ranges.
 * @throws TypeError or RangeError for code that is no module, imports anything but `env.memory`, has static data or a start function; for a
 *   kernel that it does not export; for the name of one of the engine's kernels.
 */
export function kernelModule<const Names extends string>(
  code: BufferSource | WebAssembly.Module,
  kernels: { readonly [name in Names]: Share },
): KernelModule<{ [name in Names]: Kernel }> {
  const bytes = reading(`${where}: code`, () => copyBytes(code)); // throws for a detached buffer
  const given = bytes ? compileGiven(bytes) : (code as WebAssembly.Module);
  const kind = "the bytes of a WebAssembly module, or a WebAssembly.Module";
  if (!isModule(given)) throw wrongKind(`${where}: code`, kind, code);
  checkImports(given);
  const modules = new Map<boolean, WebAssembly.Module>();
  const compile = (shared: boolean) => {
    if (bytes) return compileBytes(importing(bytes, shared), shared);
    if (links(given, shared)) return given;
    throw new TypeError(
      `${where}: ${shared ? "shared" : "plain"} memory expected the bytes of the module, got a WebAssembly.Module for the other kind`,
    );
  };
  const compileOnce = (shared: boolean) => {
    const module = modules.get(shared) ?? compile(shared);
    modules.set(shared, module);
    return module;
  };
  const shares = readShares(kernels, exportsOf(bytes ? compileOnce(false) : given));
  const result: KernelModule = Object.freeze({ shares: Object.freeze(shares), code: compileOnce });
  made.add(result);
  return result as KernelModule<{ [name in Names]: Kernel }>;
}
