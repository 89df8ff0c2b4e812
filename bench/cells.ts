// The measurements of one rule on tensors of some shapes: ours on one thread first, then everything to compare it with.
import type { Spec } from "../src/engine/spec.js";
import type { Threads } from "../src/index.js";
import { interleaved, type Measured, type Pace, type Task } from "./interleaved.js";
import type { Contest, Rival } from "./rivals/rival.js";
import { ours, plain } from "./ways.js";
import { count, type Shapes } from "./workloads.js";

/** What is measured on one machine. */
export interface Field {
  readonly scalar: WebAssembly.Module;
  /** Pools of two threads and more. */
  readonly pools: readonly Threads[];
  readonly rivals: readonly Rival[];
  readonly pace: Pace;
  /** Milliseconds: what takes longer for a step is left out, but ours. */
  readonly longest: number;
  /** Ways that are left out. */
  readonly without?: readonly string[];
}

/** One rule on tensors of these shapes; of each way the name, or why it was left out. */
export interface Cell {
  readonly rule: string;
  readonly workload: string;
  readonly parameters: number;
  readonly ways: Readonly<Record<string, Measured>>;
  readonly left: Readonly<Record<string, string>>;
}

export const names = {
  ours: "simdescent",
  allow: "simdescent without its search for NaN",
  scalar: "scalar build",
  plain: "plain JavaScript",
  threads: (size: number) => `simdescent, ${size} threads`,
  rival: ({ name }: Rival, threads: number) => (threads === 1 ? name : `${name}, ${threads} threads`),
};

/** A way and what it takes to have it ready. */
interface Entry {
  readonly name: string;
  readonly prepare: () => Task | Promise<Task>;
  readonly end?: () => void;
}

/** Milliseconds per parameter that a way of a rule took where it was last measured: tells what would take too long. */
export type Costs = Map<string, number>;

function entries({ scalar, pools, rivals }: Field, spec: Spec, shapes: Shapes): Entry[] {
  const mine = (name: string, options: object, module?: WebAssembly.Module): Entry => ({
    name,
    prepare: () => ours(name, spec, shapes, options as Record<string, unknown>, module),
  });
  const theirs = rivals.filter(({ rules }) => rules.includes(spec.name));
  const contests = theirs.flatMap((rival) => {
    const threads = [1, ...(rival.maxThreads === "any" ? pools.map(({ size }) => size) : [])];
    return threads.map((threads): Entry => {
      const name = names.rival(rival, threads);
      let contest: Contest | undefined;
      const prepare = async () => {
        const ready = await rival.prepare({ rule: spec.name, shapes, threads });
        contest = ready;
        return { name, run: (steps: number) => Promise.resolve(ready.time(steps)) };
      };
      return { name, prepare, end: () => contest?.close() };
    });
  });
  return [
    mine(names.ours, {}),
    ...pools.map((threads) => mine(names.threads(threads.size), { threads })),
    ...(theirs.length > 0 ? [mine(names.allow, { nonFinite: "allow" })] : []),
    mine(names.scalar, {}, scalar),
    { name: names.plain, prepare: () => plain(names.plain, spec, shapes) },
    ...contests,
  ];
}

export async function cell(field: Field, spec: Spec, workload: string, shapes: Shapes, costs: Costs): Promise<Cell> {
  const parameters = count(shapes);
  const left: Record<string, string> = {};
  const key = (name: string) => `${spec.name} ${name}`;
  const wanted = entries(field, spec, shapes).filter(({ name }) => !field.without?.includes(name));
  const all = wanted.filter(({ name }, i) => {
    const expected = (costs.get(key(name)) ?? 0) * parameters;
    if (i > 0 && expected > field.longest) left[name] = `a step would take ${Math.round(expected / 1000)} s`;
    return !(name in left);
  });
  const tasks: Task[] = [];
  const there: Entry[] = [];
  for (const entry of all) {
    try {
      const task = await entry.prepare();
      await task.run(1); // or it fails
      tasks.push(task);
      there.push(entry);
    } catch (error) {
      left[entry.name] = (error as Error).message;
    }
  }
  const measured = await interleaved(tasks, field.pace);
  for (const { end } of there) end?.();
  for (const [i, { name }] of tasks.entries()) costs.set(key(name), measured[i].median / parameters);
  return {
    rule: spec.name,
    workload,
    parameters,
    ways: Object.fromEntries(tasks.map(({ name }, i) => [name, measured[i]])),
    left,
  };
}
