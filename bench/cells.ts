// Measures one rule on tensors of some shapes: ours on one thread first, then all other ways.
import type { Spec } from "../src/engine/spec.js";
import type { Threads } from "../src/index.js";
import { references } from "../test/support/reference.js";
import { fastLoops } from "./fastLoops.js";
import { interleaved, type Measured, type Pace, type Task } from "./interleaved.js";
import type { Contest, Rival } from "./rivals/rival.js";
import { ours, plain } from "./ways.js";
import { count, type Shapes } from "./workloads.js";

/** The ways of one machine, and the time for them. */
export interface Field {
  readonly scalar: WebAssembly.Module;
  /** Pools of two or more threads. */
  readonly pools: readonly Threads[];
  readonly rivals: readonly Rival[];
  readonly pace: Pace;
  /** Maximum time of a step, in milliseconds. Slower ways are left out; ours is always measured. */
  readonly longest: number;
  /** Ways to leave out. */
  readonly without?: readonly string[];
}

/** The measurements of one rule on tensors of some shapes, by name of the way. `left` has the reasons for missing ways. */
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
  /** Only of rules in fastLoops.ts. */
  fast: "plain JavaScript, fastest loop",
  plain: "plain JavaScript, paper's formula",
  threads: (size: number) => `simdescent, ${size} threads`,
  rival: ({ name }: Rival, threads: number) => (threads === 1 ? name : `${name}, ${threads} threads`),
};

/** A way, with its setup and teardown. */
interface Entry {
  readonly name: string;
  readonly prepare: () => Task | Promise<Task>;
  readonly end?: () => void;
}

/** The last measured milliseconds per parameter, by rule and way. Predicts which ways are too slow. */
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
    ...(spec.name in fastLoops ? [{ name: names.fast, prepare: () => plain(names.fast, spec, shapes, fastLoops) }] : []),
    { name: names.plain, prepare: () => plain(names.plain, spec, shapes, references) },
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
  const prepared: Entry[] = [];
  for (const entry of all) {
    try {
      const task = await entry.prepare();
      await task.run(1); // may throw
      tasks.push(task);
      prepared.push(entry);
    } catch (error) {
      left[entry.name] = (error as Error).message;
    }
  }
  const measured = await interleaved(tasks, field.pace);
  for (const { end } of prepared) end?.();
  for (const [i, { name }] of tasks.entries()) costs.set(key(name), measured[i].median / parameters);
  return {
    rule: spec.name,
    workload,
    parameters,
    ways: Object.fromEntries(tasks.map(({ name }, i) => [name, measured[i]])),
    left,
  };
}
