import { checkInteger } from "../checks/check.js";
import { wrongValue } from "../checks/errors.js";
import { Pool, type Threads } from "./pool.js";
import { availableThreads, canShare } from "./startWorker.js";

const maxSize = 64;

/**
 * Starts a pool of `size` threads, including the calling one. Default: the threads that run at once on this machine, at most the quota of
 * the process (Linux's control groups) and 64. If memory cannot be shared (a browser page that is not cross-origin isolated), the pool
 * has size 1: the calling thread alone. Workers run `worker.js`, a module beside this one. They sleep when idle, and do not keep the
 * process alive.
 * @throws TypeError or RangeError unless `size` is an integer from 1 to 64; Error if a worker cannot start, or none answers for 30 s.
 * @example
 * ```ts
 * const pool = await threads(2);
 * const opt = adam({ weight: [1000, 1000] }, { threads: pool });
 * opt.step(); // on both threads
 * pool.close();
 * ```
 */
export async function threads(size: number = Math.min(availableThreads(), maxSize)): Promise<Threads> {
  checkInteger("threads: size", 1, size);
  if (size > maxSize) throw wrongValue("threads: size", `at most ${maxSize}`, size);
  const pool = new Pool(canShare() ? size : 1);
  await pool.started;
  return pool;
}
