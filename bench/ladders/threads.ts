// Finds the length from which threads are faster: time of one thread ÷ time of all, with awake and with sleeping workers.
//   npx tsx bench/ladders/threads.ts
import { availableParallelism } from "node:os";
import { type Optimizer, rules } from "../../src/index.js";
import { Pool } from "../../src/threads/pool.js";
import { fill, random } from "../../test/support/random.js";

const rounds = 301;
const pool = new Pool(availableParallelism(), 0);
await pool.started;

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

function busy(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end; );
}

/** Milliseconds of one step, after the calling thread was busy for `pause` milliseconds. */
function time(opt: Optimizer, pause: number): number {
  busy(pause);
  const start = performance.now();
  opt.step();
  return performance.now() - start;
}

console.log(`Node ${process.version}, ${pool.size} threads. Median of ${rounds} interleaved rounds, microseconds of one step.\n`);
console.log("| rule | parameters | one thread | all, awake | ratio | all, asleep | ratio |\n|---|--:|--:|--:|--:|--:|--:|");
for (const rule of [rules.sgd, rules.adam, rules.muon]) {
  for (const size of [4096, 8192, 16_384, 32_768, 65_536, 131_072, 262_144]) {
    const [one, all] = [{}, { threads: pool }].map((options) => {
      const opt = rule({ x: size }, { ...options, nonFinite: "allow" }) as unknown as Optimizer;
      fill(opt.params.x, random(1));
      fill(opt.grads.x, random(2));
      return opt;
    });
    const times = { one: [] as number[], awake: [] as number[], asleep: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      times.one.push(time(one, 0.01));
      all.step(); // wakes the workers
      times.awake.push(time(all, 0));
      times.asleep.push(time(all, 1));
    }
    const ratio = (name: "awake" | "asleep") => median(times.one.map((x, i) => x / times[name][i])).toFixed(2);
    const [a, b, c] = [times.one, times.awake, times.asleep].map((values) => (1e3 * median([...values])).toFixed(1));
    console.log(`| ${[rule.spec.name, size, a, b, ratio("awake"), c, ratio("asleep")].join(" | ")} |`);
  }
}
pool.close();
