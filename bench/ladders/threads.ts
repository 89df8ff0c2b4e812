// The gain of two threads: time of a step on one thread ÷ on two, in the states that a program may be in.
//   npx tsx bench/ladders/threads.ts
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Optimizer, rules } from "../../src/index.js";
import { Pool } from "../../src/threads/pool.js";
import { fill, random } from "../../test/support/random.js";
import { middle } from "../interleaved.js";
import { table } from "../table.js";
import { freedom } from "./freedom.js";

const sizes = Array.from({ length: 9 }, (_, i) => 2 ** (14 + i));
const rounds = 41;
/** Milliseconds of the calling thread's other work between two steps. Workers fall asleep in it. */
const work = 1.2;
/** Milliseconds of steps back to back in a sample, and before it, so that workers are awake. */
const stretch = 0.5;

const steps = { "back to back": backToBack, apart };
const machine = freedom();
interface Times {
  /** Milliseconds of a step on one thread. */
  readonly one: number;
  /** Of each state, then of the machine: two threads that share nothing. */
  readonly gains: readonly string[];
}

function busy(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end; );
}

function time(opt: Optimizer, count: number): number {
  const start = performance.now();
  for (let i = 0; i < count; i++) opt.step();
  return (performance.now() - start) / count;
}

/** Milliseconds of a step among others. */
function backToBack(opt: Optimizer, expected: number): number {
  const count = Math.ceil(stretch / expected);
  time(opt, count);
  return time(opt, count);
}

/** Milliseconds of a step after other work. */
function apart(opt: Optimizer): number {
  busy(work);
  return time(opt, 1);
}

async function measure(rule: (typeof measured)[number], size: number): Promise<Times> {
  const pool = new Pool(2);
  await pool.started;
  const [one, two] = [{}, { threads: pool }].map((options) => {
    const opt = rule({ x: size }, options) as unknown as Optimizer;
    fill(opt.params.x, random(1));
    fill(opt.grads.x, random(2));
    return opt;
  });
  for (const opt of [one, two]) for (const end = performance.now() + 100; performance.now() < end; ) opt.step(); // V8 compiles
  const expected = time(one, 5);
  const limits: number[] = [];
  // One state after the other, as the pool learns from the steps before.
  const states = Object.values(steps).map((step) =>
    Array.from({ length: rounds }, (_, round) => {
      const turns = round % 2 === 0 ? [one, two] : [two, one];
      const times = turns.map((opt) => step(opt, expected));
      if (round % 2 === 1) times.reverse();
      limits.push(machine());
      return times;
    }),
  );
  pool.close();
  const gains = [...states.map((times) => times.map(([one, two]) => one / two)), limits].map(middle);
  return {
    one: middle(states[0].map(([one]) => one)).median,
    gains: gains.map(({ median, spread }) => `${median.toFixed(2)} ± ${spread.toFixed(2)}`),
  };
}

const measured = [rules.sgd, rules.adam];

async function measureAll(): Promise<Times[]> {
  const all: Times[] = [];
  for (const rule of measured) for (const size of sizes) all.push(await measure(rule, size));
  return all;
}

/** The same in a process whose threads have one processor; undefined where the command taskset does not exist. */
function onOneProcessor(): Times[] | undefined {
  const node = [process.execPath, ...process.execArgv, fileURLToPath(import.meta.url), "json"];
  const { error, status, stdout, stderr } = spawnSync("taskset", ["-c", "0", ...node], { encoding: "utf8" });
  if (error) return undefined;
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Times[];
}

if (process.argv.includes("json")) console.log(JSON.stringify(await measureAll()));
else {
  const free = await measureAll();
  const bound = onOneProcessor();
  const cells = measured.flatMap((rule) => sizes.map((size) => [rule.spec.name, size.toLocaleString("en")]));
  const rows = cells.map((cell, i) => [
    ...cell,
    (1e3 * free[i].one).toFixed(0),
    ...free[i].gains,
    ...(bound?.[i].gains.slice(0, -1) ?? ["–", "–"]),
  ]);
  const head = ["rule", "parameters", "µs, one thread"];
  head.push("back to back", "apart", "limit", "one processor, back to back", "one processor, apart");
  console.log(`
## Threads

The time of a step on one thread, divided by its time on two threads. Above 1, two threads are faster. A step has the search for gradients that are
not finite. Medians of ${rounds} rounds, ± half the interquartile range. Node ${process.version}.

- **back to back**: one step follows the other, so that the worker stays awake
- **apart**: before each step, the calling thread does other work for ${work} ms, in which the worker falls asleep
- **limit**: the same of two threads that share nothing. Below 2, other programs use the processors, too
- **one processor**: both threads share a processor (\`taskset -c 0\`)${bound ? "" : ". This machine does not have the command taskset: not measured"}

${table(head, rows, "lrrrrrr")}`);
}
