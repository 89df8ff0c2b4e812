// The benchmark's times of Adam, from bench/report/benchmark.json.
import { readFileSync } from "node:fs";
import { names } from "../bench/cells.js";
import type { Results } from "../bench/results.js";

const workloads = ["1,024", "16,384", "1,048,576", "16,777,216"];

/** The measurements in the table, and what was measured. */
const ways: readonly (readonly [way: string, what: string])[] = [
  [names.ours, "`opt.step()`, one thread"],
  [names.plain, "a JavaScript loop over `Float32Array`s"],
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
  const rows = ways.map(([way, what]) => {
    const times = workloads.map((workload) => {
      const cell = cells.find((cell) => cell.rule === "adam" && cell.workload === workload);
      const measured = cell?.ways[way];
      return cell && measured ? short((measured.median * 1e6) / cell.parameters) : "–";
    });
    return `| ${[way, what, ...times].join(" | ")} |`;
  });
  return [
    `| Adam, ns per parameter | what was measured | ${workloads.join(" | ")} |`,
    `|---|---|${"--:|".repeat(workloads.length)}`,
    ...rows,
    `\n${processor}, ${cores} cores; ${runtime}; ${date}; \`npm run bench\`.`,
  ].join("\n");
}
