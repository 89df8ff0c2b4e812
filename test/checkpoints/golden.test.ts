// Checkpoints both ways between PyTorch and us: 100 steps there, 50 here. What PyTorch computed is in a golden file.
import { inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { load, save } from "../../src/index.js";
import { afterFile, beforeFile, begin, steps, tensorsSum } from "../support/exchange.js";
import { type Arrays, type Golden, readGolden } from "../support/golden.js";

interface Exchange {
  readonly rule: string;
  readonly options: object;
  /** PyTorch's file, compressed, in base64. */
  readonly file: string;
  /** Its parameters 50 steps after its file. */
  readonly after: Arrays;
  /** The checksum of our file. */
  readonly ours: number;
  /** Its parameters 50 steps after our file. */
  readonly afterOurs: Arrays;
}

const { cases } = readGolden<Golden<Exchange>>("checkpoints");

// PyTorch rounds in another order than we do. The parameters are below 2 in magnitude: two units in the last place are 2^-22. The largest
// errors are 1.8e-7 with these rules; with the others, 8.3e-7 (adamw), 1.1e-6 (muon), 4.5e-7 (asgd), 7.8e-7 (nadam), 4.7e-7 (rmsprop).
const usual = 2 ** -22;

// Each step multiplies p by a factor, which f32 rounds by up to 2^-25, the same in every step.
const factor = steps.after * 2 ** -25;

/** Larger tolerances, with their reasons. */
const tolerances: Record<string, number> = {
  adamw: factor,
  muon: factor,
  asgd: factor,
  // The product of its factors is of 32 bits in PyTorch, of 64 here.
  nadam: factor,
  // Momentum 0.9 sums ten steps with their roundings.
  "rmsprop with momentum": 10 * 2 ** -24,
};

const checkAll = (actual: Record<string, Float32Array>, expected: Arrays, tolerance: number) => {
  for (const [name, values] of Object.entries(expected))
    for (const [i, x] of values.entries()) {
      const error = Math.abs((actual[name]?.[i] as number) - x);
      expect(error, `${name}[${i}]`).toBeLessThanOrEqual(tolerance);
    }
};

const rows = cases.map((row) => ({
  ...row,
  title: "momentum" in row.options && row.rule === "rmsprop" ? "rmsprop with momentum" : row.rule,
}));

test.each(rows)("PyTorch goes on from our file of $title", ({ rule, title, options, ours, afterOurs }) => {
  const opt = beforeFile(rule, options);
  expect(tensorsSum(save(opt))).toBe(ours); // the file that PyTorch had
  afterFile(opt);
  checkAll(opt.params as Record<string, Float32Array>, afterOurs, tolerances[title] ?? usual);
});

test.each(rows)("we go on from PyTorch's file of $title", ({ rule, title, options, file, after }) => {
  const opt = begin(rule, options);
  const bytes = inflateSync(Buffer.from(file, "base64"));
  const stepless = ["sgd", "momentum", "nesterov", "muon"].includes(rule);
  if (stepless) expect(() => load(opt, bytes)).toThrow("load: the option t expected the number of completed steps");
  const { t, missing, unused, converted } = load(opt, bytes, stepless ? { t: steps.before } : {});
  expect({ t, missing, unused, converted }).toEqual({ t: steps.before, missing: [], unused: [], converted: [] });
  const params = opt.params as Record<string, Float32Array>;
  const tolerance = tolerances[title] ?? usual;
  expect(() => checkAll(params, after, 1e4 * tolerance)).toThrow(); // 50 steps move them by more
  afterFile(opt);
  checkAll(params, after, tolerance);
});

test("every rule that PyTorch has is compared", () => {
  const names = ["sgd", "momentum", "nesterov", "adam", "adamw", "amsgrad", "radam", "adamax", "nadam", "adagrad", "adadelta"];
  const others = ["rmsprop", "rmsprop with momentum", "rprop", "asgd", "adafactor", "muon"];
  expect(rows.map(({ title }) => title)).toEqual([...names, ...others]);
});
