// A job in a worker ends when the next one comes, and the next one has the numbers of a job alone.
import { expect, test } from "vitest";
import { type Port, serve, Task } from "../../../site/playground/cells/task.js";

/** The page's side of a worker that counts, and the longest job it has worked on. */
function counter() {
  const { port1, port2 } = new MessageChannel();
  let made = 0;
  serve<number, number>(port2 as Port, function* (count) {
    if (count < 0) throw new RangeError("count expected 0 or more");
    for (let i = 0; i < count; i++) {
      made += 1;
      yield i;
    }
  });
  return {
    task: new Task<number, number>(port1 as Port),
    made: () => made,
    close: () => port1.close(),
  };
}

/** Runs a job to its end. */
function run(task: Task<number, number>, job: number): Promise<{ parts: number[]; error?: string }> {
  const parts: number[] = [];
  return new Promise((resolve) =>
    task.start(job, {
      part: (part) => parts.push(part),
      ended: () => resolve({ parts }),
      failed: (error) => resolve({ parts, error }),
    }),
  );
}

test("parts come in order, then the end", async () => {
  const { task, close } = counter();
  expect(await run(task, 4)).toEqual({ parts: [0, 1, 2, 3] });
  close();
});

test("a new job ends the one before, whose parts no longer come", async () => {
  const { task, made, close } = counter();
  const old: number[] = [];
  await new Promise<void>((resolve) =>
    task.start(1e9, {
      part: (part) => {
        old.push(part);
        if (part === 5) resolve();
      },
      ended: () => expect.unreachable(),
      failed: () => expect.unreachable(),
    }),
  );
  const seen = old.length;
  expect(await run(task, 3)).toEqual({ parts: [0, 1, 2] });
  expect(old.length).toBe(seen);
  const before = made();
  await run(task, 1);
  expect(made()).toBe(before + 1); // the old job does not run any more
  close();
});

test("a cancelled job ends", async () => {
  const { task, made, close } = counter();
  await new Promise<void>((resolve) =>
    task.start(1e9, { part: () => resolve(), ended: () => expect.unreachable(), failed: () => expect.unreachable() }),
  );
  task.cancel();
  await run(task, 1);
  const before = made();
  await run(task, 1);
  expect(made()).toBe(before + 1);
  close();
});

test("an error arrives with its message, and the worker goes on", async () => {
  const { task, close } = counter();
  expect((await run(task, -1)).error).toBe("count expected 0 or more");
  expect(await run(task, 1)).toEqual({ parts: [0] });
  close();
});
