import { checkInteger } from "../checks/check.js";
import { wrongValue } from "../checks/errors.js";
import { Pool, type Threads } from "./pool.js";
import { availableThreads, canShare } from "./startWorker.js";

const most = 64;

/**
 * A pool of threads, the calling one among them; by default as many as run at a time, on this machine and by the quota of the process
 * (Linux's control groups), at most 64. Where memory cannot be shared (in a browser: unless the page is cross-origin isolated), the calling
 * thread is the only one: see `size`. The workers run `worker.js`, a module beside this one. They start as many at a time as run at a
 * time, sleep when there is nothing to do, and let the process end.
 * @throws TypeError or RangeError unless `size` is an integer from 1 to 64; Error when a worker cannot start, or none answers for 30 s.
 * @example
 * ```ts
 * const pool = await threads(2);
 * const opt = adam({ weight: [1000, 1000] }, { threads: pool });
 * opt.step(); // on both threads
 * pool.close();
 * ```
 */
export async function threads(size: number = Math.min(availableThreads(), most)): Promise<Threads> {
  checkInteger("threads: size", 1, size);
  if (size > most) throw wrongValue("threads: size", `at most ${most}`, size);
  const pool = new Pool(canShare() ? size : 1);
  await pool.started;
  return pool;
}
