// Measures everything. Prints tables and writes a report, its numbers, and charts.
//   npm run bench                                     about a quarter of an hour; writes bench/report/
//   npm run bench -- --rule adam --size 1e6           one rule, one size; writes bench/output/
//   npm run bench -- --quick                          everything, in less time and with less precision
//   npm run bench -- --out folder
import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { type Threads, threads } from "../src/index.js";
import { type Cell, type Costs, cell, type Field, names } from "./cells.js";
import { writeReport } from "./files.js";
import { type Dead, deadParameters, manyTensors, type Overhead, overhead } from "./overhead.js";
import { headline } from "./report.js";
import type { Results } from "./results.js";
import { agreement } from "./rivals/agreement.js";
import { type Rival, rivals } from "./rivals/index.js";
import { specs } from "./ways.js";
import { models, sizes, tensors } from "./workloads.js";

const { values: given } = parseArgs({
  options: { rule: { type: "string" }, size: { type: "string" }, quick: { type: "boolean" }, out: { type: "string" } },
});
const chosen = specs.filter(({ name }) => given.rule === undefined || name === given.rule);
if (chosen.length === 0)
  throw new RangeError(`--rule expected one of ${specs.map(({ name }) => name).join(", ")}, got ${given.rule}`);
const size = given.size === undefined ? undefined : Number(given.size);
if (size !== undefined && !(Number.isSafeInteger(size) && size >= 1 && size <= 2 ** 28))
  throw new RangeError(`--size expected a number of parameters up to ${2 ** 28}, got ${given.size}`);

const whole = given.rule === undefined && size === undefined && !given.quick;
const out = given.out ?? `bench/${whole ? "report" : "output"}`;
const pace = given.quick ? { rounds: 5, milliseconds: 0.5, budget: 300 } : { rounds: 11, milliseconds: 1, budget: 1000 };
const measuredSizes = size !== undefined ? [size] : given.quick ? [1024, 16_384, 262_144] : sizes;
const longest = given.quick ? 300 : 2500;

/** The available rivals, without rules that give other results than ours. */
async function meet(rules: readonly string[]) {
  const found: Results["rivals"][string][] = [];
  const ready: Rival[] = [];
  for (const rival of rivals) {
    const about = await rival.available();
    found.push(about);
    if ("missing" in about) continue;
    const equal: string[] = [];
    for (const rule of rival.rules.filter((rule) => rules.includes(rule))) {
      const { error, tolerance } = await agreement(rival, rule);
      if (error <= tolerance) equal.push(rule);
      else console.log(`${rival.name}: ${rule} is left out: after five steps its relative difference from ours is ${error}`);
    }
    ready.push({ ...rival, rules: equal });
  }
  return { ready, found: Object.fromEntries(rivals.map(({ name }, i) => [name, found[i]])) };
}

const started = performance.now();
const { ready, found } = await meet(chosen.map(({ name }) => name));
for (const [name, about] of Object.entries(found))
  console.log(`${name}: ${"version" in about ? about.version : `left out. ${about.missing}`}`);
const pools: Threads[] = [];
for (let size = 2; size <= availableParallelism(); size++) pools.push(await threads(size));
const scalar = new WebAssembly.Module(readFileSync(new URL("../build/scalar.wasm", import.meta.url)));
const field: Field = { scalar, pools, rivals: ready, pace, longest };

const cells: Cell[] = [];
const costs: Costs = new Map();
const say = ({ rule, workload, parameters, ways }: Cell) => {
  const words = Object.entries(ways).map(
    ([way, { median, ratio }]) => `${way} ${((median * 1e6) / parameters).toFixed(3)} (${ratio.toFixed(2)}×)`,
  );
  console.log(`${rule}, ${workload}: ${words.join(", ")}`);
};
console.log("\nNanoseconds per parameter:");
for (const spec of chosen) {
  for (const n of measuredSizes) {
    const measured = await cell(field, spec, n.toLocaleString("en-US"), tensors(spec, n), costs);
    cells.push(measured);
    say(measured);
  }
}

// Two rules, one expensive and one cheap, are enough: models differ in their tensors.
const measuredModels: Cell[] = [];
if (size === undefined) {
  for (const spec of chosen.filter(({ name }) => name === "adamw" || name === "momentum")) {
    for (const [model, shapes] of Object.entries(models)) {
      const big = model === "GPT-2 small";
      if (big && given.quick) continue;
      // For a big model every way takes gigabytes: leave out ways that others represent.
      const without = big ? [names.scalar, names.allow, "TensorFlow.js cpu", "PyTorch for-loop", "PyTorch foreach"] : [];
      const all = without.flatMap((name) => [name, ...pools.map(({ size }) => `${name}, ${size} threads`)]);
      const measured = await cell({ ...field, without: all }, spec, model, shapes, costs);
      measuredModels.push(measured);
      say(measured);
    }
  }
}

const overheads: Overhead[] = [];
const dead: Dead[] = [];
if (size === undefined) {
  for (const spec of chosen) overheads.push(await overhead(spec, pace));
  if (!given.quick) for (const spec of chosen) dead.push(await deadParameters(spec, pace));
}
const results: Results = {
  date: new Date().toISOString().slice(0, 10),
  processor: cpus()[0]?.model ?? "unknown processor",
  cores: availableParallelism(),
  runtime: `Node ${process.version}, ${process.platform} ${process.arch}`,
  asked: `\`npm run bench${process.argv.length > 2 ? ` -- ${process.argv.slice(2).join(" ")}` : ""}\``,
  rivals: found,
  cells,
  models: measuredModels,
  overheads,
  ...(size === undefined && chosen.some(({ name }) => name === "adam") ? { manyTensors: await manyTensors(pace) } : {}),
  dead,
};
for (const pool of pools) pool.close();
for (const rival of rivals) rival.close();

writeReport(out, results);
console.log(`\n${headline(results)}\n`);
const minutes = ((performance.now() - started) / 60_000).toFixed(1);
console.log(`${minutes} minutes. Report, numbers and charts: ${out}/benchmark.md`);
