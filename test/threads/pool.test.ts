// Which workers take part in jobs, and which memories they hold.

import { setTimeout as pause } from "node:timers/promises";
import { afterAll, expect, test, vi } from "vitest";
import { adam, foreignMemory } from "../../src/index.js";
import { engine } from "../../src/kernels/generated.js";
import * as at from "../../src/threads/jobs.js";
import type { Pool } from "../../src/threads/pool.js";
import type { AnyRule } from "../support/configurations.js";
import { collectGarbage } from "../support/garbage.js";
import { patience } from "../support/patience.js";
import { allRead, chunks, idle, minLength, watched } from "../support/pools.js";
import { fill, random } from "../support/random.js";

const sizes = [2, 3, 4, 7];

const pools = await Promise.all(sizes.map((size) => watched(size)));

afterAll(() => {
  for (const { pool } of pools) pool.close();
});

type Opt = ReturnType<AnyRule>;

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

test("while workers sleep, short steps are not shared until they are worth waking for; while they are awake, all are", async () => {
  const { pool, words } = await watched(2, idle);
  pool.eager = false;
  const opt = adam({ x: 131_072 }, { threads: pool, nonFinite: "allow" });
  const shared = () => {
    const before = words[at.job] as number;
    opt.step();
    return words[at.job] !== before;
  };
  expect([shared(), shared(), shared()]).toEqual([true, true, true]);
  const notify = vi.spyOn(Atomics, "notify").mockReturnValue(1); // one worker wakes
  words[at.sleepers] = 1;
  expect([shared(), shared(), shared()]).toEqual([false, true, true]);
  expect(words[at.sleepers]).toBe(0);
  words[at.sleepers] = 1;
  expect([shared(), shared(), shared(), shared()]).toEqual([false, false, false, true]); // it did nothing: 524,288 elements then
  notify.mockRestore();
  pool.close();
  words[at.sleepers] = 0;
  expect(shared()).toBe(false);
});

test("a search, a sum and the rule of a long step are shared, since the first of them wakes the workers", async () => {
  const { pool, words } = await watched(2, idle);
  pool.eager = false;
  words[at.sleepers] = 1;
  const notify = vi.spyOn(Atomics, "notify").mockReturnValue(1);
  const runs = vi.spyOn(pool, "run");
  const long = adam({ x: 262_144 }, { threads: pool, clipTensorNorm: 1 });
  long.step();
  expect(runs.mock.calls.length).toBeGreaterThan(1);
  const woken = notify.mock.calls.filter(([, index]) => index === at.job);
  expect(woken.length).toBe(1);
  notify.mockRestore();
  pool.close();
});

test("steps in close succession wake the workers, and all workers sleep in the end", async () => {
  const { pool, words } = await watched(3);
  pool.eager = false;
  const opt = adam({ x: 40_000 }, { threads: pool });
  const asleep = async () => {
    for (const end = Date.now() + patience; words[at.sleepers] !== 2 && Date.now() < end; ) await pause(1);
    await pause(5);
    return words[at.sleepers];
  };
  for (let round = 0; round < 3; round++) {
    expect(await asleep()).toBe(2);
    const before = chunks(words, 1) + chunks(words, 2);
    for (const end = Date.now() + patience; chunks(words, 1) + chunks(words, 2) === before && Date.now() < end; ) opt.step();
    expect(chunks(words, 1) + chunks(words, 2)).toBeGreaterThan(before);
  }
  expect(await asleep()).toBe(2);
  pool.close();
});

