// Workers that start late, or not at all.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Pool } from "../../src/threads/pool.js";
import { availableThreads, type WorkerHandle } from "../../src/threads/startWorker.js";
import { minLength } from "../support/pools.js";
import { program } from "../support/processes.js";

test("a worker that starts in time is heard, also where the caller was busy for longer", async () => {
  const start = (heard: (message: unknown) => void): WorkerHandle => {
    setImmediate(() => setImmediate(heard, "ready")); // later than the timers that are due
    return { post() {}, end() {} };
  };
  const pool = new Pool(2, minLength, start, 300);
  for (const end = performance.now() + 500; performance.now() < end; );
  await pool.started;
  expect(pool.size).toBe(2);
});

describe("starting", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** A worker that answers `pause` milliseconds after the one before it. */
  function slow(pause: number) {
    let last = 0;
    const ended: number[] = [];
    const start = (heard: (message: unknown) => void): WorkerHandle => {
      last = Math.max(last, Date.now()) + pause;
      setTimeout(() => heard("ready"), last - Date.now());
      return { post() {}, end: () => ended.push(0) };
    };
    return { start, ended };
  }

  test("takes as long as it needs, as long as a worker answers now and then", async () => {
    const { start } = slow(28_000);
    let [waiting, most] = [0, 0];
    const pool = new Pool(20, minLength, (heard) => {
      waiting += 1;
      most = Math.max(most, waiting);
      return start((message) => {
        waiting -= 1;
        heard(message);
      });
    });
    const begun = Date.now();
    const started = pool.started.then(() => Date.now() - begun);
    await vi.runAllTimersAsync();
    expect(await started).toBe(19 * 28_000);
    expect(most).toBe(Math.min(availableThreads(), 19));
    expect(pool.size).toBe(20);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("ends when none answers for 30 s, and leaves nothing behind", async () => {
    const { start, ended } = slow(500);
    let count = 0;
    const pool = new Pool(20, minLength, (heard) => {
      count += 1;
      return start(count === 5 ? () => {} : heard);
    });
    const failed = expect(pool.started).rejects.toThrow("threads: worker 5 did not start: it did not answer for 30 s");
    await vi.runAllTimersAsync();
    await failed;
    expect(ended.length).toBe(count);
    expect(pool.size).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each(["says so", "cannot be made"])("ends when a worker %s, and leaves nothing behind", async (how) => {
    const { start, ended } = slow(500);
    let count = 0;
    const pool = new Pool(20, minLength, (heard, failed) => {
      count += 1;
      if (count === 5 && how === "cannot be made") throw new Error("not allowed");
      if (count === 5) setTimeout(() => failed("Error: not allowed"), 100);
      return start(heard);
    });
    const failed = expect(pool.started).rejects.toThrow("threads: worker 5 did not start: Error: not allowed");
    await vi.runAllTimersAsync();
    await failed;
    expect(ended.length).toBe(count - Number(how === "cannot be made"));
    expect(vi.getTimerCount()).toBe(0);
  });
});

test("a worker that never answers is an error, and lets the process end", () => {
  const source = `
    import { Pool } from ${JSON.stringify(new URL("../../dist/threads/pool.js", import.meta.url))};
    import { Worker } from "node:worker_threads";
    const start = () => {
      const worker = new Worker("setInterval(() => {}, 1000)", { eval: true });
      return { post() {}, end: () => worker.terminate() };
    };
    await new Pool(4, 8200, start, 3000).started.catch(({ message }) => console.log(message));`;
  expect(program(source)).toBe("threads: worker 1 did not start: it did not answer for 3 s\n");
});
