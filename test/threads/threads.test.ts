import { describe, expect, test, vi } from "vitest";
import { adam, threads } from "../../src/index.js";
import { availableThreads } from "../../src/threads/startWorker.js";
import { eager } from "../support/pools.js";
import { fill, random } from "../support/random.js";

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

  test("by default as many as run at a time", async () => {
    const pool = await threads();
    expect(pool.size).toBe(Math.min(availableThreads(), 64));
    pool.close();
    expect(pool.size).toBe(1);
  });

  test.each([4, {}, true, "2", null, Promise.resolve()])("an optimizer takes only a pool: %s", (pool) => {
    expect(() => adam({ x: 3 }, { threads: pool as never })).toThrow("adam: threads expected a pool made by threads(), got");
  });

  test("after close() the calling thread goes on alone, with the same bits", async () => {
    const pool = await eager(3);
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
});
