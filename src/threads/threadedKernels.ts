import { type BlockSums, block, blocksOf } from "../kernels/kernelArguments.js";
import type { KernelModule, Share } from "../kernels/kernelModule.js";
import { instantiate } from "../kernels/wasm.js";
import type { Holding } from "./holdings.js";
import type { Kernel } from "./jobs.js";

/** Elements of a chunk. Chunks of a reduction are its blocks, so that the number of threads changes no bit. */
const chunk = 8192;

/**
 * An untouched buffer with the lifetime of a shared memory. V8 does not count shared memory. Without the buffer it would not collect unused
 * ones. The buffer is resizable: its pages then come fresh from the system and take no memory. malloc would fill used pages with zeros.
 */
function ballast(bytes: number): ArrayBuffer {
  const Resizable = ArrayBuffer as new (bytes: number, options: { maxByteLength: number }) => ArrayBuffer;
  return new Resizable(bytes, { maxByteLength: bytes });
}

/** The part of a pool that ThreadedKernels uses. */
export interface JobRunner {
  /** Whether the threads share a call of this length, in elements. Wakes sleeping workers if that is worth its price. */
  shares(length: number): boolean;
  /** Throws if a worker has stopped. */
  check(): void;
  /** A record of these kernels. */
  hold(kernels: ThreadedKernels): Holding;
  /** Makes the workers release a memory. */
  release(holding: Holding): void;
  /** Records call number `index` of the next job: the number of the kernel, and its arguments after the range. */
  put(index: number, kernel: number, a?: number, b?: number, c?: number, d?: number, e?: number, f?: number, g?: number): void;
  /** Runs `count` recorded calls on begin … end in chunks of `size`; unless `partials` is 0, writes each chunk's sum there. */
  run(kernels: ThreadedKernels, count: number, begin: number, end: number, size: number, partials: number): boolean;
}

/** The kernels on one memory. The threads of a pool share every call that is long enough. */
export class ThreadedKernels {
  /** The kernels to call. Between `record()` and `run()`, calls are only recorded. */
  readonly kernels: { readonly [name: string]: Kernel };
  readonly memory: WebAssembly.Memory;
  readonly modules: readonly KernelModule[];
  /** The pool's record of the kernels. */
  readonly holding: Holding;
  /** The same kernels, which run on the calling thread alone. */
  readonly alone: { readonly [name: string]: Kernel };
  /** These by number. */
  readonly own: readonly Kernel[];
  readonly #pool: JobRunner;
  readonly #blockSums: BlockSums;
  readonly #doubles: Float64Array;
  readonly ballast: ArrayBuffer;
  /** Whether calls are recorded. */
  #recording = false;
  /** Whether calls run on the calling thread, however long they are. */
  #alone = false;
  #count = 0;

  /** `bytes`: the share of the memory that the optimizer has. */
  constructor(pool: JobRunner, memory: WebAssembly.Memory, bytes: number, modules: readonly KernelModule[], sums: BlockSums) {
    this.#pool = pool;
    this.holding = pool.hold(this);
    this.memory = memory;
    this.modules = modules;
    this.#blockSums = sums;
    this.#doubles = new Float64Array(memory.buffer);
    this.ballast = ballast(Math.min(bytes, 2 ** 28));
    const alone = instantiate(memory, modules) as Record<string, Kernel>;
    this.alone = alone;
    this.own = Object.values(alone);
    const shares: Record<string, Share> = Object.assign({}, ...modules.map(({ shares }) => shares));
    const shared = Object.entries(alone).map(([name, kernel], i) => [name, this.#share(shares[name] as Share, kernel, i)]);
    this.kernels = Object.fromEntries(shared);
  }

  /** Throws if a worker has stopped. Drops calls that an earlier step recorded before it threw. */
  check(): void {
    this.#recording = this.#alone = false;
    this.#pool.check();
  }

  /** Whether the threads would share calls of this length now. Throws if a worker has stopped. */
  join(length: number): boolean {
    this.check();
    return this.#pool.shares(length);
  }

  /** Makes the workers release the memory. */
  dispose(): void {
    this.#pool.release(this.holding);
  }

  /** Starts recording element-wise calls. Returns false if it is not worth sharing them: then calls run at once, on the calling thread. */
  record(length: number): boolean {
    this.#recording = this.#pool.shares(length);
    this.#alone = !this.#recording;
    this.#count = 0;
    return this.#recording;
  }

  /** Ends what `record()` started. Runs the recorded calls on elements 0 … length, chunk by chunk. The calls on a chunk run in order. */
  run(length: number): void {
    this.#recording = this.#alone = false;
    if (this.#count > 0) this.#pool.run(this, this.#count, 0, length, chunk, 0);
  }

  #share(how: Share, kernel: Kernel, index: number): Kernel {
    const pool = this.#pool;
    if (how === "whole") return kernel;
    if (how === "sums") {
      return (begin, end, a, b, c, d) => {
        const blocks = blocksOf(end - begin);
        // A rule may sum over a scratch that is longer than its longest group.
        const fits = blocks <= this.#blockSums.count;
        if (!fits || this.#alone || !pool.shares(end - begin)) return kernel(begin, end, a, b, c, d);
        pool.put(0, index, a, b, c);
        pool.run(this, 1, begin, end, block, this.#blockSums.address);
        return this.#sum(blocks, kernel.length === 4 ? b : kernel.length === 5 ? c : d);
      };
    }
    return (begin, end, a, b, c, d, e, f, g) => {
      if (this.#recording) {
        pool.put(this.#count, index, a, b, c, d, e, f, g);
        this.#count += 1;
        return 1;
      }
      if (this.#alone || !pool.shares(end - begin)) return kernel(begin, end, a, b, c, d, e, f, g);
      pool.put(0, index, a, b, c, d, e, f, g);
      return pool.run(this, 1, begin, end, chunk, 0) ? 1 : 0;
    };
  }

  /** Adds up the block sums, in order, as the kernel does. */
  #sum(blocks: number, address: number): number {
    const first = this.#blockSums.address / 8;
    let sum = 0;
    for (let i = 0; i < blocks; i++) sum += this.#doubles[first + i] as number;
    this.#doubles[address / 8] = sum;
    return 0;
  }
}
