import { compile } from "../kernels/wasm.js";
import { type Holding, Holdings } from "./holdings.js";
import * as at from "./jobs.js";
import { pools } from "./pools.js";
import { availableThreads, maySleep, startWorker, type WorkerHandle } from "./startWorker.js";
import { ThreadedKernels } from "./threadedKernels.js";

/** Threads that optimizers share, made by `threads()`: `adam(params, { threads: pool })`. */
export interface Threads {
  /** How many there are, the calling one among them. */
  readonly size: number;
  /** Ends the workers. Optimizers go on with the calling thread alone. */
  close(): void;
}
/** Milliseconds without a sign of life. */
const patience = 3000;
/** The same of a worker that starts, for which a machine that is busy may take long. */
const startPatience = 30_000;
/** Milliseconds between looks at whether a worker has started. */
const tick = 100;
/** Looks at a worker before the clock is asked, some 50 µs. */
const looks = 10_000;

/** Elements from which on a kernel call is shared out: `npm run bench:ladders` measures it. */
const fewestElements = 32_768;

/** @internal Hands out jobs, one at a time: some kernel calls over a range of elements. */
export class Pool implements Threads {
  readonly #words: Int32Array;
  readonly #threads: number;
  readonly #workers: WorkerHandle[] = [];
  /** Settled when all workers have started, or one cannot. */
  readonly started: Promise<unknown>;
  #failure: Error | undefined;
  readonly #holdings = new Holdings((holding) => this.release(holding));
  #jobs = 0;
  // Of each thread: for how many milliseconds it has not seen a job, and when that was looked at.
  readonly #late: Float64Array;
  readonly #looked: Float64Array;

  /** All but `size` are for measuring and testing. */
  constructor(
    size: number,
    readonly fewest = fewestElements,
    start = startWorker,
    longest = startPatience,
  ) {
    pools.add(this);
    this.#threads = size;
    const Words = size > 1 ? SharedArrayBuffer : ArrayBuffer; // which alone there is in a page that is not isolated
    this.#words = new Int32Array(new Words(at.bytes(size)));
    this.#words[at.mail] = 1; // what each worker gets at the start
    this.#late = new Float64Array(size);
    this.#looked = new Float64Array(size);
    this.started = this.#start(start, longest);
  }

  get size(): number {
    return this.#workers.length + 1;
  }

