// Ladders: numbered variants of one kernel. Each is compiled like the library, checked against a reference, and timed against the first.
import { readFileSync } from "node:fs";
import { instantiateSync } from "@assemblyscript/loader";
import asc from "assemblyscript/asc";
import { interleaved } from "../interleaved.js";
import { table } from "../table.js";

/** A variant's exported function, by name. */
type Exports = Readonly<Record<string, (...args: number[]) => number>>;

export interface Ladder {
  readonly title: string;
  /** AssemblyScript. Imports lanes from "./assembly/lanes". Every exported function is a variant. */
  readonly source: string;
  /** A description of each variant. */
  readonly steps: Readonly<Record<string, string>>;
  /** Descriptions of functions that make a part of the work, for a bound: timed, and not compared with the reference. */
  readonly bounds?: Readonly<Record<string, string>>;
  /** Bytes of memory for n elements. */
  readonly bytes: (n: number) => number;
  /** Fills the memory for n elements. Returns a function that calls a variant. */
  readonly prepare: (buffer: ArrayBuffer, n: number) => (kernel: Exports[string]) => number | undefined;
  /** The result of a call, for comparison with the reference. */
  readonly result: (buffer: ArrayBuffer, n: number, returned: number | undefined) => ArrayLike<number>;
  /** The expected result, in plain JavaScript, from memory filled by `prepare`. */
  readonly reference: (buffer: ArrayBuffer, n: number) => ArrayLike<number>;
  /** Lengths to check. */
  readonly checked?: readonly number[];
  /** Lengths to time. */
  readonly sizes: readonly number[];
}

const { options } = JSON.parse(readFileSync("assembly/asconfig.json", "utf8")) as { options: Record<string, unknown> };

/** The options of the library's own build, as arguments. */
function flags(): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    if (value === false) return [];
    if (value === true) return [`--${name}`];
    return [value].flat().flatMap((one) => [`--${name}`, String(one)]);
  });
}

async function compile(source: string): Promise<WebAssembly.Module> {
  let binary: Uint8Array<ArrayBuffer> | undefined;
  const { error, stderr } = await asc.main(["ladder.ts", "--config", "none", "-o", "ladder.wasm", ...flags()], {
    readFile: (name) => {
      if (name === "ladder.ts") return source;
      try {
        return readFileSync(name, "utf8");
      } catch {
        return null;
      }
    },
    writeFile: (_, contents) => {
      binary = contents as Uint8Array<ArrayBuffer>;
    },
    listFiles: () => [],
  });
  if (error || !binary) throw new Error(`${stderr}\n${error}`);
  return new WebAssembly.Module(binary);
}

/** A variant with memory for n elements. */
function link(ladder: Ladder, module: WebAssembly.Module, name: string, n: number) {
  const pages = Math.ceil((ladder.bytes(n) + 1024) / 65_536);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const kernels = instantiateSync(module, { env: { memory } }).instance.exports as unknown as Exports;
  const call = ladder.prepare(memory.buffer, n);
  return { buffer: memory.buffer, run: () => call(kernels[name]) };
}

/** Describes the first difference between a variant and the reference; undefined if there is none. */
export async function firstDifference(ladder: Ladder): Promise<string | undefined> {
  const module = await compile(ladder.source);
  for (const n of ladder.checked ?? [0, 1, 3, 4, 31, 32, 33, 1000, 8195]) {
    for (const name of Object.keys(ladder.steps)) {
      const { buffer, run } = link(ladder, module, name, n);
      const expected = Array.from(ladder.reference(buffer.slice(0), n));
      const found = Array.from(ladder.result(buffer, n, run()));
      const wrong = expected.findIndex((x, i) => !Object.is(x, found[i]));
      if (wrong >= 0 || expected.length !== found.length)
        return `${name} of ${n} elements: element ${wrong} expected ${expected[wrong]}, got ${found[wrong]}`;
    }
  }
  return undefined;
}

/** Checks all variants, then prints the time of each. */
export async function climb(ladder: Ladder): Promise<void> {
  const difference = await firstDifference(ladder);
  if (difference) throw new Error(`${ladder.title}: ${difference}`);
  const module = await compile(ladder.source);
  const rows: string[][] = [];
  const timed = { ...ladder.steps, ...ladder.bounds };
  for (const n of ladder.sizes) {
    const tasks = Object.keys(timed).map((name) => {
      const { run } = link(ladder, module, name, n);
      return {
        name,
        run(steps: number) {
          for (let i = 0; i < steps; i++) run();
          return undefined;
        },
      };
    });
    const measured = await interleaved(tasks, { rounds: 21, milliseconds: 2, budget: 4000 });
    for (const [i, { name }] of tasks.entries()) {
      const { median, spread, ratio } = measured[i];
      const nanoseconds = (ms: number) => ((ms * 1e6) / n).toFixed(3);
      rows.push([String(n), name, timed[name], nanoseconds(median), nanoseconds(spread), ratio.toFixed(2)]);
    }
  }
  const head = ["elements", "variant", "description", "ns per element", "±", "time ÷ first variant"];
  console.log(
    `\n## ${ladder.title}\n\nAll variants have the result of the plain loop${ladder.bounds ? ", except bounds" : ""}.\n\n${table(head, rows, "rllr")}`,
  );
}
