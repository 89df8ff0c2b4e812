import type { BlockSums } from "../kernels/kernelArguments.js";
import type { KernelModule } from "../kernels/kernelModule.js";
import { type CompiledKernels, compile } from "../kernels/wasm.js";
import { Alarm } from "./alarm.js";
import { type Holding, Holdings } from "./holdings.js";
import * as at from "./jobs.js";
import { pools } from "./pools.js";
import { availableThreads, maySleep, startWorker, type WorkerHandle } from "./startWorker.js";
import { ThreadedKernels } from "./threadedKernels.js";

/** A pool of threads for one or more optimizers, made by `threads()`: `adam(params, { threads: pool })`. */
export interface Threads {
  /** Number of threads, including the calling one. */
  readonly size: number;
  /** Stops the workers. Optimizers continue on the calling thread alone. */
  close(): void;
}
/** Milliseconds without a sign of life after which a worker counts as stopped. */
const timeout = 3000;
/** The same for a starting worker. A start takes longer on a busy machine. */
const startTimeout = 30_000;
/** Milliseconds between checks of starting workers. */
const tick = 100;
/** Polls of a worker before the first look at the clock, about 50 µs. */
const polls = 10_000;

/** Minimum length of a shared kernel call, in elements, from bench/ladders/threads.ts. */
const minElements = 32_768;

/** A pool, as the engine uses it. */
export interface KernelPool extends Threads {
  /** The kernels on a shared memory, of which an optimizer has `bytes`. */
  kernelsOn(memory: WebAssembly.Memory, bytes: number, modules: readonly KernelModule[], sums: BlockSums): ThreadedKernels;
}

/** A message to the workers. */
interface Message {
  /** The numbers of memories to release. */
  readonly released: readonly number[];
  /** The number of a memory to hold. */
  readonly number?: number;
  readonly memory?: WebAssembly.Memory;
  readonly modules?: readonly CompiledKernels[];
}

/** @internal Runs jobs, one at a time. A job is a list of kernel calls over a range of elements. */
export class Pool implements KernelPool {
  readonly #words: Int32Array;
  readonly #threads: number;
  readonly #workers: WorkerHandle[] = [];
  /** Resolves when all workers have started. Rejects if one cannot. */
  readonly started: Promise<unknown>;
  #failure: Error | undefined;
  readonly #alarm: Alarm;
  /** Whether every call of the minimum length wakes the workers, at any cost. Tests of shared calls set it. */
  eager = false;
  readonly #holdings = new Holdings((holding) => this.release(holding));
  #jobs = 0;
  // For each thread: its delay in milliseconds, and the time of the last check.
  readonly #late: Float64Array;
  readonly #checked: Float64Array;

  /** Benchmarks and tests set the parameters after `size`. */
  constructor(
    size: number,
    readonly minLength = minElements,
    start = startWorker,
    limit = startTimeout,
  ) {
    pools.add(this);
    this.#threads = size;
    const Words = size > 1 ? SharedArrayBuffer : ArrayBuffer; // a page that is not isolated has no SharedArrayBuffer
    this.#words = new Int32Array(new Words(at.bytes(size)));
    this.#alarm = new Alarm(this.#words, size);
    this.#words[at.mail] = 1; // the first message to each worker
    this.#late = new Float64Array(size);
    this.#checked = new Float64Array(size);
    this.started = this.#start(start, limit);
  }

  get size(): number {
    return this.#workers.length + 1;
  }

