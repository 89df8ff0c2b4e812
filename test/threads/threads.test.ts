// Threads: the same bits for every number of them, and never a hang.
import { spawnSync } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { adam, nesterov, sgd, threads } from "../../src/index.js";
import * as at from "../../src/threads/jobs.js";
import { Pool } from "../../src/threads/pool.js";
import { availableThreads, startWorker, type WorkerHandle } from "../../src/threads/startWorker.js";
import { useClock } from "../support/clock.js";
import { type AnyRule, allRules } from "../support/configurations.js";
import { collectGarbage } from "../support/garbage.js";
import { patience } from "../support/patience.js";
import { fill, random } from "../support/random.js";

/** Minimum length of a shared call in these tests: two blocks of a reduction and a bit, so that small tensors are shared. */
const minLength = 8200;

interface Message {
  readonly words?: Int32Array;
  readonly released: readonly number[] | undefined;
  readonly number: number | undefined;
}

/** A pool whose words the test sees, as it is told to a worker, and all that is posted to workers. */
async function watched(size: number, start = startWorker): Promise<{ pool: Pool; words: Int32Array; posted: Message[] }> {
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
  await pool.started;
  return { pool, words, posted };
}

/** A worker that starts and does nothing more. */
function idle(heard: (message: unknown) => void): WorkerHandle {
  setTimeout(() => heard("ready"));
  return { post() {}, end() {} };
}

/** Waits until workers have read all that was posted to them. */
async function allRead(words: Int32Array, ...threads: number[]): Promise<void> {
  const behind = (thread: number) => Atomics.load(words, at.own(thread) + at.read) !== words[at.mail];
  while (threads.some(behind)) await new Promise((resolve) => setTimeout(resolve));
}

const chunks = (words: Int32Array, thread: number) => words[at.own(thread) + at.done];

const sizes = [2, 3, 4, 7];
const pools = await Promise.all(sizes.map((size) => watched(size)));
afterAll(() => {
  for (const { pool } of pools) pool.close();
});

type Opt = ReturnType<AnyRule>;
type Views = Record<string, Float32Array>;

// Parts of chunks, of blocks and of vectors; one tensor that is short.
const shapes = { matrix: [130, 127], vector: 20_003, short: 5 };

function run(rule: AnyRule, options: object, steps: number): unknown {
  const opt: Opt = rule(shapes, options as never);
  const feed = (views: Views, seed: number) => {
    for (const [i, array] of Object.values(views).entries()) fill(array, random(seed + i));
  };
  feed(opt.params, 1);
  for (let t = 0; t < steps; t++) {
    for (let piece = 0; piece < (opt.accumulates ? 2 : 1); piece++) {
      feed(opt.grads, 10 * t + 4 * piece + 5);
      if (opt.accumulates) opt.accumulate(piece + 1);
    }
    if (opt.sam) {
      opt.shift();
      feed(opt.grads, 10 * t + 9);
    }
    opt.step();
  }
  const { params, grads, state, average, slow, carry, gradNorm } = opt;
  const bytes = (views: Views | undefined) =>
    Object.entries(views ?? {}).map(([name, array]) => [name, Buffer.from(array.slice().buffer).toString("base64")]);
  const arrays = Object.entries({ params, grads, average, slow, ...state }).map(([name, views]) => [name, bytes(views)]);
  return { arrays, carry: { ...carry }, gradNorm };
}

const everything = {
  clipNorm: 0.5,
  clipValue: 0.9,
  clipAdaptive: 0.5,
  clipTensorNorm: 30,
  centralize: true,
  noise: { eta: 0.01 },
  weightDecay: 0.01,
  decay: "proximal",
  accumulate: true,
  ema: true,
  lookahead: { every: 2 },
  zeroGrad: true,
  sam: { adaptive: true },
};

describe.each(allRules.map((rule) => ({ name: rule.spec.name, rule })))("$name", ({ rule }) => {
  test.each([
    ["alone", {}, 66], // beyond a flush
    ["with everything around it", everything, 3],
    ["of a group", { groups: [{ match: ["vector"], lr: 1e-4 }], clipNorm: 1 }, 3],
  ] as const)("%s: the same bits with 1, 2, 3, 4 and 7 threads", (_, options, steps) => {
    const usual = rule.spec.name === "muon" ? 2 : steps;
    const one = run(rule, options, usual);
    for (const { pool } of pools) expect(run(rule, { ...options, threads: pool }, usual)).toEqual(one);
  });
});

