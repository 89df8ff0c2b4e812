import { shares } from "../kernels/generated.js";
import { block } from "../kernels/kernelArguments.js";
import { instantiate, type Kernels } from "../kernels/wasm.js";
import type { Holding } from "./holdings.js";
import type { Kernel } from "./jobs.js";

/** Elements that a thread does at a time. Of a sum, a block of the reduction, so that the number of threads changes no bit. */
const chunk = 8192;

/**
 * To be kept as long as a shared memory, never touched: V8 does not count shared memory, and would not look for what is gone. Resizable,
 * so that its pages are fresh ones of the system, which take no memory; malloc would fill used ones with zeros.
 */
function ballast(bytes: number): ArrayBuffer {
  const Resizable = ArrayBuffer as new (bytes: number, options: { maxByteLength: number }) => ArrayBuffer;
  return new Resizable(bytes, { maxByteLength: bytes });
}

/** What a pool does for the kernels of one memory. */
export interface JobRunner {
  readonly size: number;
  /** Elements from which on a call is shared. */
  readonly fewest: number;
  /** Throws when a worker has stopped. */
  check(): void;
  /** Has the workers let go of a memory. */
  release(holding: Holding): void;
  /** Adds a call to the next job: its number in the job, the number of the kernel, the arguments after the range. */
  put(index: number, kernel: number, a?: number, b?: number, c?: number, d?: number, e?: number, f?: number, g?: number): void;
  /** Runs `count` recorded calls on begin … end in chunks of `size`; unless `partials` is 0, writes each chunk's sum there. */
  run(kernels: ThreadedKernels, count: number, begin: number, end: number, size: number, partials: number): boolean;
}

/** The kernels on one memory, whose calls the threads of a pool share when they are long enough. */
export class ThreadedKernels {
  /** The kernels to call. Between `record()` and `run()` their calls are put down only. */
  readonly kernels: Kernels;
  readonly memory: WebAssembly.Memory;
  /** What the pool knows of the memory. */
  readonly holding: Holding;
  /** The kernels of the calling thread, in the order of their numbers. */
  readonly own: readonly Kernel[];
  readonly #pool: JobRunner;
  readonly #partials: number;
  readonly #sums: Float64Array;
  readonly ballast: ArrayBuffer;
  #recording = false;
  #count = 0;

  /** The sums of blocks go to `partials`, a byte address. */
  constructor(pool: JobRunner, holding: Holding, memory: WebAssembly.Memory, partials: number) {
    this.#pool = pool;
    this.holding = holding;
    this.memory = memory;
    this.#partials = partials;
    this.#sums = new Float64Array(memory.buffer);
    this.ballast = ballast(Math.min(memory.buffer.byteLength, 2 ** 28));
    const own = instantiate(memory) as unknown as Record<string, Kernel>;
    this.own = Object.values(own);
    const shared = Object.entries(own).map(([name, kernel], i) => [name, this.#share(shares[name], kernel, i)]);
    this.kernels = Object.fromEntries(shared);
  }

  /** Throws when a worker has stopped. Forgets what a step put down that threw before `run()`. */
  check(): void {
    this.#recording = false;
    this.#pool.check();
  }

  /** Has the workers let go of the memory. */
  dispose(): void {
    this.#pool.release(this.holding);
  }

  /** From here on calls are put down, of kernels that go element by element; false, and nothing, where that does not pay. */
  record(length: number): boolean {
    this.#recording = this.#pays(length);
    this.#count = 0;
    return this.#recording;
  }

  /** Does what was put down for the elements 0 … length, chunk by chunk, every call of one after the other. */
  run(length: number): void {
    this.#recording = false;
    if (this.#count > 0) this.#pool.run(this, this.#count, 0, length, chunk, 0);
  }

  #pays(length: number): boolean {
    return length >= this.#pool.fewest && this.#pool.size > 1;
  }

  #share(how: string | undefined, kernel: Kernel, index: number): Kernel {
    const pool = this.#pool;
    if (how === undefined) return kernel;
    if (how === "sums") {
      return (begin, end, a, b, c, d) => {
        if (!this.#pays(end - begin)) return kernel(begin, end, a, b, c, d);
        pool.put(0, index, a, b, c);
        pool.run(this, 1, begin, end, block, this.#partials);
        return this.#sum(Math.ceil((end - begin) / block), kernel.length === 4 ? b : kernel.length === 5 ? c : d);
      };
    }
    return (begin, end, a, b, c, d, e, f, g) => {
      if (this.#recording) {
        pool.put(this.#count, index, a, b, c, d, e, f, g);
        this.#count += 1;
        return 1;
      }
      if (!this.#pays(end - begin)) return kernel(begin, end, a, b, c, d, e, f, g);
      pool.put(0, index, a, b, c, d, e, f, g);
      return pool.run(this, 1, begin, end, chunk, 0) ? 1 : 0;
    };
  }

  /** Adds the sums of so many blocks up, in their order, as the kernel does. */
  #sum(blocks: number, address: number): number {
    const first = this.#partials / 8;
    let sum = 0;
    for (let i = 0; i < blocks; i++) sum += this.#sums[first + i] as number;
    this.#sums[address / 8] = sum;
    return 0;
  }
}
