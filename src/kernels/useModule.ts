import { wrongKind } from "../checks/errors.js";
import { kernelNames } from "./generated.js";
import { isModule, links, whole } from "./wasm.js";

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
  if (!isModule(module)) throw wrongKind(what, "a WebAssembly.Module", module);
  const exported = new Set(WebAssembly.Module.exports(module).map(({ name }) => name));
  const lacking = kernelNames.split(" ").filter((kernel) => !exported.has(kernel));
  if (lacking.length > 0) {
    throw new TypeError(`${what} expected the kernels of this version of simdescent, got one without ${lacking.join(", ")}`);
  }
  const kind = [false, true].find((shared) => links(module, shared));
  if (kind === undefined) {
    const imports = WebAssembly.Module.imports(module).map(({ module, name }) => `${module}.${name}`);
    throw new TypeError(`${what} expected one that imports env.memory alone, got one that imports ${imports.join(", ")}`);
  }
  whole.set(kind, module);
}