test("every worker takes part", async () => {
  for (const { pool, words } of pools) {
    const opt = adam({ x: 500_000 }, { threads: pool });
    const workers = Array.from({ length: pool.size - 1 }, (_, i) => i + 1);
    const before = workers.map((worker) => chunks(words, worker));
    const missing = () => workers.filter((worker, i) => chunks(words, worker) === before[i]);
    for (const end = Date.now() + patience; missing().length > 0 && Date.now() < end; ) opt.step();
    expect(missing()).toEqual([]);
  }
});

test("a memory is sent to workers when a step wants them, and once", async () => {
  const { pool, words, posted } = await watched(3);
  const sent = () => posted.flatMap(({ number }) => number ?? []);
  const optimizers = Array.from({ length: 20 }, () => adam({ x: 20_000 }, { threads: pool }));
  adam({ x: minLength - 1 }, { threads: pool }).step();
  expect(sent()).toEqual([]);
  for (const opt of optimizers) {
    opt.step();
    await allRead(words, 1, 2);
  }
  const numbers = optimizers.flatMap((_, i) => [i + 1, i + 1]); // to two workers
  expect(sent()).toEqual(numbers);
  for (let t = 0; t < 30; t++) for (const opt of optimizers) opt.step();
  expect(sent()).toEqual(numbers);
  pool.close();
});

test("one memory at a time is on its way to workers, and those that wait for it are of use in their time", async () => {
  const { pool, words, posted } = await watched(2, idle);
  const optimizers = Array.from({ length: 3 }, () => adam({ x: 20_000 }, { threads: pool }));
  const read = () => {
    words[at.own(1) + at.read] = words[at.mail];
  };
  for (let t = 0; t < 3; t++) for (const opt of optimizers) opt.step();
  expect(posted.map(({ number }) => number)).toEqual([undefined]); // the worker has not read the first message yet
  read();
  for (let t = 0; t < 3; t++) for (const opt of optimizers) opt.step();
  expect(posted.map(({ number }) => number)).toEqual([undefined, 1]);
  read();
  for (const opt of optimizers) opt.step();
  expect(posted.map(({ number }) => number)).toEqual([undefined, 1, 2]);
  pool.close();
});

test("workers are told to let go of what was used longest ago, and get it again when it is used", async () => {
  const { pool, words, posted } = await watched(2);
  const bits = ({ params }: Opt) => Buffer.from((params.x as Float32Array).slice().buffer).toString("base64");
  const make = (threads?: Pool): Opt => adam({ x: 100_000 }, { threads }) as unknown as Opt;
  const step = async (opt: Opt, t: number) => {
    fill(opt.grads.x as Float32Array, random(t));
    opt.step();
    await allRead(words, 1);
  };
  // All of them are kept, so that none is let go of because it is gone.
  const [first, ...others] = Array.from({ length: 41 }, () => make(pool));
  if (!first) throw new Error("there is one");
  for (const opt of [first, ...others]) await step(opt, 0);
  expect(posted.flatMap(({ released }) => released ?? [])).toContain(1);
  for (let t = 1; t < 10; t++) await step(first, t);
  expect(posted.filter(({ number }) => number === 1).length).toBe(2);
  const before = chunks(words, 1);
  for (const end = Date.now() + 60_000; chunks(words, 1) === before && Date.now() < end; ) await step(first, 9);
  expect(chunks(words, 1)).not.toBe(before);
  const again = make(pool);
  const alone = make();
  for (let t = 0; t < 10; t++) {
    await step(again, t);
    await step(alone, t);
  }
  expect(bits(again)).toBe(bits(alone));
  pool.close();
});

test("workers are told when an optimizer is disposed of", async () => {
  const { pool, words, posted } = await watched(2);
  const [opt, unused] = [adam({ x: 20_000 }, { threads: pool }), adam({ x: 20_000 }, { threads: pool })];
  opt.step();
  await allRead(words, 1);
  unused.dispose();
  opt.dispose();
  opt.dispose();
  expect(posted.slice(1).map(({ released, number }) => ({ released, number }))).toEqual([
    { released: [], number: 1 },
    { released: [1], number: undefined },
  ]);
  pool.close();
});

test("workers are told when an optimizer is gone", async () => {
  const { pool, posted } = await watched(2);
  const drop = () => adam({ x: 20_000 }, { threads: pool }).step();
  drop();
  const told = () => posted.some(({ released }) => released?.includes(1));
  while (!told()) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    collectGarbage();
  }
  expect(posted.length).toBe(3);
  pool.close();
});

