// The benchmark's times of Adam, from bench/report/benchmark.json.
import { readFileSync } from "node:fs";
import { names } from "../bench/cells.js";
import type { Results } from "../bench/results.js";

const workloads = ["1,024", "16,384", "1,048,576", "16,777,216"];

/** The measurements in the table, and what was measured. A way that the run did not measure has no row. */
const ways: readonly (readonly [way: string, what: string])[] = [
  [names.ours, "`opt.step()`, one thread"],
  [names.fast, "the fastest loop over `Float32Array`s that we found"],
  [names.plain, "the formula as a loop over `Float32Array`s, without tuning"],
  ["TensorFlow.js wasm", "`tf.train.adam` on its WebAssembly backend"],
  ["jax-js", "its Adam in `jit`, on its WebAssembly backend"],
  ["PyTorch fused", "`torch.optim.Adam(fused=True)`, one thread"],
  ["C", "a loop in C, `gcc -O3 -march=native`, one thread"],
];

/** Two digits, without exponent. */
const short = (x: number) => (x < 100 ? x.toPrecision(2) : x.toFixed(0));

/** A table of nanoseconds per parameter, and a line with the machine. */
export function speedTable(): string {
  const file = new URL("../bench/report/benchmark.json", import.meta.url);
  const { cells, processor, cores, runtime, date }: Results = JSON.parse(readFileSync(file, "utf8"));
  const adam = workloads.map((workload) => cells.find((cell) => cell.rule === "adam" && cell.workload === workload));
  const measured = ways.filter(([way]) => adam.some((cell) => cell?.ways[way]));
  const rows = measured.map(([way, what]) => {
    const times = adam.map((cell) => (cell?.ways[way] ? short((cell.ways[way].median * 1e6) / cell.parameters) : "–"));
    return `| ${[way, what, ...times].join(" | ")} |`;
  });
  return [
    `| Adam, ns per parameter | what was measured | ${workloads.join(" | ")} |`,
    `|---|---|${"--:|".repeat(workloads.length)}`,
    ...rows,
    `\n${processor}, ${cores} cores; ${runtime}; ${date}; \`npm run bench\`.`,
  ].join("\n");
}