  close(): void {
    for (const worker of this.#workers) worker.end();
    this.#workers.length = 0;
    this.#failure = undefined;
  }

  /** The kernels on a shared memory. The sums of blocks go to `partials`, a byte address. */
  kernelsOn(memory: WebAssembly.Memory, partials: number): ThreadedKernels {
    return new ThreadedKernels(this, this.#holdings.of(memory), memory, partials);
  }

  /** Has the workers let go of a memory; they get it again when it is used. */
  release(holding: Holding): void {
    if (this.#holdings.remove(holding)) this.#send({ gone: [holding.number] });
  }

  /** Throws when a worker has stopped, or has not answered for 3 s. */
  check(): void {
    if (this.#failure) throw this.#failure;
    const words = this.#words;
    for (let thread = 1; thread < this.size; thread++) {
      const lag = ((words[at.job] as number) - (words[at.own(thread) + at.seen] as number)) | 0;
      if (lag > 4) this.#expect(thread);
      else this.#late[thread] = 0;
    }
  }

  /** Adds a call to the next job. */
  put(index: number, kernel: number, a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0): void {
    if (index === at.mostCalls) throw new RangeError(`threads: a job has at most ${at.mostCalls} calls`);
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
   * Does the job: `count` calls on the elements begin … end, so many at a time, of which the sums go to `partials` when that is not 0.
   * False when a call returned 0.
   * @throws Error when a worker stops in the middle, or has stopped: it may still be inside a job, and would take part in the next.
   */
  run(team: ThreadedKernels, count: number, begin: number, end: number, size: number, partials: number): boolean {
    if (this.#failure) throw this.#failure;
    this.#lend(team);
    const words = this.#words;
    const threads = this.#threads;
    const description = at.own(threads);
    words[description + at.team] = team.holding.number;
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
      if (Atomics.load(words, at.sleepers) > 0) Atomics.notify(words, at.job);
      at.work(words, 0, threads, team.own);
    } finally {
      Atomics.add(words, at.job, 1); // closed: no other thread can join
      for (let thread = 1; thread <= this.#workers.length; thread++) this.#await(thread);
    }
    return words[at.refused] === 0;
  }

  /**
   * Sends the memory of a team to the workers that do not hold it, which take part in its jobs as soon as they have read of it. One at
   * a time is on its way, as messages hold memory, too.
   */
  #lend({ holding, memory }: ThreadedKernels): void {
    this.#jobs += 1;
    holding.used = this.#jobs;
    if (holding.held || !this.#read()) return;
    const gone = this.#holdings.add(holding, memory.buffer.byteLength);
    this.#send({ gone, team: holding.number, memory, module: compile(memory) });
  }

  /** Whether all workers have read their mail. */
  #read(): boolean {
    const words = this.#words;
    for (let thread = 1; thread < this.size; thread++)
      if (Atomics.load(words, at.own(thread) + at.read) !== words[at.mail]) return false;
    return true;
  }

  /** Starts the workers, as many at a time as run at a time: then one of them answers soon. */
  #start(start: typeof startWorker, longest: number): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const waiting = new Set<number>();
      // In ticks, of which one passes however long the caller keeps its thread busy, which cannot hear the workers then.
      let quiet = 0;
      const fail = (thread: number, why: string) => {
        clearInterval(timer);
        if (waiting.size === 0) return; // all have started, or one has failed before
        waiting.clear();
        this.close();
        reject(new Error(`threads: worker ${thread} did not start: ${why}`));
      };
      const timer = setInterval(() => {
        quiet += 1;
        if (quiet * tick >= longest) fail(Math.min(...waiting), `it did not answer for ${longest / 1000} s`);
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

  /** To all workers, which come out of their waiting to read it. */
  #send(message: { gone: number[]; team?: number; memory?: WebAssembly.Memory; module?: WebAssembly.Module }): void {
    const words = this.#words;
    Atomics.add(words, at.mail, 1);
    for (const worker of this.#workers) worker.post(message);
    Atomics.add(words, at.job, 2); // another number, of no job
    Atomics.notify(words, at.job);
  }

  #fail(thread: number, why: string): Error {
    this.#failure ??= new Error(`threads: worker ${thread} stopped: ${why}; close() the pool to go on without its workers`);
    return this.#failure;
  }

  /** Waits until a worker has left the job. */
  #await(thread: number): void {
    const inside = at.own(thread) + at.inside;
    for (let look = 0; look < looks; look++) if (Atomics.load(this.#words, inside) === 0) return;
    this.#awaitLong(thread, inside);
  }

  #awaitLong(thread: number, inside: number): void {
    const words = this.#words;
    const done = at.own(thread) + at.done;
    let progress = words[done];
    let quiet = 0;
    let now = performance.now();
    while (Atomics.load(words, inside) !== 0) {
      if (maySleep) Atomics.wait(words, inside, 1, 1); // where there are more threads than processors, it may need this one's
      const before = now;
      now = performance.now();
      quiet += Math.min(now - before, 100); // the machine itself may have slept
      if (words[done] !== progress) quiet = 0;
      progress = words[done];
      if (quiet > patience) throw this.#fail(thread, `it hangs within a step, which is half done`);
    }
  }

  /** Counts for how long a worker has not seen the last job, while steps go on. */
  #expect(thread: number): void {
    const now = performance.now();
    const late = this.#late;
    const since = late[thread] === 0 ? 1 : now - (this.#looked[thread] as number);
    late[thread] = (late[thread] as number) + Math.min(since, 2000); // the machine itself may have slept
    this.#looked[thread] = now;
    if ((late[thread] as number) > patience) throw this.#fail(thread, `it did not answer for ${patience / 1000} s`);
  }
}