  close(): void {
    for (const worker of this.#workers) worker.end();
    this.#workers.length = 0;
    this.#failure = undefined;
  }

  kernelsOn(memory: WebAssembly.Memory, bytes: number, modules: readonly KernelModule[], sums: BlockSums): ThreadedKernels {
    return new ThreadedKernels(this, memory, bytes, modules, sums);
  }

  /** A record of these kernels. */
  hold(kernels: ThreadedKernels): Holding {
    return this.#holdings.make(kernels);
  }

  /** Makes the workers release a memory. They get it again when a job uses it. */
  release(holding: Holding): void {
    if (this.#holdings.remove(holding)) this.#send({ released: [holding.number] });
  }

  /** Throws if a worker has stopped, or has not answered for 3 s. */
  check(): void {
    if (this.#failure) throw this.#failure;
    const words = this.#words;
    for (let thread = 1; thread < this.size; thread++) {
      const lag = ((words[at.job] as number) - (words[at.own(thread) + at.seen] as number)) | 0;
      if (lag > 4) this.#expect(thread);
      else this.#late[thread] = 0;
    }
  }

  /** Whether the threads share a call of this length. Wakes sleeping workers if that is worth its price. */
  shares(length: number): boolean {
    if (length < this.minLength || this.#workers.length === 0) return false;
    const sleepers = Atomics.load(this.#words, at.sleepers);
    if (sleepers === 0) return true;
    if (!this.eager && !this.#alarm.rings(length, sleepers)) return false;
    at.wake(this.#words);
    return true;
  }

  /** Records call number `index` of the next job: the number of the kernel, and its arguments after the range. */
  put(index: number, kernel: number, a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0): void {
    if (index === at.maxCalls) throw new RangeError(`threads: a job has at most ${at.maxCalls} calls`);
    const words = this.#words;
    const call = at.own(this.#threads) + at.calls + at.call * index;
    words[call] = kernel;
    words[call + 1] = a;
    words[call + 2] = b;
    words[call + 3] = c;
    words[call + 4] = d;
    words[call + 5] = e;
    words[call + 6] = f;
    words[call + 7] = g;
  }

  /**
   * Runs `count` recorded calls on begin … end in chunks of `size`. Unless `partials` is 0, writes each chunk's sum there. Returns false
   * if a call returned 0.
   * @throws Error if a worker stops during the job, or has stopped before: it may still be inside an old job, and would join this one.
   */
  run(kernels: ThreadedKernels, count: number, begin: number, end: number, size: number, partials: number): boolean {
    if (this.#failure) throw this.#failure;
    this.#sendMemory(kernels);
    const words = this.#words;
    const threads = this.#threads;
    const description = at.own(threads);
    words[description + at.memory] = kernels.holding.number;
    words[description + at.begin] = begin;
    words[description + at.end] = end;
    words[description + at.size] = size;
    words[description + at.partials] = partials;
    words[description + at.count] = count;
    const chunks = Math.ceil((end - begin) / size);
    for (let thread = 0; thread < threads; thread++) {
      const own = at.own(thread);
      words[own + at.next] = Math.floor((chunks * thread) / threads);
      words[own + at.limit] = Math.floor((chunks * (thread + 1)) / threads);
    }
    words[at.refused] = 0;
    Atomics.add(words, at.job, 1); // open
    try {
      if (Atomics.load(words, at.sleepers) > 0) at.wake(words);
      at.work(words, 0, threads, kernels.own);
    } finally {
      Atomics.add(words, at.job, 1); // closed: no other thread can join
      for (let thread = 1; thread <= this.#workers.length; thread++) this.#await(thread);
    }
    return words[at.refused] === 0;
  }

  /**
   * Sends a memory to the workers unless they hold it. They join its jobs once they have read the message. Unread messages keep memories
   * alive, too, so only one is sent at a time.
   */
  #sendMemory({ holding, memory, modules }: ThreadedKernels): void {
    this.#jobs += 1;
    holding.used = this.#jobs;
    if (holding.held || !this.#mailRead()) return;
    const released = this.#holdings.add(holding, memory.buffer.byteLength);
    this.#send({ released, number: holding.number, memory, modules: compile(memory, modules) });
  }

  /** Whether all workers have read their mail. */
  #mailRead(): boolean {
    const words = this.#words;
    for (let thread = 1; thread < this.size; thread++)
      if (Atomics.load(words, at.own(thread) + at.read) !== words[at.mail]) return false;
    return true;
  }

  /** Starts the workers. At most as many start in parallel as the machine runs at once, so that the next answer comes soon. */
  #start(start: typeof startWorker, limit: number): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const waiting = new Set<number>();
      // Ticks without an answer. While the caller keeps this thread busy, no answer arrives, and at most one tick passes.
      let quiet = 0;
      const fail = (thread: number, why: string) => {
        clearInterval(timer);
        if (waiting.size === 0) return; // all workers have started, or one has failed
        waiting.clear();
        this.close();
        reject(new Error(`threads: worker ${thread} did not start: ${why}`));
      };
      const timer = setInterval(() => {
        quiet += 1;
        if (quiet * tick >= limit) fail(Math.min(...waiting), `it did not answer for ${limit / 1000} s`);
      }, tick);
      const next = () => {
        const thread = this.size;
        if (thread === this.#threads) return;
        waiting.add(thread);
        const heard = () => {
          if (!waiting.delete(thread)) return;
          quiet = 0;
          next();
          if (waiting.size > 0) return;
          clearInterval(timer);
          resolve();
        };
        const failed = (why: string) => {
          fail(thread, why);
          this.#fail(thread, why);
        };
        try {
          const worker = start(heard, failed);
          this.#workers.push(worker);
          worker.post({ words: this.#words, thread, threads: this.#threads });
        } catch (error) {
          failed(String(error));
        }
      };
      for (let i = availableThreads(); i > 0; i--) next();
      if (waiting.size > 0) return;
      clearInterval(timer);
      resolve();
    });
  }

  /** Sends a message to all workers, and wakes them to read it. */
  #send(message: Message): void {
    const words = this.#words;
    Atomics.add(words, at.mail, 1);
    for (const worker of this.#workers) worker.post(message);
    Atomics.add(words, at.job, 2); // stays even: no job is open
    at.wake(words);
  }

  #fail(thread: number, why: string): Error {
    this.#failure ??= new Error(`threads: worker ${thread} stopped: ${why}; close() the pool to go on without its workers`);
    return this.#failure;
  }

  /** Waits until a worker has left the job. */
  #await(thread: number): void {
    const inside = at.own(thread) + at.inside;
    for (let i = 0; i < polls; i++) if (Atomics.load(this.#words, inside) === 0) return;
    this.#awaitLong(thread, inside);
  }

  #awaitLong(thread: number, inside: number): void {
    const words = this.#words;
    Atomics.add(words, at.longWaits, 1);
    const done = at.own(thread) + at.done;
    let progress = words[done];
    let quiet = 0;
    let now = performance.now();
    while (Atomics.load(words, inside) !== 0) {
      // The worker may need this thread's processor. It wakes this thread when it leaves.
      if (maySleep && Atomics.compareExchange(words, inside, 1, 2) !== 0) Atomics.wait(words, inside, 2, 1);
      const before = now;
      now = performance.now();
      quiet += Math.min(now - before, 100); // the whole machine may have slept
      if (words[done] !== progress) quiet = 0;
      progress = words[done];
      if (quiet > timeout) throw this.#fail(thread, `it hangs within a step, which is half done`);
    }
  }

  /** Measures the delay of a worker that has not seen the last job. Throws after 3 s. Counts only the time between steps of the caller. */
  #expect(thread: number): void {
    const now = performance.now();
    const late = this.#late;
    const since = late[thread] === 0 ? 1 : now - (this.#checked[thread] as number);
    late[thread] = (late[thread] as number) + Math.min(since, 2000); // the whole machine may have slept
    this.#checked[thread] = now;
    if ((late[thread] as number) > timeout) throw this.#fail(thread, `it did not answer for ${timeout / 1000} s`);
  }
}
