import { instantiateSync } from "@assemblyscript/loader";
import { type Kernels, plain } from "./generated/kernels.js";

export type { Kernels };

const page = 65_536;

/** Bytes that one WebAssembly memory can hold. */
export const capacity = 65_536 * page;

/** A memory of at least so many bytes, which never grows: views of it stay valid. */
export function allocate(bytes: number): WebAssembly.Memory {
  const pages = Math.ceil(bytes / page);
  return new WebAssembly.Memory({ initial: pages, maximum: pages });
}

let compiled: WebAssembly.Module | undefined;

/** The kernels on a memory. The module is compiled at the first call. */
export function instantiate(memory: WebAssembly.Memory): Kernels {
  compiled ??= new WebAssembly.Module(Uint8Array.from(atob(plain), (c) => c.charCodeAt(0)));
  // The instance's own exports, without the loader's closure around each.
  return instantiateSync(compiled, { env: { memory } }).instance.exports as unknown as Kernels;
}
