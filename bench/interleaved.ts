// Times several ways to do the same, in turn, so that a machine that slows down slows all of them.
import { Bench } from "tinybench";

export interface Task {
  readonly name: string;
  /** Does so many steps; returns the milliseconds, where they are measured elsewhere (in another process). */
  run(steps: number): undefined | number | Promise<number>;
}

/** Of one step, in milliseconds; ratios to the first task in the same rounds. */
export interface Measured {
  readonly median: number;
  /** Half the middle half of the rounds. */
  readonly spread: number;
  readonly ratio: number;
  readonly ratioSpread: number;
}

export interface Pace {
  /** Rounds that count, each with one sample of every task. */
  readonly rounds: number;
  /** How long a sample lasts at least. */
  readonly milliseconds: number;
  /** How long all samples of a task may last together; one that would take longer is in fewer rounds, three at least. */
  readonly budget: number;
}

const fewest = 3;
/** A step that lasts longer than this, in milliseconds, needs no other before it to warm caches up. */
const long = 500;

/** The q-quantile of numbers in rising order. */
const quantile = (sorted: readonly number[], q: number) => sorted[Math.floor(q * (sorted.length - 1))];

export function middle(values: readonly number[]): { median: number; spread: number } {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: quantile(sorted, 0.5), spread: (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / 2 };
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

interface Calibrated {
  readonly task: Task;
  /** In a sample. */
  readonly steps: number;
  /** Whether the time is told by a promise. */
  readonly elsewhere: boolean;
  /** Milliseconds of a step. */
  readonly expected: number;
}

/** Finds the steps after which a sample lasts long enough. Compiles the task's code on the way. */
async function calibrate(task: Task, milliseconds: number): Promise<Calibrated> {
  for (let steps = 1; ; steps *= 2) {
    const start = performance.now();
    const told = task.run(steps);
    const taken = (await told) ?? performance.now() - start;
    if (taken < milliseconds) continue;
    const expected = taken / steps;
    return { task, steps: Math.max(1, Math.ceil(milliseconds / expected)), elsewhere: told !== undefined, expected };
  }
}

/** One sample, by the watch of tinybench. */
async function sample(bench: Bench, { task, steps, elsewhere, expected }: Calibrated): Promise<number> {
  const warm = expected < long ? 1 : 0;
  if (elsewhere) {
    const told = async () => ({ overriddenDuration: await task.run(steps) });
    bench.add(task.name, told, { async: true, beforeEach: async () => void (warm && (await task.run(1))) });
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
  // Twice: engines compile in the background, while the others have their turn.
  for (const task of tasks) await calibrate(task, milliseconds);
  await pause(20);
  for (const task of tasks) calibrated.push(await calibrate(task, milliseconds));
  const bench = new Bench({ iterations: 1, time: 0, warmup: false, throws: true });
  const times = tasks.map(() => new Map<number, number>());
  const every = calibrated.map(({ steps, expected }) => {
    const affordable = Math.floor(budget / (expected * (steps + (expected < long ? 1 : 0))));
    return Math.ceil(rounds / Math.max(fewest, Math.min(rounds, affordable)));
  });
  const order = tasks.map((_, i) => i);
  for (let round = 0; round < rounds; round++) {
    // Forwards and backwards: what a task leaves in the caches is not always for the same one.
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
