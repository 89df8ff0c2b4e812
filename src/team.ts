import { shares } from "./generated/kernels.js";
import type { Kernel } from "./sharing.js";
import { block } from "./sweep.js";
import type { Pool } from "./threads.js";
import { instantiate, type Kernels } from "./wasm.js";

/** Elements that a thread does at a time. Of a sum, a block of the reduction, so that the number of threads changes no bit. */
const chunk = 8192;

/** The kernels on one memory, whose calls the threads of a pool share when they are long enough. */
export class Team {
  /** The kernels to call. Between `record()` and `run()` their calls are put down only. */
  readonly kernels: Kernels;
  readonly #pool: Pool;
  readonly #number: number;
  readonly #own: readonly Kernel[];
  readonly #partials: number;
  readonly #memory: Float64Array;
  #recording = false;
  #count = 0;

  /** The sums of blocks go to `partials`, a byte address. */
  constructor(pool: Pool, number: number, memory: WebAssembly.Memory, partials: number) {
    this.#pool = pool;
    this.#number = number;
    this.#partials = partials;
    this.#memory = new Float64Array(memory.buffer);
    const own = instantiate(memory) as unknown as Record<string, Kernel>;
    this.#own = Object.values(own);
    const shared = Object.entries(own).map(([name, kernel], i) => [name, this.#share(shares[name], kernel, i)]);
    this.kernels = Object.fromEntries(shared);
  }

  /** Throws when a worker has stopped. Forgets what a step put down that threw before `run()`. */
  check(): void {
    this.#recording = false;
    this.#pool.check();
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
    if (this.#count > 0) this.#pool.run(this.#number, this.#own, this.#count, 0, length, chunk, 0);
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
        pool.run(this.#number, this.#own, 1, begin, end, block, this.#partials);
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
      return pool.run(this.#number, this.#own, 1, begin, end, chunk, 0) ? 1 : 0;
    };
  }

  /** Adds the sums of so many blocks up, in their order, as the kernel does. */
  #sum(blocks: number, address: number): number {
    const first = this.#partials / 8;
    let sum = 0;
    for (let i = 0; i < blocks; i++) sum += this.#memory[first + i] as number;
    this.#memory[address / 8] = sum;
    return 0;
  }
}
