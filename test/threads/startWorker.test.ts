// Workers of Node and Web Workers.

import { spawnSync } from "node:child_process";
import { expect, test, vi } from "vitest";
import { threads } from "../../src/index.js";
import { program, programOf } from "../support/processes.js";

const pins = spawnSync("taskset", ["-c", "0", "true"]).status === 0;

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

test("an idle pool lets the process end", () => {
  expect(program("const pool = await threads(4); console.log(pool.size);")).toBe("4\n");
  const busy = "const opt = adam({ x: 1e6 }, { threads: await threads(2) }); opt.step(); console.log(opt.t);";
  expect(program(busy)).toBe("1\n");
});

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
