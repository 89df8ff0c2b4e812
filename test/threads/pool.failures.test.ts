// A worker that dies, hangs or sleeps: never a hang of the calling thread.

import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { adam, nesterov } from "../../src/index.js";
import * as at from "../../src/threads/jobs.js";
import { Pool } from "../../src/threads/pool.js";
import { startWorker, type WorkerHandle } from "../../src/threads/startWorker.js";
import { useClock } from "../support/clock.js";
import { patience } from "../support/patience.js";
import { idle, minLength, watched } from "../support/pools.js";

describe("a worker that", () => {
  /** What `step()` throws, if it does. */
  function failure(step: () => void): string | undefined {
    try {
      step();
    } catch (error) {
      return (error as Error).message;
    }
  }

  /** What `step()` throws in the end. */
  async function thrown(step: () => void): Promise<string> {
    for (;;) {
      const message = failure(step);
      if (message !== undefined) return message;
      await pause();
    }
  }

  test("does not start is an error after half a minute", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const mute = () => ({ post() {}, end() {} });
    const failed = vi.fn();
    const { started } = new Pool(3, minLength, mute);
    const settled = started.catch(({ message }) => failed(message));
    await vi.advanceTimersByTimeAsync(29_000);
    expect(failed).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1000);
    vi.useRealTimers();
    await settled;
    expect(failed).toHaveBeenCalledWith("threads: worker 1 did not start: it did not answer for 30 s");
  });

  test.each([1, 300])("dies without a word is an error within five seconds of steps %d ms apart", async (pause) => {
    const { pool } = await watched(2, idle);
    const opt = adam({ x: 100_000 }, { threads: pool });
    const clock = useClock();
    let message: string | undefined;
    for (; message === undefined && clock.now < 5000; clock.now += pause) message = failure(() => opt.step());
    expect(message).toBe("threads: worker 1 stopped: it did not answer for 3 s; close() the pool to go on without its workers");
    const { t } = opt;
    expect(() => opt.step()).toThrow(message);
    expect(opt.t).toBe(t); // it was thrown before the step
    pool.close();
    opt.step();
    expect(opt.t).toBe(t + 1);
  });

  test("hangs in the middle of a step is an error within five seconds", async () => {
    const { pool, words } = await watched(2, idle);
    const opt = adam({ x: 100_000 }, { threads: pool });
    opt.step();
    words[at.own(1) + at.inside] = 1;
    const clock = useClock(10);
    expect(() => opt.step()).toThrow("threads: worker 1 stopped: it hangs within a step, which is half done");
    expect(clock.now).toBeGreaterThan(3000);
    expect(clock.now).toBeLessThan(5000);
  });

  test("hangs, and wakes after the error, takes part in no job of another optimizer", async () => {
    const { pool, words } = await watched(2, idle);
    const [opt, other] = [adam({ x: 100_000 }, { threads: pool }), adam({ x: 100_000 }, { threads: pool, accumulate: true })];
    useClock(10);
    words[at.own(1) + at.inside] = 1;
    const message = failure(() => opt.step());
    words[at.own(1) + at.inside] = 0;
    expect(message).toContain("it hangs within a step");
    const job = words[at.job];
    expect(() => other.accumulate()).toThrow(message);
    expect(words[at.job]).toBe(job);
    pool.close();
    other.accumulate();
    other.step();
    expect(other.t).toBe(1);
  });

  describe("dies inside a chunk", () => {
    /** Starts workers that do this, in place of any kernel, in their first chunk. `at` and `words` are there. */
    const dying = (act: string) => (heard: (message: unknown) => void, failed: (why: string) => void) => {
      const source = `
        const { parentPort } = require("node:worker_threads");
        parentPort.on("message", async ({ words, thread, threads }) => {
          if (!words) return;
          const at = await import(${JSON.stringify(new URL("../../src/threads/jobs.js", import.meta.url))});
          // (module (func (export "trap") unreachable))
          const bytes = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 8, 1, 4, 116, 114, 97, 112, 0, 0, 10, 5, 1, 3, 0, 0, 11];
          const { trap } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(bytes))).exports;
          const kernels = new Array(200).fill(() => { ${act} });
          parentPort.postMessage("ready");
          for (;;) at.serve(words, thread, threads, { get: () => ({ kernels }) }, Atomics.load(words, at.mail));
        });`;
      const worker = new (process.getBuiltinModule("node:worker_threads").Worker)(source, { eval: true, stderr: true });
      worker.on("message", heard);
      worker.on("error", (error) => failed(String(error)));
      worker.on("exit", (code) => failed(`it exited with code ${code}`));
      return { post: (message: unknown) => worker.postMessage(message), end: () => void worker.terminate() };
    };
    const hangs =
      "threads: worker 1 stopped: it hangs within a step, which is half done; close() the pool to go on without its workers";

    test.each([
      ["by an error", 'throw new Error("no more")'],
      ["by a trap", "trap()"],
      ["by the end of its process", "process.exit(3)"],
      ["in a loop without end", "for (;;);"],
    ])("%s: the step throws, and later ones, until the pool is closed", async (_, act) => {
      const { pool, words } = await watched(2, dying(act));
      const [opt, other] = [adam({ x: 100_000 }, { threads: pool }), adam({ x: 100_000 }, { threads: pool })];
      opt.grads.x.fill(1);
      const message = await thrown(() => opt.step());
      expect(message).toBe(hangs);
      expect(words[at.own(1) + at.inside]).toBe(2); // the calling thread slept meanwhile
      const { t } = opt;
      const job = words[at.job];
      for (const one of [opt, other, opt]) expect(() => one.step()).toThrow(hangs);
      await new Promise((resolve) => setTimeout(resolve, 100)); // in which its end is heard of, too
      expect(() => opt.step()).toThrow(hangs);
      expect(words[at.job]).toBe(job);
      expect([opt.t, other.t]).toEqual([t, 0]);
      pool.close();
      for (const one of [opt, other]) one.step();
      expect([opt.t, other.t]).toEqual([t + 1, 1]);
    });

    test("because it is terminated: the step throws, until the pool is closed", async () => {
      const workers: WorkerHandle[] = [];
      const { pool, words } = await watched(2, (heard, failed) => {
        workers.push(dying("for (;;);")(heard, failed));
        return workers[0] as WorkerHandle;
      });
      const opt = adam({ x: 100_000 }, { threads: pool });
      // An open job that the calling thread does not take part in, and another number of it until the worker has seen one.
      pool.put(0, 0);
      words.set([0, 1, 1, 0, 1], at.own(2) + at.begin);
      words.set([0, 1], at.own(1) + at.next);
      Atomics.add(words, at.job, 1);
      while (Atomics.load(words, at.own(1) + at.next) === 0) {
        Atomics.add(words, at.job, 2);
        at.wake(words);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      expect(words[at.own(1) + at.inside]).toBe(1);
      Atomics.add(words, at.job, 1);
      workers[0]?.end();
      const message = await thrown(() => opt.step());
      expect(message).toMatch(/^threads: worker 1 stopped: (it hangs within a step, which is half done|it exited with code 1);/);
      expect(() => opt.step()).toThrow(message);
      pool.close();
      opt.step();
      expect(opt.t).toBe(1);
    });
  });

  /** A clock that leaps an hour each time it is read, as after a machine has slept, and calls this the nth time. */
  function leaping(nth: number, act: () => void) {
    let reads = 0;
    return vi.spyOn(performance, "now").mockImplementation(() => {
      reads += 1;
      if (reads === nth) act();
      return reads * 3_600_000;
    });
  }

  test("is inside a step while the clock leaps is waited for", async () => {
    const { pool, words } = await watched(2, idle);
    const opt = adam({ x: 100_000 }, { threads: pool });
    words[at.own(1) + at.inside] = 1;
    const clock = leaping(20, () => Atomics.store(words, at.own(1) + at.inside, 0));
    opt.step();
    expect(clock.mock.calls.length).toBe(20);
    clock.mockRestore();
    expect(words[at.longWaits]).toBe(1); // threads that share a processor wait in this way
    expect(opt.t).toBe(1);
    pool.close();
  });

  test("has not seen a job when the clock leaps is waited for", async () => {
    const { pool, words } = await watched(2, idle);
    const opt = adam({ x: 100_000 }, { threads: pool });
    const clock = leaping(0, () => {});
    while (clock.mock.calls.length < 2) opt.step();
    words[at.own(1) + at.seen] = words[at.job] as number;
    opt.step();
    // Nor does it count later that it was late.
    clock.mockClear();
    while (clock.mock.calls.length < 2) opt.step();
    clock.mockRestore();
    pool.close();
  });

  test("is slow in the middle of a step, but goes on, is waited for", async () => {
    const { pool, words } = await watched(2, idle);
    const opt = adam({ x: 100_000 }, { threads: pool });
    words[at.own(1) + at.inside] = 1;
    // Done with a chunk each second, and with all of them after four.
    const clock = useClock(10, (now) => {
      words[at.own(1) + at.done] = now / 1000;
      if (now >= 4000) words[at.own(1) + at.inside] = 0;
    });
    opt.step();
    expect(clock.now).toBe(4000);
    expect(opt.t).toBe(1);
  });

  test("fails is an error at the next step, which names the reason", async () => {
    const handles: WorkerHandle[] = [];
    const { pool, words } = await watched(3, (heard, failed) => {
      const worker = startWorker(heard, failed);
      handles.push(worker);
      return worker;
    });
    const opt = adam({ x: 100_000 }, { threads: pool });
    opt.step();
    Atomics.add(words, at.mail, 1);
    Atomics.add(words, at.job, 2);
    at.wake(words);
    handles[0].post({ number: 99 });
    handles[1].post({ number: 99, memory: "none", modules: [{ module: "none", names: [] }] }); // no module: it throws
    const other = nesterov({ x: 100_000 }, { threads: pool });
    useClock(); // which stands still: a worker is not taken for dead before its error is heard
    let message: string | undefined;
    for (const end = Date.now() + patience; message === undefined && Date.now() < end; await pause()) {
      message = failure(() => opt.step());
    }
    expect(() => other.shift()).toThrow(message);
    expect(other.shifted).toBe(false); // it was thrown before the shift
    expect(message).toMatch(/^threads: worker 2 stopped: TypeError: WebAssembly\.Instance\(\).*; close\(\) the pool/);
    pool.close();
    opt.step();
  });
});
