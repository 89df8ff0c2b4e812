// Times several ways to do the same, in turn, so that a machine that slows down slows all of them.
import { Bench } from "tinybench";

export interface Task {
  readonly name: string;
  /** Does so many steps; returns the milliseconds, where they are measured elsewhere (in another process). */
  run(steps: number): undefined | number | Promise<number>;
}

/** Of one step, in milliseconds; ratios to the first task of the same round. */
export interface Measured {
  readonly median: number;
  /** Half the middle half of the rounds. */
  readonly spread: number;
  readonly ratio: number;
  readonly ratioSpread: number;
}

export interface Pace {
  /** Rounds that count, each with one sample of every task, and one step before it that does not. */
  readonly rounds: number;
  /** How long a sample lasts at least. */
  readonly milliseconds: number;
}

/** The q-quantile of numbers in rising order. */
const quantile = (sorted: readonly number[], q: number) => sorted[Math.floor(q * (sorted.length - 1))] as number;

function middle(values: readonly number[]): { median: number; spread: number } {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: quantile(sorted, 0.5), spread: (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / 2 };
}

/** Steps after which a sample lasts long enough, and whether the time is told by a promise. Compiles the task's code on the way. */
async function calibrate(task: Task, milliseconds: number): Promise<{ steps: number; elsewhere: boolean }> {
  for (let steps = 1; ; steps *= 2) {
    const start = performance.now();
    const told = task.run(steps);
    const taken = (await told) ?? performance.now() - start;
    if (taken >= milliseconds)
      return { steps: Math.max(1, Math.ceil((steps * milliseconds) / taken)), elsewhere: told !== undefined };
  }
}

export async function interleaved(tasks: readonly Task[], { rounds, milliseconds }: Pace): Promise<Measured[]> {
  const entries: { task: Task; steps: number; elsewhere: boolean; times: number[] }[] = [];
  for (const task of tasks) entries.push({ task, ...(await calibrate(task, milliseconds)), times: [] });
  const bench = new Bench({ iterations: 1, time: 0, warmup: false, throws: true });
  for (let round = 0; round < rounds; round++) {
    // Forwards and backwards: what a task leaves in the caches is not always for the same one.
    for (const { task, steps, elsewhere, times } of round % 2 === 0 ? entries : [...entries].reverse()) {
      const told = async () => ({ overriddenDuration: await task.run(steps) });
      const here = () => void task.run(steps);
      const one = async () => void (await task.run(1));
      bench.add(task.name, elsewhere ? told : here, { async: elsewhere, beforeEach: elsewhere ? one : () => void task.run(1) });
      await bench.run();
      const { result } = bench.getTask(task.name) ?? {};
      if (!result || !("latency" in result)) throw new Error(`${task.name} was not measured`);
      times.push(result.latency.p50 / steps);
      bench.remove(task.name);
    }
  }
  const first = (entries[0] as (typeof entries)[number]).times;
  return entries.map(({ times }) => {
    const ratios = middle(times.map((time, round) => time / (first[round] as number)));
    return { ...middle(times), ratio: ratios.median, ratioSpread: ratios.spread };
  });
}
