// Where an optimizer gets its block of memory: from the engine, from an arena, or from another program.

import type { ParameterAddresses } from "./layout.js";
import type { Tensor } from "./parameters.js";
import { allocate } from "./wasmMemory.js";

/** What a source must know about an optimizer. */
export interface Needs {
  /** The name of the rule, for messages. */
  readonly rule: string;
  readonly tensors: readonly Tensor[];
  /** Whether steps write into gradients. */
  readonly writesGrads: boolean;
  /** Whether threads share the memory. */
  readonly shared: boolean;
}

/** The bytes of one optimizer. All are 0 at first. */
export interface Block {
  readonly memory: WebAssembly.Memory;
  /** Byte address, on a cache line. */
  readonly address: number;
  /** The size that optimizers print. */
  readonly bytes: number;
  /** The instances of kernels on this memory, by module, if optimizers share them. */
  readonly instances?: Map<WebAssembly.Module, WebAssembly.Exports>;
}

/** The optimizer's block in foreign memory, from `allocate`. */
export interface ForeignBlock {
  /** Its byte address. */
  readonly address: number;
  /** Its size in bytes. */
  readonly bytes: number;
}

/** Arrays of another program. They may move, and their memory may grow. */
export interface ForeignArrays {
  readonly memory: WebAssembly.Memory;
  readonly params: ParameterAddresses;
  /** Undefined if the gradients are in the optimizer's block. */
  readonly grads: ParameterAddresses | undefined;
  /** The block as the program's allocator gave it; undefined before. */
  readonly block: ForeignBlock | undefined;
  /** Takes new addresses. If one is wrong, throws and keeps the old ones. */
  relocate(given: unknown): void;
}

/** The place of one optimizer. */
export interface Place {
  /** Parameters and gradients that belong to another program. */
  readonly foreign?: ForeignArrays;
  /** Takes a block. Called once. */
  allocate(bytes: number): Block;
  /** Gives the block back, if it was taken and not given back yet. Without this method, the garbage collector frees it. */
  free?(): void;
}

/** A value of the option `memory`. */
export interface MemorySource {
  /** A place for an optimizer. Allocates nothing yet. */
  open(needs: Needs): Place;
}

/** All arenas from `arena()`. */
export const arenas = new WeakSet<object>();

/** All objects from `foreignMemory()`. */
export const foreignMemories = new WeakSet<object>();

/** The default: a memory for each optimizer. */
export const ownMemory: MemorySource = {
  open: ({ shared }) => ({
    allocate(bytes) {
      const memory = allocate(bytes, shared);
      return { memory, address: 0, bytes: memory.buffer.byteLength };
    },
  }),
};
