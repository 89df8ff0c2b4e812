// Shows that SAM and SWA end in flatter minima than plain momentum, and writes docs/flatness.md and docs/flatness.svg:
// npm run flatness, about a minute on two cores.
import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { SingleBar } from "cli-progress";
import { printTable } from "../digits/table.js";
import { columns, type Results, spread, writeDocument } from "./document.js";
import { methodNames, methods } from "./methods.js";
import { writePicture } from "./picture.js";
import { type TaskName, taskNames, tasks } from "./tasks.js";
import type { Job, Outcome } from "./training.js";

/** Runs the jobs, in a process for each core. Outcomes have the order of the jobs. */
async function runAll(jobs: readonly Job[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const bar = new SingleBar({ format: "training [{bar}] {value} of {total}", noTTYOutput: true, notTTYSchedule: 10_000 });
  bar.start(jobs.length, 0);
  let next = 0;
  const work = async () => {
    const worker = fork(fileURLToPath(new URL("worker.ts", import.meta.url)));
    const died = new Promise<never>((_, reject) => {
      worker.once("exit", (code) => reject(new Error(`a training ended with code ${code}`)));
    });
    died.catch(() => {}); // every worker exits after the last job
    while (next < jobs.length) {
      const job = next++;
      const answered = new Promise<Outcome>((resolve) => worker.once("message", (outcome) => resolve(outcome as Outcome)));
      worker.send(jobs[job]);
      outcomes[job] = await Promise.race([answered, died]);
      bar.increment();
    }
    worker.disconnect();
  };
  try {
    await Promise.all(Array.from({ length: Math.min(availableParallelism(), jobs.length) }, work));
  } finally {
    bar.stop();
  }
  return outcomes;
}

const began = performance.now();
const seeds = (task: TaskName) => Array.from({ length: tasks[task].seeds }, (_, seed) => seed);
// The longest jobs first, so that all cores finish at about the same time.
const jobs = [...taskNames]
  .reverse()
  .flatMap((task) => seeds(task).flatMap((seed) => [...methodNames].reverse().map((method): Job => ({ task, method, seed }))));
const outcomes = await runAll(jobs);
const results: Results = (task, method) =>
  seeds(task).map((seed) => outcomes[jobs.findIndex((job) => job.task === task && job.method === method && job.seed === seed)]);

for (const task of taskNames) {
  const { title, about } = tasks[task];
  console.log(`\n${title}: ${about}.`);
  printTable(
    methodNames.map((method) => ({
      method: methods[method].label,
      ...Object.fromEntries(columns.map((column) => [column.title, spread(results(task, method), column)])),
    })),
  );
}
writeDocument(results);
writePicture(results);
console.log(`\ndocs/flatness.md, docs/flatness.svg, in ${((performance.now() - began) / 1000).toFixed(0)} s`);
