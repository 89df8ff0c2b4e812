// WebAssembly memories: making one, and what kind it is.

import { kilobytes } from "../checks/inspect.js";

const page = 65_536;

/** Maximum number of pages of a WebAssembly memory. */
const maxPages = 65_536;

/** Maximum size of a WebAssembly memory, in bytes. */
export const capacity = maxPages * page;

/** What happens to every memory from `allocate` before anything is written into it: nothing, unless `hugePages()` has set it. */
export const freshMemory: { prepare?: (memory: WebAssembly.Memory) => void } = {};

/**
 * A memory of at least `bytes` bytes, all 0. It never grows, so its views stay valid.
 * @throws Error if the engine has no WebAssembly; RangeError if it refuses the memory.
 */
export function allocate(bytes: number, shared = false): WebAssembly.Memory {
  if (typeof WebAssembly === "undefined") throw new Error("simdescent: this engine has no WebAssembly, or it is switched off");
  const pages = Math.ceil(bytes / page);
  const memory = create(pages, shared);
  freshMemory.prepare?.(memory);
  return memory;
}

function create(pages: number, shared: boolean): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
  } catch (cause) {
    throw new RangeError(
      `simdescent: the engine refused a WebAssembly memory of ${kilobytes(pages * page)}: browsers allow a page 125 (Chromium) to ` +
        "1,000 (Firefox) of them; share one: const memory = arena(), then adam(params, { memory }), and dispose() optimizers that are done",
      { cause },
    );
  }
}

/** Whether other threads can access the memory. */
export const isShared = ({ buffer }: WebAssembly.Memory) =>
  Object.prototype.toString.call(buffer) === "[object SharedArrayBuffer]";

/** Whether a value is a WebAssembly.Memory, by its internal slot, which nothing can imitate. */
export function isMemory(value: unknown): value is WebAssembly.Memory {
  try {
    const { get } = Object.getOwnPropertyDescriptor(WebAssembly.Memory.prototype, "buffer") as { get(): unknown };
    return get.call(value) !== undefined;
  } catch {
    return false;
  }
}