test("two optimizers in one memory of another program are one memory for workers, also when one of them is disposed of", async () => {
  const { pool, words, posted } = await watched(2);
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 64, shared: true });
  let end = 65_536;
  const allocate = (bytes: number) => {
    end += bytes + 64;
    return end - bytes - 64;
  };
  const options = () => ({ threads: pool, memory: { memory, allocate, params: { x: allocate(4 * 20_000) } } });
  const optimizers = [adam({ x: 20_000 }, options()), adam({ x: 20_000 }, options())];
  const step = async () => {
    for (const opt of optimizers) {
      opt.grads.x.fill(1);
      opt.step();
      await allRead(words, 1);
    }
  };
  await step();
  expect(posted.flatMap(({ number }) => number ?? [])).toEqual([1]);
  optimizers.shift()?.dispose();
  await allRead(words, 1);
  await step();
  expect(posted.flatMap(({ number }) => number ?? [])).toEqual([1, 1]);
  expect(optimizers[0]?.params.x[0]).toBeCloseTo(-0.002, 6);
  pool.close();
});

test("what stops the calling thread inside a job ends the job", async () => {
  const { pool, words } = await watched(3);
  const kernels = pool.kernelsOn(new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }), 0);
  const fail = () => {
    throw new RangeError("Maximum call stack size exceeded");
  };
  const failing = { ...kernels, own: [fail], holding: kernels.holding, memory: kernels.memory } as unknown as typeof kernels;
  pool.put(0, 0);
  expect(() => pool.run(failing, 1, 0, 100, 1, 0)).toThrow("Maximum call stack size exceeded");
  expect((words[at.job] as number) % 2).toBe(0); // closed
  const opt = adam({ x: 100_000 }, { threads: pool });
  for (let t = 0; t < 20; t++) opt.step();
  expect((words[at.job] as number) % 2).toBe(0);
  pool.close();
});

test("short steps are not shared, long ones are", () => {
  const [{ pool }] = pools;
  const runs = vi.spyOn(pool, "run");
  const short = adam({ x: minLength - 1 }, { threads: pool });
  short.step();
  expect(runs).toHaveBeenCalledTimes(0);
  const long = adam({ x: minLength }, { threads: pool, clipNorm: 1, ema: true, zeroGrad: true });
  long.step();
  expect(runs).toHaveBeenCalledTimes(2); // the norm; then the rule and what follows it, at one go
  runs.mockRestore();
});

test("a gradient that is not finite is found wherever it is, and nothing is changed", () => {
  for (const { pool } of pools) {
    const opt = sgd({ x: 100_000 }, { threads: pool });
    for (const i of [0, 8191, 8192, 50_000, 99_999]) {
      opt.grads.x.fill(1);
      opt.grads.x[i] = Number.NaN;
      expect(() => opt.step()).toThrow('sgd: step 1: the gradient of "x" is not finite');
    }
    expect(opt.params.x.every((x) => x === 0)).toBe(true);
  }
});

test("a step that throws while its calls are put down leaves the next ones to be done", () => {
  const [{ pool }] = pools;
  const opt = sgd({ x: 100_000 }, { threads: pool });
  const put = pool.put.bind(pool);
  const failing = vi.spyOn(pool, "put").mockImplementationOnce(put); // whether the gradients are finite
  failing.mockImplementationOnce(() => {
    throw new RangeError("Maximum call stack size exceeded");
  });
  expect(() => opt.step()).toThrow("Maximum call stack size exceeded");
  failing.mockRestore();
  opt.grads.x[7] = Number.NaN;
  expect(() => opt.step()).toThrow('sgd: step 1: the gradient of "x" is not finite');
});

