// Pools of threads whose shared words and messages a test sees.
import { type Threads, threads } from "../../src/index.js";
import * as at from "../../src/threads/jobs.js";
import { Pool } from "../../src/threads/pool.js";
import { startWorker, type WorkerHandle } from "../../src/threads/startWorker.js";

/** Minimum length of a shared call in these tests: two blocks of a reduction and a bit, so that small tensors are shared. */
export const minLength = 8200;

interface Message {
  readonly words?: Int32Array;
  readonly released: readonly number[] | undefined;
  readonly number: number | undefined;
}

/** A pool that shares every long call, the words that its threads share, and the messages to its workers. */
export async function watched(size: number, start = startWorker): Promise<{ pool: Pool; words: Int32Array; posted: Message[] }> {
  let words: Int32Array = new Int32Array();
  const posted: Message[] = [];
  const pool = new Pool(size, minLength, (heard, failed) => {
    const worker = start(heard, failed);
    const post = (message: unknown) => {
      const { words: given = words, released, number } = message as Message;
      words = given;
      posted.push({ released, number }); // not the memory
      worker.post(message);
    };
    return { ...worker, post };
  });
  pool.eager = true;
  await pool.started;
  return { pool, words, posted };
}

/** A pool as a caller gets it, but it shares every long call. */
export async function eager(size: number): Promise<Threads> {
  const pool = (await threads(size)) as Pool;
  pool.eager = true;
  return pool;
}

/** A worker that starts, then does nothing. */
export function idle(heard: (message: unknown) => void): WorkerHandle {
  setTimeout(() => heard("ready"));
  return { post() {}, end() {} };
}

/** Waits until these workers have read their messages. */
export async function allRead(words: Int32Array, ...threads: number[]): Promise<void> {
  const behind = (thread: number) => Atomics.load(words, at.own(thread) + at.read) !== words[at.mail];
  while (threads.some(behind)) await new Promise((resolve) => setTimeout(resolve));
}

/** Chunks that a worker has done. */
export const chunks = (words: Int32Array, thread: number) => words[at.own(thread) + at.done];