test("a memory is sent to workers once, at the first step that is long enough", async () => {
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

test("memories are sent to workers one at a time, and wait for their turn", async () => {
  const { pool, words, posted } = await watched(2, idle);
  const optimizers = Array.from({ length: 3 }, () => adam({ x: 20_000 }, { threads: pool }));
  const read = () => {
    words[at.own(1) + at.read] = words[at.mail];
  };
  for (let t = 0; t < 3; t++) for (const opt of optimizers) opt.step();
  expect(posted.map(({ number }) => number)).toEqual([undefined]); // the first message is unread
  read();
  for (let t = 0; t < 3; t++) for (const opt of optimizers) opt.step();
  expect(posted.map(({ number }) => number)).toEqual([undefined, 1]);
  read();
  for (const opt of optimizers) opt.step();
  expect(posted.map(({ number }) => number)).toEqual([undefined, 1, 2]);
  pool.close();
});

test("workers release the memory used longest ago, and get it again when it is used", async () => {
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

test("workers release the memory of a disposed optimizer", async () => {
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

test("workers release the memory of a collected optimizer", async () => {
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

test("of two optimizers in one memory of another program, workers hold the other one when one is disposed of", async () => {
  const { pool, words, posted } = await watched(2);
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 64, shared: true });
  let end = 65_536;
  const allocate = (bytes: number) => {
    end += bytes + 64;
    return end - bytes - 64;
  };
  const options = () => ({ threads: pool, memory: foreignMemory({ memory, allocate, params: { x: allocate(4 * 20_000) } }) });
  const optimizers = [adam({ x: 20_000 }, options()), adam({ x: 20_000 }, options())];
  const step = async () => {
    for (const opt of optimizers) {
      opt.grads.x.fill(1);
      opt.step();
      await allRead(words, 1);
    }
  };
  await step();
  expect(posted.flatMap(({ number }) => number ?? [])).toEqual([1, 2]);
  optimizers.shift()?.dispose();
  await allRead(words, 1);
  await step();
  expect(posted.flatMap(({ number }) => number ?? [])).toEqual([1, 2]);
  expect(posted.at(-1)?.released).toEqual([1]);
  expect(optimizers[0]?.params.x[0]).toBeCloseTo(-0.002, 6);
  pool.close();
});

test("an error of the calling thread inside a job ends the job", async () => {
  const { pool, words } = await watched(3);
  const kernels = pool.kernelsOn(new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }), 65_536, [engine], {
    address: 0,
    count: 0,
  });
  const fail = () => {
    throw new RangeError("Maximum call stack size exceeded");
  };
  const failing = { ...kernels, own: [fail], holding: kernels.holding, memory: kernels.memory } as unknown as typeof kernels;
  pool.put(0, 0);
  const failOnce = () => {
    // On a busy machine, workers may do the whole job.
    for (const end = Date.now() + patience; Date.now() < end; ) pool.run(failing, 1, 0, 100, 1, 0);
  };
  expect(failOnce).toThrow("Maximum call stack size exceeded");
  expect((words[at.job] as number) % 2).toBe(0); // closed
  const opt = adam({ x: 100_000 }, { threads: pool });
  for (let t = 0; t < 20; t++) opt.step();
  expect((words[at.job] as number) % 2).toBe(0);
  pool.close();
});

test("a sum with more blocks than there is room for runs on the calling thread, and writes nothing else", async () => {
  const { pool } = await watched(2);
  const memory = new WebAssembly.Memory({ initial: 16, maximum: 16, shared: true });
  const [room, sum, x, length] = [1024, 2048, 4096, 5 * 4096];
  new Float32Array(memory.buffer, x, length).fill(0.5);
  const doubles = new Float64Array(memory.buffer);
  for (const count of [4, 5]) {
    doubles.fill(-1, room / 8, sum / 8);
    const { kernels } = pool.kernelsOn(memory, 2 ** 20, [engine], { address: room, count });
    kernels.dot(0, length, x, x, sum);
    expect(doubles[sum / 8]).toBe(length / 4);
    const written = [...doubles.subarray(room / 8, sum / 8)].map((value) => value !== -1);
    expect(written).toEqual(written.map((_, i) => i < (count === 5 ? 5 : 0)));
  }
  pool.close();
});
