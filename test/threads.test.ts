// Threads: the same bits for every number of them, and never a hang.
import { spawnSync } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, describe, expect, test, vi } from "vitest";
import { adam, nesterov, sgd, threads } from "../src/index.js";
import * as at from "../src/sharing.js";
import { Pool } from "../src/threads.js";
import { startWorker, type WorkerHandle } from "../src/workers.js";
import { useClock } from "./clock.js";
import { type AnyRule, allRules } from "./configurations.js";
import { patience } from "./patience.js";
import { fill, random } from "./random.js";

/** Elements from which on these tests share: two blocks of a sum, and a bit, so that small tensors do. */
const fewest = 8200;

/** A pool whose words the test sees, as it is told to a worker. */
async function watched(size: number, start = startWorker): Promise<{ pool: Pool; words: Int32Array }> {
  let words: Int32Array = new Int32Array();
  const pool = new Pool(size, fewest, (heard, failed) => {
    const worker = start(heard, failed);
    const post = (message: unknown) => {
      words = (message as { words?: Int32Array }).words ?? words;
      worker.post(message);
    };
    return { ...worker, post };
  });
  await pool.started;
  return { pool, words };
}

/** A worker that starts and does nothing more. */
function idle(heard: (message: unknown) => void): WorkerHandle {
  setTimeout(() => heard("ready"));
  return { post() {}, end() {} };
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

test("short steps are not shared, long ones are", () => {
  const [{ pool }] = pools;
  const runs = vi.spyOn(pool, "run");
  const short = adam({ x: fewest - 1 }, { threads: pool });
  short.step();
  expect(runs).toHaveBeenCalledTimes(0);
  const long = adam({ x: fewest }, { threads: pool, clipNorm: 1, ema: true, zeroGrad: true });
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

  test("as many as the machine runs, unless told", async () => {
    const pool = await threads();
    const { availableParallelism } = process.getBuiltinModule("node:os");
    expect(pool.size).toBe(Math.min(availableParallelism(), 64));
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
      setImmediate(() => setImmediate(() => heard("ready"))); // later than the timers that are due
      return { post() {}, end() {} };
    };
    const pool = new Pool(2, fewest, start, 300);
    for (const end = performance.now() + 500; performance.now() < end; );
    await pool.started;
    expect(pool.size).toBe(2);
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
    expect(started).toEqual([new URL("../src/worker.js", import.meta.url), { type: "module" }]);
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

  test("does not start is an error after half a minute", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const mute = () => ({ post() {}, end() {} });
    const failed = vi.fn();
    const { started } = new Pool(3, fewest, mute);
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
    handles[0].post({ team: 99 });
    handles[1].post({ team: 99, memory: "none" }); // no module: it throws
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
  const library = await import("../src/index.js");
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
  const library = JSON.stringify(new URL("../dist/index.js", import.meta.url));
  const text = `import { adam, threads } from ${library};\n${source}`;
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [...flags, "--input-type=module", "-e", text], {
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
    import * as at from ${JSON.stringify(new URL("../dist/sharing.js", import.meta.url))};
    import { Pool } from ${JSON.stringify(new URL("../dist/threads.js", import.meta.url))};
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

test("optimizers that are gone take no memory, in the workers either", () => {
  // 150 of 16 MB each: 2.4 GB if they stayed.
  const source = `
    const pool = await threads(3);
    for (let i = 0; i < 150; i++) {
      const opt = adam({ x: 1e6 }, { threads: pool });
      opt.grads.x.fill(1);
      opt.step();
      if (i % 5 === 0) globalThis.gc();
      await new Promise((resolve) => setTimeout(resolve));
    }
    console.log(process.memoryUsage().rss < 1.6e9);`;
  expect(program(source, "--expose-gc")).toBe("true\n");
});
