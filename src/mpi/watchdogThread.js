// Ends the process when a collective waits too long. It runs in a worker, because the main thread runs no JavaScript while MPI waits, not
// even handlers of signals.
// @ts-check

/** Words of the shared memory: how often the main thread entered or left a collective, which one, the rank, the number of ranks, the end. */
export const [passages, current, rank, ranks, ended] = [0, 1, 2, 3, 4];
export const words = 5;

/** What ranks do together, as messages call it. The word `current` is an index into it. */
export const collectives = /** @type {const} */ ([
  "mpi",
  "sum",
  "broadcast",
  "gather",
  "barrier",
  "distribute",
  "share",
  "consolidate",
  "step",
  "mean",
  "close",
]);

/** Seconds that the start may take at least: the other processes may start later. */
const start = 60;

/** Seconds that the present collective may wait. @param {Int32Array} shared @param {number} limit @returns {number} */
const limitOf = (shared, limit) => (shared[current] === 0 ? Math.max(start, limit) : limit);

/** The line that says what waited. @param {Int32Array} shared @param {number} limit seconds @returns {string} */
export function describe(shared, limit) {
  const word = (/** @type {number} */ at) => /** @type {number} */ (shared[at]);
  const number = (word(passages) + 1) / 2;
  const who = word(ranks) > 0 ? `rank ${word(rank)} of ${word(ranks)}` : word(rank) >= 0 ? `rank ${word(rank)}` : "a rank";
  const waited = `has waited ${limitOf(shared, limit)} s in ${collectives[word(current)]}(), its collective number ${number}`;
  return `mpi: ${who} ${waited}; another rank hangs, is gone, or cannot be reached`;
}

/** Watches until the main thread ends it. @param {Int32Array} shared @param {number} limit seconds @param {(why: string) => void} kill */
export function watch(shared, limit, kill) {
  let seen = -1;
  let since = 0;
  const pause = Math.min(1000, Math.max(5, limit * 100));
  while (Atomics.wait(shared, ended, 0, pause) === "timed-out") {
    const now = Atomics.load(shared, passages);
    if (now !== seen || now % 2 === 0) {
      seen = now;
      since = performance.now();
    } else if (performance.now() - since > limitOf(shared, limit) * 1000) {
      kill(describe(shared, limit));
      return;
    }
  }
}

const { process } = /** @type {any} */ (globalThis);
const threads = process?.getBuiltinModule?.("node:worker_threads");
if (threads?.workerData?.watchdogOfMpi) {
  const { shared, limit } = threads.workerData.watchdogOfMpi;
  threads.parentPort.postMessage("ready");
  watch(shared, limit, (why) => {
    process.getBuiltinModule("node:fs").writeSync(2, `${why}\n`);
    process.kill(process.pid, "SIGKILL");
  });
}
