// How threads share a job: the shared words, and the work of each thread. The calling thread works like the others. Plain JavaScript, so
// that workers can start from the source file.
// @ts-check

/** Words of a cache line. Words that one thread writes often have a line of their own. */
const line = 16;

// Indices of the words of all threads:
/** Number of the job, odd while the job is open. Workers wait for it to change. */
export const job = 0;
/** Number of messages sent to each worker. */
export const mail = 1;
/** Number of sleeping workers. */
export const sleepers = 2;
/** 1 if a call of the job returned 0. */
export const refused = 3;
/** How often a worker or the calling thread waited long for the other one: they may share a processor. */
export const longWaits = 4;

// Words of one thread, relative to `own(thread)`:
/** The next chunk of its share. */
export const next = 0;
/** The end of its share, in chunks. */
export const limit = 1;
/** 1 while the worker may be at work; 2 when the calling thread sleeps until it has left. */
export const inside = line;
/** The last job that the worker saw. */
export const seen = line + 1;
/** Number of chunks it has done. */
export const done = line + 2;
/** Number of messages that the worker has processed. */
export const read = line + 3;

/** @param {number} thread 0 is the calling thread. */
export const own = (thread) => line * (1 + 2 * thread);

// Words of the job, relative to `own(threads)`:
/** The number of the memory to work on. */
export const memory = 0;
/** Elements: first, one past the last, and per chunk. */
export const begin = 1;
export const end = 2;
export const size = 3;
/** Byte address of the chunks' sums, f64; 0 if the kernel returns no sum. */
export const partials = 4;
/** Number of calls. Each call has the number of its kernel, then all arguments after the range. */
export const count = 5;
export const calls = line;
/** Words of a call. */
export const call = 8;
/** Maximum number of calls in a job. */
export const maxCalls = 12;

/** @param {number} threads */
export const bytes = (threads) => 4 * (own(threads) + calls + call * maxCalls);

/** Polls before a worker sleeps, about 50 µs: it stays awake between the jobs of a step, and between steps in quick succession. */
const polls = 10_000;

/** @typedef {(begin: number, end: number, ...rest: number[]) => number} Kernel */

/**
 * words[index], for an index in range.
 * @param {Int32Array} words
 * @param {number} index
 */
const word = (words, index) => /** @type {number} */ (words[index]);

/**
 * Runs every call on one chunk, in order.
 * @param {Int32Array} words
 * @param {number} at Index of the job's words.
 * @param {readonly Kernel[]} kernels
 * @param {number} chunk
 */
function doChunk(words, at, kernels, chunk) {
  const length = word(words, at + size);
  const first = word(words, at + begin) + chunk * length;
  const last = Math.min(first + length, word(words, at + end));
  const sums = word(words, at + partials);
  const after = at + calls + call * word(words, at + count);
  for (let i = at + calls; i < after; i += call) {
    const kernel = /** @type {Kernel} */ (kernels[word(words, i)]);
    const a = word(words, i + 1);
    const b = word(words, i + 2);
    const c = word(words, i + 3);
    if (sums !== 0) {
      // The sum's address is the last argument of a kernel, which has at most six.
      const sum = sums + 8 * chunk;
      kernel(first, last, a, kernel.length === 4 ? sum : b, kernel.length === 5 ? sum : c, sum);
    } else if (
      kernel(first, last, a, b, c, word(words, i + 4), word(words, i + 5), word(words, i + 6), word(words, i + 7)) === 0
    ) {
      Atomics.store(words, refused, 1);
    }
  }
}

/**
 * Runs a thread's share of the open job, then the remaining chunks of other shares.
 * @param {Int32Array} words
 * @param {number} thread
 * @param {number} threads
 * @param {readonly Kernel[]} kernels
 */
export function work(words, thread, threads, kernels) {
  const at = own(threads);
  for (let i = 0; i < threads; i++) {
    const share = own((thread + i) % threads);
    const stop = word(words, share + limit);
    while (Atomics.load(words, share + next) < stop) {
      const chunk = Atomics.add(words, share + next, 1);
      if (chunk >= stop) break;
      doChunk(words, at, kernels, chunk);
      words[own(thread) + done] = word(words, own(thread) + done) + 1;
    }
  }
}

/**
 * A worker's loop: runs jobs until new mail arrives.
 * @param {Int32Array} words
 * @param {number} thread
 * @param {number} threads
 * @param {ReadonlyMap<number, { readonly kernels: readonly Kernel[] }>} memories
 * @param {number} messages
 */
export function serve(words, thread, threads, memories, messages) {
  const mine = own(thread);
  for (let last = Atomics.load(words, job); Atomics.load(words, mail) === messages; ) {
    const current = Atomics.load(words, job);
    words[mine + seen] = current;
    if (current === last) {
      rest(words, last);
      continue;
    }
    last = current;
    if (current % 2 === 0) continue;
    Atomics.store(words, mine + inside, 1);
    // If the job has been closed meanwhile, the calling thread may not have waited for this worker.
    if (Atomics.load(words, job) === current) {
      const held = memories.get(word(words, own(threads) + memory)); // undefined if the memory is still in the mail
      if (held) work(words, thread, threads, held.kernels);
    }
    if (Atomics.exchange(words, mine + inside, 0) === 2) Atomics.notify(words, mine + inside);
  }
}

/**
 * Waits until the number of the job changes.
 * @param {Int32Array} words
 * @param {number} last
 */
function rest(words, last) {
  for (let i = 0; i < polls; i++) if (Atomics.load(words, job) !== last) return;
  if (last % 2 !== 0) Atomics.add(words, longWaits, 1); // all chunks are taken, and the calling thread does not end its last one
  Atomics.add(words, sleepers, 1);
  if (Atomics.wait(words, job, last) !== "ok") Atomics.sub(words, sleepers, 1);
}

/**
 * Wakes all sleeping workers.
 * @param {Int32Array} words
 */
export function wake(words) {
  Atomics.sub(words, sleepers, Atomics.notify(words, job));
}
