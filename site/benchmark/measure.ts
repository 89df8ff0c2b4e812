// Measures one rule at one size with the code of bench/: our step on one thread first, then the other ways, in turns.
import { fastLoops } from "../../bench/fastLoops.js";
import { interleaved, type Measured, type Pace, type Task } from "../../bench/interleaved.js";
import { ours, plain, specs } from "../../bench/ways.js";
import { sizes, tensors } from "../../bench/workloads.js";
import type { Spec } from "../../src/engine/spec.js";
import type { Threads } from "../../src/index.js";
import { references } from "../../test/support/reference.js";
import type { Gate } from "./gate.js";
import type { Left, Measurement, Question, Way } from "./measurement.js";

export interface Machine {
  readonly scalar: WebAssembly.Module;
  /** A pool of two or more threads. */
  readonly pool?: Threads;
  readonly pace: Pace;
  /** Maximum time of a step, in milliseconds. Slower loops are left out. */
  readonly longest: number;
  readonly gate: Gate;
}

/** The pace for a clock of this step, in milliseconds: a sample takes at least fifty steps of the clock. */
export const paceOf = (clockStep: number): Pace => ({ rounds: 15, milliseconds: Math.max(5, 50 * clockStep), budget: 2000 });

type Prepare = (n: number) => Task;

function waysOf(spec: Spec, { scalar, pool }: Machine): Partial<Record<Way, Prepare>> {
  return {
    simd: (n) => ours("simd", spec, tensors(spec, n)),
    ...(pool && { threads: (n) => ours("threads", spec, tensors(spec, n), { threads: pool }) }),
    scalar: (n) => ours("scalar", spec, tensors(spec, n), {}, scalar),
    ...(spec.name in fastLoops && { fast: (n) => plain("fast", spec, tensors(spec, n), fastLoops) }),
    paper: (n) => plain("paper", spec, tensors(spec, n), references),
  };
}

/** Ways that are never left out: the others are compared with the first, and threads take at most its time. */
const always: readonly Way[] = ["simd", "threads"];

/** A first step shorter than this, in milliseconds, is mostly the engine's compilation. */
const short = 50;

/** The time that a step with n parameters would take, in milliseconds, if it is more than `longest`. Tries smaller sizes first. */
function tooLong(prepare: Prepare, n: number, longest: number): number | undefined {
  for (const smaller of sizes.filter((size) => size < n)) {
    const { run } = prepare(smaller);
    const start = performance.now();
    run(1);
    const taken = performance.now() - start;
    const expected = (taken * n) / smaller;
    if (taken > short && expected > longest) return expected;
  }
  return undefined;
}

/** The task with the time of each sample. A sample during which the gate was closed is taken again. */
function gated({ name, run }: Task, gate: Gate): Task {
  return {
    name,
    async run(steps) {
      for (let closings = await gate.pass(); ; ) {
        const start = performance.now();
        run(steps);
        const taken = performance.now() - start;
        const before = closings;
        closings = await gate.pass();
        if (closings === before) return taken;
      }
    },
  };
}

export async function measure({ rule, parameters }: Question, machine: Machine): Promise<Measurement> {
  const spec = specs.find(({ name }) => name === rule);
  if (!spec) throw new RangeError(`there is no rule ${rule}`);
  const { gate, pace, longest, pool } = machine;
  const left: Partial<Record<Way, Left>> = {};
  const tasks: Task[] = [];
  for (const [name, prepare] of Object.entries(waysOf(spec, machine)) as [Way, Prepare][]) {
    const milliseconds = always.includes(name) ? undefined : tooLong(prepare, parameters, longest);
    if (milliseconds !== undefined) {
      left[name] = { seconds: milliseconds / 1000 };
      continue;
    }
    try {
      const task = gated(prepare(parameters), gate);
      await task.run(1);
      tasks.push(task);
    } catch (error) {
      if (name === "simd") throw error;
      left[name] = { error: (error as Error).message }; // no memory, for example
    }
  }
  const measured = await interleaved(tasks, pace);
  const ways: Partial<Record<Way, Measured>> = Object.fromEntries(tasks.map(({ name }, i) => [name, measured[i]]));
  return { rule, parameters, threads: pool?.size ?? 1, ways, left };
}
