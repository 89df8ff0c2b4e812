// How threads share out a kernel call: the words that they have in common, and what each of them does. A plain module, so that a
// worker starts from a file as it is. All of it is on the calling thread, too, which works like the others.
// @ts-check

/** Bytes of a cache line, in words: what one thread writes often has a line of its own. */
const line = 16;

// The words. Of all threads:
/** Number of the job: odd while it is open. What workers wait for. */
export const job = 0;
/** Messages that were sent to each worker. */
export const mail = 1;
/** Workers that wait asleep. */
export const sleepers = 2;
/** Whether some call returned 0, of a job that asks. */
export const refused = 3;

// Of one thread, from `own(thread)` on:
/** The next chunk of its share. */
export const next = 0;
/** Where its share ends. */
export const limit = 1;
/** Whether a worker may be at work. */
export const inside = line;
/** The last job that a worker saw. */
export const seen = line + 1;
/** Chunks that it has done. */
export const done = line + 2;
/** Messages that a worker has read, and done what they say. */
export const read = line + 3;

/** @param {number} thread 0 is the calling one. */
export const own = (thread) => line * (1 + 2 * thread);

// Of the job, from `own(threads)` on:
/** Whose kernels. */
export const team = 0;
/** Elements: first, one past the last, and of a chunk. */
export const begin = 1;
export const end = 2;
export const size = 3;
/** Where the sums of the chunks go, f64; 0 where there are none. */
export const partials = 4;
/** Kernel calls, and what they are: number of the kernel, then all arguments after the range. */
export const count = 5;
export const calls = line;
/** Words of a call. */
export const call = 8;
/** Most calls of a job. */
export const mostCalls = 12;

/** @param {number} threads */
export const bytes = (threads) => 4 * (own(threads) + calls + call * mostCalls);

/** Looks before a worker sleeps: some 50 µs, so that it is awake between the jobs of a step, and between steps without much else. */
const looks = 10_000;

/** @typedef {(begin: number, end: number, ...rest: number[]) => number} Kernel */

/**
 * A word. Every index is within the words.
 * @param {Int32Array} words
 * @param {number} index
 */
const word = (words, index) => /** @type {number} */ (words[index]);

/**
 * Does one chunk: every call, in order.
 * @param {Int32Array} words
 * @param {number} at Where the job is.
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
 * Does a thread's share of the open job, then what others have not begun.
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
 * What a worker does until there is more mail than it has read.
 * @param {Int32Array} words
 * @param {number} thread
 * @param {number} threads
 * @param {ReadonlyMap<number, { readonly kernels: readonly Kernel[] }>} teams
 * @param {number} messages
 */
export function serve(words, thread, threads, teams, messages) {
  const mine = own(thread);
  const whose = own(threads) + team;
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
    // Closed since, the calling thread may not have waited for this one.
    if (Atomics.load(words, job) === current) {
      const found = teams.get(word(words, whose)); // none where that memory is still on its way
      if (found) work(words, thread, threads, found.kernels);
    }
    Atomics.store(words, mine + inside, 0);
  }
}

/**
 * Waits for another job than the last.
 * @param {Int32Array} words
 * @param {number} last
 */
function rest(words, last) {
  for (let i = 0; i < looks; i++) if (Atomics.load(words, job) !== last) return;
  Atomics.add(words, sleepers, 1);
  Atomics.wait(words, job, last);
  Atomics.sub(words, sleepers, 1);
}
