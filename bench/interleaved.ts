// Times several tasks in turn, so that a machine that slows down slows all of them.
import { Bench } from "tinybench";

export interface Task {
  readonly name: string;
  /** Runs `steps` steps. Returns the time in milliseconds if another process measures it. */
  run(steps: number): undefined | number | Promise<number>;
}

/** The time of one step, in milliseconds. Ratios are to the first task in the same rounds. */
export interface Measured {
  readonly median: number;
  /** Half the interquartile range of the rounds. */
  readonly spread: number;
  readonly ratio: number;
  readonly ratioSpread: number;
}

export interface Pace {
  /** Timed rounds. Each has one sample of every task. */
  readonly rounds: number;
  /** Minimum time of a sample. */
  readonly milliseconds: number;
  /** Maximum total time of a task's samples, in milliseconds. A slower task has fewer rounds, at least three. */
  readonly budget: number;
}

const minRounds = 3;
/** A step longer than this, in milliseconds, needs no step before it to warm the caches. */
const long = 500;

/** The q-quantile of sorted numbers. */
const quantile = (sorted: readonly number[], q: number) => sorted[Math.floor(q * (sorted.length - 1))];

export function middle(values: readonly number[]): { median: number; spread: number } {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: quantile(sorted, 0.5), spread: (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / 2 };
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

interface Calibrated {
  readonly task: Task;
  /** Steps in a sample. */
  readonly steps: number;
  /** Whether another process measures the time. */
  readonly elsewhere: boolean;
  /** Milliseconds of a step. */
  readonly expected: number;
}

/** Finds the number of steps for a sample. Makes the engine compile the task's code on the way. */
async function calibrate(task: Task, milliseconds: number): Promise<Calibrated> {
  for (let steps = 1; ; steps *= 2) {
    const start = performance.now();
    const returned = task.run(steps);
    const taken = (await returned) ?? performance.now() - start;
    if (taken < milliseconds) continue;
    const expected = taken / steps;
    return { task, steps: Math.max(1, Math.ceil(milliseconds / expected)), elsewhere: returned !== undefined, expected };
  }
}

/** One sample, timed by tinybench. */
async function sample(bench: Bench, { task, steps, elsewhere, expected }: Calibrated): Promise<number> {
  const warm = expected < long ? 1 : 0;
  if (elsewhere) {
    const run = async () => ({ overriddenDuration: await task.run(steps) });
    bench.add(task.name, run, { async: true, beforeEach: async () => void (warm && (await task.run(1))) });
  } else {
    bench.add(task.name, () => void task.run(steps), { async: false, beforeEach: () => void (warm && task.run(1)) });
  }
  await bench.run();
  const { result } = bench.getTask(task.name) ?? {};
  bench.remove(task.name);
  if (!result || !("latency" in result)) throw new Error(`${task.name} was not measured`);
  return result.latency.p50 / steps;
}

export async function interleaved(tasks: readonly Task[], { rounds, milliseconds, budget }: Pace): Promise<Measured[]> {
  const calibrated: Calibrated[] = [];
  // Twice: engines compile in the background while the other tasks run.
  for (const task of tasks) await calibrate(task, milliseconds);
  await pause(20);
  for (const task of tasks) calibrated.push(await calibrate(task, milliseconds));
  const bench = new Bench({ iterations: 1, time: 0, warmup: false, throws: true });
  const times = tasks.map(() => new Map<number, number>());
  const every = calibrated.map(({ steps, expected }) => {
    const affordable = Math.floor(budget / (expected * (steps + (expected < long ? 1 : 0))));
    return Math.ceil(rounds / Math.max(minRounds, Math.min(rounds, affordable)));
  });
  const order = tasks.map((_, i) => i);
  for (let round = 0; round < rounds; round++) {
    // Forwards and backwards, so that a task does not always find the caches of the same predecessor.
    for (const i of round % 2 === 0 ? order : [...order].reverse()) {
      if (round % every[i] === 0) times[i].set(round, await sample(bench, calibrated[i]));
    }
  }
  return times.map((own) => {
    const shared = [...own.keys()].filter((round) => times[0].has(round));
    const ratios = middle(shared.map((round) => (own.get(round) as number) / (times[0].get(round) as number)));
    return { ...middle([...own.values()]), ratio: ratios.median, ratioSpread: ratios.spread };
  });
}
