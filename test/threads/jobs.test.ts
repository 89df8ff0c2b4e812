// The loop of a worker, on the thread of the test: where it would sleep, the test acts as the calling thread.
import { expect, onTestFinished, test, vi } from "vitest";
import * as at from "../../src/threads/jobs.js";

/** Runs the loop of worker 1 of two threads. Each act stands for a sleep, and returns what ends it. After the last one the worker gets mail. */
function serve(words: Int32Array, kernel: () => number, ...acts: (() => "ok" | "not-equal")[]): void {
  let slept = 0;
  const wait = vi.spyOn(Atomics, "wait").mockImplementation(() => {
    const act = acts[slept];
    slept += 1;
    if (slept === acts.length) Atomics.add(words, at.mail, 1);
    return (act as () => "ok")();
  });
  onTestFinished(() => wait.mockRestore());
  at.serve(words, 1, 2, new Map([[0, { kernels: [kernel] }]]), 0);
  expect(slept).toBe(acts.length);
  wait.mockRestore();
}

const make = () => new Int32Array(new SharedArrayBuffer(at.bytes(2)));

/** Opens a job of one call on this many chunks. */
function open(words: Int32Array, chunks: number): void {
  words.set([0, 0, chunks, 1, 0, 1], at.own(2) + at.memory);
  words.set([0, chunks], at.own(1) + at.next);
  words[at.job] += 1;
}

test("a woken worker does the chunks of the open job", () => {
  const words = make();
  const kernel = vi.fn(() => 1);
  const start = () => {
    expect(words[at.sleepers]).toBe(1);
    words[at.sleepers] = 0; // as wake() does
    open(words, 3);
    return "ok" as const;
  };
  serve(words, kernel, start, () => {
    expect(words[at.sleepers]).toBe(1); // again
    return "ok";
  });
  expect(kernel).toHaveBeenCalledTimes(3);
  expect(words[at.own(1) + at.done]).toBe(3);
  expect(words[at.own(1) + at.inside]).toBe(0);
});

test("a worker that a new job keeps from sleeping is no sleeper, and misses nothing", () => {
  const words = make();
  const kernel = vi.fn(() => 1);
  const start = () => {
    open(words, 3);
    return "not-equal" as const;
  };
  serve(words, kernel, start, () => {
    expect(words[at.sleepers]).toBe(1); // the second sleep alone
    return "not-equal";
  });
  expect(kernel).toHaveBeenCalledTimes(3);
  expect(words[at.sleepers]).toBe(0);
});

test("wake() counts those that it wakes", () => {
  const words = make();
  words[at.sleepers] = 5;
  const notify = vi.spyOn(Atomics, "notify").mockReturnValue(3);
  at.wake(words);
  expect(notify.mock.calls).toEqual([[words, at.job]]);
  notify.mockRestore();
  expect(words[at.sleepers]).toBe(2);
});

test.each([
  ["sleeps until the worker has left is woken", 2, 1],
  ["does not sleep costs no call of the system", 1, 0],
])("a calling thread that %s", (_, inside, calls) => {
  const words = make();
  const notify = vi.spyOn(Atomics, "notify");
  const kernel = () => {
    words[at.own(1) + at.inside] = inside;
    return 1;
  };
  const start = () => {
    open(words, 1);
    return "ok" as const;
  };
  serve(words, kernel, start, () => "ok");
  expect(notify.mock.calls).toEqual(Array.from({ length: calls }, () => [words, at.own(1) + at.inside]));
  notify.mockRestore();
  expect(words[at.own(1) + at.inside]).toBe(0);
});

test.each([
  ["an open job, which the calling thread does not close,", 0, 1],
  ["a closed job", 1, 0],
])("a worker that sleeps after %s", (_, closing, longWaits) => {
  const words = make();
  const start = () => {
    open(words, 1);
    return "ok" as const;
  };
  const kernel = () => {
    words[at.job] += closing;
    return 1;
  };
  serve(words, kernel, start, () => "ok");
  expect(words[at.longWaits]).toBe(longWaits);
});
