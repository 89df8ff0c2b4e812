// Arenas: WebAssembly memories that several optimizers share.

import { counted, kilobytes, printable } from "../checks/inspect.js";
import { wholeLines } from "./layout.js";
import type { Span } from "./overlap.js";
import { arenas, type MemorySource, type Needs, type Place } from "./source.js";
import { allocate } from "./wasmMemory.js";

/** WebAssembly memories that several optimizers share, made by `arena()`. */
export interface Arena {
  /** The size of its memories, in bytes. */
  readonly bytes: number;
  /** The size of all blocks in use, in bytes. */
  readonly used: number;
}

const firstChunk = 2 ** 20;
const largestChunk = 2 ** 26;

/** One memory of an arena. */
class Chunk {
  readonly memory: WebAssembly.Memory;
  readonly shared: boolean;
  readonly instances = new Map<WebAssembly.Module, WebAssembly.Exports>();
  /** Bytes in blocks. */
  used = 0;
  // What is free, by address. No two are neighbors.
  readonly #holes: Span[];
  // No block was above this address. What is above is still 0, and its pages take no physical memory.
  #touched = 0;

  constructor(bytes: number, shared: boolean) {
    this.memory = allocate(bytes, shared);
    this.shared = shared;
    this.#holes = [{ begin: 0, end: this.bytes }];
  }

  get bytes(): number {
    return this.memory.buffer.byteLength;
  }

  /** The address of a block of zeros, in the first hole that is large enough; undefined if there is none. */
  take(bytes: number): number | undefined {
    const index = this.#holes.findIndex(({ begin, end }) => end - begin >= bytes);
    const hole = this.#holes[index];
    if (!hole) return undefined;
    const { begin } = hole;
    const rest = { begin: begin + bytes, end: hole.end };
    this.#holes.splice(index, 1, ...(rest.begin < rest.end ? [rest] : []));
    const dirty = Math.min(bytes, this.#touched - begin);
    if (dirty > 0) new Uint8Array(this.memory.buffer, begin, dirty).fill(0);
    this.#touched = Math.max(this.#touched, rest.begin);
    this.used += bytes;
    return begin;
  }

  /** Makes a block a hole, and merges it with the holes next to it. */
  give(address: number, bytes: number): void {
    const holes = this.#holes;
    const found = holes.findIndex(({ begin }) => begin > address);
    const index = found < 0 ? holes.length : found;
    const before = holes[index - 1];
    const after = holes[index];
    const joinsBefore = before?.end === address;
    const joinsAfter = after?.begin === address + bytes;
    const hole = { begin: joinsBefore ? before.begin : address, end: joinsAfter ? after.end : address + bytes };
    holes.splice(index - Number(joinsBefore), Number(joinsBefore) + Number(joinsAfter), hole);
    this.used -= bytes;
  }
}

/** The memories of an arena. They never grow, so views stay valid. */
class Chunks implements Arena, MemorySource {
  readonly #chunks: Chunk[] = [];

  constructor() {
    arenas.add(this);
  }

  get bytes(): number {
    return this.#chunks.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get used(): number {
    return this.#chunks.reduce((sum, { used }) => sum + used, 0);
  }

  open({ shared }: Needs): Place {
    let free = () => {};
    return {
      allocate: (needed) => {
        const bytes = wholeLines(needed);
        const { chunk, address } = this.#take(bytes, shared);
        free = () => chunk.give(address, bytes);
        return { memory: chunk.memory, address, bytes, instances: chunk.instances };
      },
      free() {
        free();
        free = () => {};
      },
    };
  }

  toString(): string {
    return `arena of ${counted(this.#chunks.length, "memory", "memories")}, ${kilobytes(this.bytes)}, ${kilobytes(this.used)} used`;
  }

  #take(bytes: number, shared: boolean): { chunk: Chunk; address: number } {
    const chunks = this.#chunks.filter((chunk) => chunk.shared === shared);
    for (const chunk of chunks) {
      const address = chunk.take(bytes);
      if (address !== undefined) return { chunk, address };
    }
    const usual = Math.min(firstChunk * 2 ** chunks.length, largestChunk);
    const chunk = new Chunk(Math.max(usual, bytes), shared);
    this.#chunks.push(chunk);
    return { chunk, address: chunk.take(bytes) as number };
  }

  static {
    printable(Chunks.prototype, "Arena", String);
  }
}

/**
 * An arena: WebAssembly memories that several optimizers share, for the option `memory`. Browsers allow a page 125 memories (Chromium) to
 * 1,000 (Firefox), and an optimizer takes one by default. Each optimizer gets a block, which `dispose()` gives back. An optimizer that you
 * drop without `dispose()` keeps its block until you drop the arena. Views of a disposed optimizer show the arrays of a later one.
 *
 * The first memory has 1 MiB. If none has room, the arena adds one of twice the size of the last, up to 64 MiB, or larger for a larger
 * optimizer. It gives no memory back to the engine before you drop it. Optimizers with `threads` are in shared memories of their own.
 * @example
 * ```ts
 * const memory = arena();
 * const opts = [0.1, 0.01].map((lr) => adam({ weight: [10, 784] }, { lr, memory }));
 * for (const opt of opts) opt.dispose();
 * console.log(memory.bytes, memory.used); // prints 1048576 0
 * ```
 */
export const arena = (): Arena => new Chunks();
