// The measurements of the benchmark page, in Node.
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { Gate } from "../../../site/benchmark/gate.js";
import { type Machine, measure, paceOf } from "../../../site/benchmark/measure.js";
import { threads } from "../../../src/index.js";

const scalar = new WebAssembly.Module(readFileSync(new URL("../../../build/scalar.wasm", import.meta.url)));
const pool = await threads(2);
afterAll(() => pool.close());

const machine = (others: Partial<Machine> = {}): Machine => ({
  scalar,
  pace: { rounds: 3, milliseconds: 0.1, budget: 10 },
  longest: 1000,
  gate: new Gate(),
  ...others,
});

describe("measure", () => {
  test("adam: each way, ours first", async () => {
    const { ways, left, ...question } = await measure({ rule: "adam", parameters: 1024, threads: 1 }, machine());
    expect(question).toEqual({ rule: "adam", parameters: 1024, threads: 1 });
    expect(Object.keys(ways)).toEqual(["simd", "scalar", "fast", "paper"]);
    expect(left).toEqual({});
    for (const { median } of Object.values(ways)) expect(median).toBeGreaterThan(0);
    expect(ways.simd?.ratio).toBe(1);
  });

  test("threads, if there is a pool", async () => {
    const { ways, threads } = await measure({ rule: "sgd", parameters: 1024, threads: 2 }, machine({ pool }));
    expect(threads).toBe(2);
    expect(Object.keys(ways)).toEqual(["simd", "threads", "scalar", "paper"]);
  });

  test("a loop that would take too long is left out, with its time", async () => {
    const { ways, left } = await measure({ rule: "muon", parameters: 65_536, threads: 1 }, machine({ longest: 100 }));
    expect(Object.keys(ways)).toContain("simd");
    expect(left.paper).toEqual({ seconds: expect.any(Number) });
    expect((left.paper as { seconds: number }).seconds).toBeGreaterThan(0.1);
  });

  test("no such rule", async () => {
    await expect(measure({ rule: "adagard", parameters: 1, threads: 1 }, machine())).rejects.toThrow("there is no rule adagard");
  });

  test("waits while the gate is closed", async () => {
    const gate = new Gate();
    gate.close();
    let ended = false;
    const measuring = measure({ rule: "sgd", parameters: 1024, threads: 1 }, machine({ gate })).then(() => {
      ended = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(ended).toBe(false);
    gate.open();
    await measuring;
    expect(ended).toBe(true);
  });
});

test("a sample has at least fifty steps of the clock, and 5 ms", () => {
  expect(paceOf(0.005).milliseconds).toBe(5);
  expect(paceOf(1).milliseconds).toBe(50);
});
