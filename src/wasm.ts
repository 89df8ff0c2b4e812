import { instantiateSync } from "@assemblyscript/loader";
import { type Kernels, plain, sharedImport } from "./generated/kernels.js";

export type { Kernels };

const page = 65_536;

/** Bytes that one WebAssembly memory can hold. */
export const capacity = 65_536 * page;

/** A memory of at least so many bytes, which never grows: views of it stay valid. */
export function allocate(bytes: number, shared = false): WebAssembly.Memory {
  const pages = Math.ceil(bytes / page);
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
}

/** Whether other threads can work on it. */
export const isShared = ({ buffer }: WebAssembly.Memory) =>
  Object.prototype.toString.call(buffer) === "[object SharedArrayBuffer]";

/** The module for plain memory, or for shared memory. */
export function moduleBytes(shared: boolean): Uint8Array<ArrayBuffer> {
  const module = Uint8Array.from(atob(plain), (c) => c.charCodeAt(0));
  if (!shared) return module;
  // The module for shared memory differs in the import of the memory alone.
  const { begin, end, bytes } = sharedImport;
  return Uint8Array.of(...module.subarray(0, begin), ...bytes, ...module.subarray(end));
}

const compiled = new Map<boolean, WebAssembly.Module>();

/** The kernels for this kind of memory, compiled at the first call. */
export function compile(memory: WebAssembly.Memory): WebAssembly.Module {
  const shared = isShared(memory);
  const module = compiled.get(shared) ?? new WebAssembly.Module(moduleBytes(shared));
  compiled.set(shared, module);
  return module;
}

/** The kernels on a memory. */
export function instantiate(memory: WebAssembly.Memory): Kernels {
  // The instance's own exports, without the loader's closure around each.
  return instantiateSync(compile(memory), { env: { memory } }).instance.exports as unknown as Kernels;
}
