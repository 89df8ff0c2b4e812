// The memory of optimizers that are gone is freed, in the workers too.

import { describe, expect, test } from "vitest";
import { program } from "../support/processes.js";

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
      const source = `const pool = await threads(${size}); pool.eager = true; ${manyOptimizers("{ threads: pool }", end)} console.log(most);`;
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
      pool.eager = true;
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