test("the arrays are on shared memory, and of one thread they are not", async () => {
  const [{ pool }] = pools;
  expect(adam({ x: 3 }, { threads: pool }).params.x.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect(adam({ x: 3 }, { threads: await threads(1) }).params.x.buffer).toBeInstanceOf(ArrayBuffer);
});

describe("threads()", () => {
  test.each([
    [0, "threads: size expected an integer of at least 1, got 0"],
    [1.5, "threads: size expected an integer of at least 1, got 1.5"],
    [65, "threads: size expected at most 64, got 65"],
    ["2", 'threads: size expected an integer of at least 1, got "2"'],
    [null, "threads: size expected an integer of at least 1, got null"],
  ])("%j is an error", async (size, message) => {
    await expect(threads(size as number)).rejects.toThrow(message);
  });

  test("as many as run at a time, unless told", async () => {
    const pool = await threads();
    expect(pool.size).toBe(Math.min(availableThreads(), 64));
    pool.close();
    expect(pool.size).toBe(1);
  });

  test.each([4, {}, true, "2", null, Promise.resolve()])("an optimizer takes only a pool: %s", (pool) => {
    expect(() => adam({ x: 3 }, { threads: pool as never })).toThrow("adam: threads expected a pool made by threads(), got");
  });

  test("after close() the calling thread goes on alone, with the same bits", async () => {
    const pool = await threads(3);
    const [shared, alone] = [adam({ x: 100_000 }, { threads: pool }), adam({ x: 100_000 })];
    for (let t = 0; t < 6; t++) {
      for (const opt of [shared, alone]) {
        fill(opt.grads.x, random(t));
        opt.step();
      }
      if (t === 2) pool.close();
    }
    expect(shared.params.x.every((x, i) => x === alone.params.x[i])).toBe(true);
    expect(adam({ x: 100_000 }, { threads: pool }).params.x.buffer).toBeInstanceOf(ArrayBuffer);
  });

  test("a caller that is busy for longer than a worker may take to start still hears it", async () => {
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

    /** A worker that answers after so many milliseconds, once those before it have answered. */
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

  test("a page that is not cross-origin isolated has one thread", async () => {
    vi.stubGlobal("process", { ...process, getBuiltinModule: undefined });
    vi.stubGlobal("Worker", class {});
    vi.stubGlobal("crossOriginIsolated", false);
    vi.stubGlobal("SharedArrayBuffer", undefined);
    const pool = await threads(4);
    vi.unstubAllGlobals();
    expect(pool.size).toBe(1);
  });

  test("Cloudflare's workerd has one thread, though it has the names of Node's", async () => {
    vi.stubGlobal("navigator", { userAgent: "Cloudflare-Workers" });
    const pool = await threads(4);
    vi.unstubAllGlobals();
    expect(pool.size).toBe(1);
  });

  test("Web Workers are started from a module's file, and their errors come through", async () => {
    const started: unknown[] = [];
    class Failing {
      onerror?: (event: { message: string }) => void;
      constructor(...given: unknown[]) {
        started.push(...given);
        setTimeout(() => this.onerror?.({ message: "404" }));
      }
      postMessage() {}
      terminate() {}
    }
    vi.stubGlobal("process", { ...process, getBuiltinModule: undefined });
    vi.stubGlobal("Worker", Failing);
    vi.stubGlobal("crossOriginIsolated", true);
    const failed = threads(2);
    await expect(failed).rejects.toThrow("threads: worker 1 did not start: 404");
    vi.unstubAllGlobals();
    expect(started).toEqual([new URL("../../src/threads/worker.js", import.meta.url), { type: "module" }]);
  });
});

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
      expect(words[at.own(1) + at.inside]).toBe(1);
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
        Atomics.notify(words, at.job);
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
    Atomics.notify(words, at.job);
    handles[0].post({ number: 99 });
    handles[1].post({ number: 99, memory: "none" }); // no module: it throws
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

test("the main thread of a browser never sleeps", async () => {
  vi.stubGlobal("document", {});
  vi.resetModules();
  const library = await import("../../src/index.js");
  const wait = vi.spyOn(Atomics, "wait").mockImplementation(() => {
    throw new TypeError("Atomics.wait cannot be called in this context");
  });
  const pool = await library.threads(7);
  const opt = library.adam({ x: 400_000 }, { threads: pool });
  for (let t = 0; t < 200; t++) opt.step();
  pool.close();
  expect(wait).not.toHaveBeenCalled();
  wait.mockRestore();
  vi.unstubAllGlobals();
});

/** Runs a program on the built library in a process of its own. */
function program(source: string, ...flags: string[]): string {
  return programOf([process.execPath], source, ...flags);
}

function programOf([command = "", ...first]: string[], source: string, ...flags: string[]): string {
  const library = JSON.stringify(new URL("../../dist/index.js", import.meta.url));
  const text = `import { adam, threads } from ${library};\n${source}`;
  const { status, signal, stdout, stderr } = spawnSync(command, [...first, ...flags, "--input-type=module", "-e", text], {
    encoding: "utf8",
    timeout: patience,
  });
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: "" });
  return stdout;
}

test("an idle pool lets the process end", () => {
  expect(program("const pool = await threads(4); console.log(pool.size);")).toBe("4\n");
  const busy = "const opt = adam({ x: 1e6 }, { threads: await threads(2) }); opt.step(); console.log(opt.t);";
  expect(program(busy)).toBe("1\n");
});

test("a step allocates nothing", () => {
  // With a worker that is there but never helps: one that is waited for makes the clock box its numbers.
  const source = `
    import * as at from ${JSON.stringify(new URL("../../dist/threads/jobs.js", import.meta.url))};
    import { Pool } from ${JSON.stringify(new URL("../../dist/threads/pool.js", import.meta.url))};
    let words;
    const post = (message) => { words = message.words ?? words; };
    const pool = new Pool(2, 8200, (heard) => { setTimeout(heard); return { post, end() {} }; });
    await pool.started;
    const opt = adam({ x: 8200 }, { threads: pool });
    let least = Infinity;
    for (let run = 0; run < 1000 && least >= 8; run++) { // until the compiler, which works beside, has caught up
      globalThis.gc();
      const before = process.memoryUsage().heapUsed;
      for (let i = 0; i < 10_000; i++) {
        opt.step();
        words[at.own(1) + at.seen] = words[at.job];
      }
      least = Math.min(least, (process.memoryUsage().heapUsed - before) / 10_000);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    console.log(least < 8);`; // half a number that V8 boxes
  expect(program(source, "--expose-gc")).toBe("true\n");
});

/** Megabytes that a process takes at most while it makes 100 optimizers of 16 MB, one after the other, and drops them. */
const manyOptimizers = (options: string, end = "") => `
  let most = 0;
  for (let i = 0; i < 100; i++) {
    const opt = adam({ x: 1e6 }, ${options});
    opt.grads.x.fill(1);
    for (let t = 0; t < 4; t++) opt.step();
    most = Math.max(most, process.memoryUsage.rss() / 1e6);
    ${end}
  }`;

describe("optimizers that are gone take no memory, in the workers either", () => {
  test.each([
    ["in a plain loop, which gives the event loop no turn", ""],
    ["in a loop with turns", "await new Promise((resolve) => setTimeout(resolve));"],
    ["when they are disposed of", "opt.dispose();"],
  ])("%s", (_, end) => {
    for (const size of [2, 4]) {
      const source = `const pool = await threads(${size}); ${manyOptimizers("{ threads: pool }", end)} console.log(most);`;
      expect(Number(program(source))).toBeLessThan(900); // 1,600 and more if they stayed
    }
  });

  test("in a plain loop without a pool", () => {
    expect(Number(program(`${manyOptimizers("{}")} console.log(most);`))).toBeLessThan(900);
  });

  test("in a plain loop of a worker, with a pool of its own beside another", () => {
    const library = JSON.stringify(new URL("../../dist/index.js", import.meta.url));
    const inner = `import(${library}).then(async ({ adam, threads }) => {
      const pool = await threads(2);
      ${manyOptimizers("{ threads: pool }")}
      process.getBuiltinModule("node:worker_threads").parentPort.postMessage(most);
    });`;
    const source = `
      import { Worker } from "node:worker_threads";
      const opt = adam({ x: 1e6 }, { threads: await threads(2) });
      opt.step();
      new Worker(${JSON.stringify(inner)}, { eval: true }).on("message", (most) => {
        opt.step();
        console.log(most);
        process.exit();
      });`;
    expect(Number(program(source))).toBeLessThan(900);
  });

  test("one that is disposed of, at the next collection, without another step", () => {
    const source = `
      const pool = await threads(3);
      const opt = adam({ x: 2 ** 25 }, { threads: pool }); // 512 MB
      opt.grads.x.fill(1);
      for (let t = 0; t < 3; t++) {
        opt.step();
        await new Promise((resolve) => setTimeout(resolve, 10)); // in which the workers get it
      }
      const before = process.memoryUsage.rss();
      opt.dispose();
      let freed = 0;
      for (let i = 0; i < 3000 && freed < 400e6; i++) {
        globalThis.gc();
        await new Promise((resolve) => setTimeout(resolve, 10));
        freed = before - process.memoryUsage.rss();
      }
      console.log(freed > 400e6, opt.t);`;
    expect(program(source, "--expose-gc")).toBe("true 3\n");
  });
});

const pins = spawnSync("taskset", ["-c", "0", "true"]).status === 0;

test.skipIf(!pins)(`64 threads start on one processor${pins ? "" : ": there is no taskset"}`, () => {
  const source = `
    const pool = await threads(64);
    const opt = adam({ x: 1e6 }, { threads: pool });
    for (let t = 0; t < 5; t++) opt.step();
    console.log(pool.size, opt.t);`;
  expect(programOf(["taskset", "-c", "0", process.execPath], source)).toBe("64 5\n");
  const usual = "console.log((await threads()).size);";
  expect(programOf(["taskset", "-c", "0", process.execPath], usual)).toBe("1\n");
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
