// What optimizers show of themselves.

import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { adam, foreignMemory, lbfgs, muon, scheduleFreeSgd, sgd } from "../../src/index.js";
import { allRules, otherValue } from "../support/configurations.js";

describe.each(allRules.map((rule) => ({ name: rule.spec.name, rule })))("$name", ({ name, rule }) => {
  test("parameters, options that are not as by default, groups", () => {
    const options = Object.fromEntries(
      Object.entries(rule.spec.hyper).flatMap(([key, hyper]) => (key === "weightDecay" ? [] : [[key, otherValue(hyper)]])),
    );
    const opt = rule(
      { weight: [10, 784], bias: 10 },
      { ...options, groups: [{ match: ["bias"], weightDecay: 0.5, frozen: true }] },
    );
    const lines = inspect(opt).split("\n");
    expect(lines[0]).toMatch(new RegExp(`^${name} of 2 parameters, 7,850 floats, \\d+(\\.\\d+)? kB, t = 0$`));
    expect(lines.slice(1, 3)).toEqual(["  weight [10, 784]: 7,840 floats", "  bias [10]: 10 floats"]);
    expect(lines[3]).toBe(
      `  options: ${Object.entries(options)
        .map((entry) => entry.join(": "))
        .join(", ")}`,
    );
    expect(lines[4]).toBe("  groups[0]: bias; weightDecay: 0.5; frozen");
    expect(lines.length).toBe(5);
    expect(opt.summary).toBe(inspect(opt));
    expect((opt as never as Record<symbol, () => string>)[Symbol.for("Deno.customInspect")]?.()).toBe(opt.summary);
  });

  test("in a line", () => {
    const opt = rule({ weight: [10, 784], bias: 10, a: 1, b: [1, 2, 3] });
    expect(`${opt}`).toMatch(
      new RegExp(
        `^${name} of 4 parameters \\(weight \\[10, 784\\], bias \\[10\\], a \\[1\\], … and 1 more\\), 7,857 floats, \\d+(\\.\\d+)? kB, t = 0$`,
      ),
    );
    expect(
      inspect(rule({ x: 1 }))
        .split("\n")
        .slice(1),
    ).toEqual(["  x [1]: 1 float"]);
  });
});

test("values that were read as a shape are visible", () => {
  expect(String(sgd({ w: [1, 2, 3] }))).toBe("sgd of 1 parameter (w [1, 2, 3]), 6 floats, 65.5 kB, t = 0");
});

test("more than 32 numbers are not read as a shape", () => {
  expect(() => sgd({ w: new Array(33).fill(1) })).toThrow(
    'sgd: parameter "w" expected a shape of sizes of at least 1 (values go into a Float32Array), 32 sizes at most, got [1, 1, ',
  );
  expect(sgd({ w: new Array(32).fill(1) }).params.w.length).toBe(1);
});

test("options of the engine, schedules, and steps", () => {
  const opt = adam(
    { w: 2 },
    {
      lr: (t) => 1 / (1 + t),
      decay: "decoupled",
      clipNorm: Infinity,
      ema: true,
      lossScale: true,
      sam: { radius: 0.5 },
      accumulate: false,
    },
  );
  opt.grads.w.fill(1);
  opt.shift();
  opt.step();
  opt.grads.w.fill(1);
  opt.shift();
  opt.step();
  expect(opt.summary.split("\n")).toEqual([
    "adam of 1 parameter, 2 floats, 65.5 kB, t = 2",
    "  w [2]: 2 floats",
    '  options: lr: a schedule, now 0.5, decay: "decoupled", clipNorm: Infinity, lossScale: { initial: 65536, growth: 2, backoff: 0.5, interval: 2000 }, ema: { decay: 0.999, warmup: true }, ' +
      "sam: { radius: 0.5, adaptive: false }",
  ]);
});

test("many parameters are cut short", () => {
  const opt = sgd(Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`w${i}`, i + 1])));
  expect(opt.summary.split("\n").length).toBe(22);
  expect(opt.summary).toContain("… and 980 more");
  expect(String(opt)).toContain("(w0 [1], w1 [2], w2 [3], … and 997 more), 500,500 floats, ");
});

test("bytes of another program's memory are those of the block", () => {
  const memory = new WebAssembly.Memory({ initial: 2 });
  const opt = sgd({ w: 3 }, { memory: foreignMemory({ memory, allocate: () => 4096, params: { w: 1024 }, grads: { w: 2048 } }) });
  expect(opt.summary).toContain(`, ${Number(((opt.block?.bytes as number) / 1000).toPrecision(3))} kB, t = 0`);
  expect(opt.summary).toContain("options: memory: true");
});

test("L-BFGS", () => {
  const opt = lbfgs({ x: Float32Array.of(1, 2) }, { history: 5 });
  expect(String(opt)).toBe("lbfgs of 1 parameter (x [2]), 2 floats, 65.5 kB, t = 0");
  expect(inspect(opt).split("\n").slice(1)).toEqual([
    "  x [2]: 2 floats",
    "  options: lr: 1, iterations: 20, evaluations: 25, gradientTolerance: 1e-7, changeTolerance: 1e-9, history: 5, " +
      'lineSearch: "strongWolfe"',
  ]);
});

test("hyper-parameters, carried numbers and groups are printed as what they are", () => {
  const opt = scheduleFreeSgd({ w: 1, b: 1 }, { groups: [{ match: ["b"] }] });
  expect(inspect(opt.hyper)).toBe(inspect({ ...opt.hyper }));
  expect(inspect(opt.current)).toBe(inspect({ ...opt.current }));
  expect(inspect(opt.carry)).toBe(inspect({ ...opt.carry }));
  expect(inspect(opt.groups[0])).toMatch(/^\{\s+names: \[ 'b' \],\s+frozen: false,\s+steps: 0,\s+hyper: \{\s+lr: /);
});

test("tags that minifying keeps", () => {
  const opt = muon({ w: [2, 2], b: 1 }, { groups: [{ match: ["b"] }] });
  const tags = [opt, opt.groups[0], lbfgs({ w: 1 })].map((object) => Object.prototype.toString.call(object));
  expect(tags).toEqual(["[object Optimizer]", "[object Group]", "[object Lbfgs]"]);
});
