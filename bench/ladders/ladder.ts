// Numbered variants of one kernel: each is compiled as the library is, checked against a reference, and timed against the first, in turn.
import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { instantiateSync } from "@assemblyscript/loader";
import asc from "assemblyscript/asc";
import { interleaved, type Measured } from "../interleaved.js";
import { table } from "../table.js";

/** A variant's exported function, by name. */
type Exports = Readonly<Record<string, (...args: number[]) => number>>;

export interface Ladder {
  readonly title: string;
  /** AssemblyScript; `lanes` is imported from "./assembly/lanes". Every exported function is a variant. */
  readonly source: string;
  /** What each variant is, and, of one that is not, whether it need not give the right result. */
  readonly steps: Readonly<Record<string, string>>;
  /** Bytes of memory that `n` elements need. */
  readonly bytes: (n: number) => number;
  /** Fills the memory for n elements, and calls a variant. */
  readonly prepare: (buffer: ArrayBuffer, n: number) => (kernel: Exports[string]) => number | undefined;
  /** What is compared with the reference, after a call. */
  readonly result: (buffer: ArrayBuffer, n: number, returned: number | undefined) => ArrayLike<number>;
  /** The same computed in plain JavaScript, from a memory as `prepare` fills it. */
  readonly reference: (buffer: ArrayBuffer, n: number) => ArrayLike<number>;
  /** Numbers of elements to check. */
  readonly checked?: readonly number[];
  /** Numbers of elements to time. */
  readonly sizes: readonly number[];
}

// Compiled once, and well: a sample may not fall on the code that V8 begins with.
setFlagsFromString("--no-liftoff");

const { options } = JSON.parse(readFileSync("asconfig.json", "utf8")) as { options: Record<string, unknown> };

/** The options of the library's own build, as arguments. */
function flags(): string[] {
  const skipped = new Set(["bindings"]);
  return Object.entries(options).flatMap(([name, value]) => {
    if (skipped.has(name) || value === false) return [];
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

/** Checks all variants, and prints how long each takes. */
export async function climb(ladder: Ladder): Promise<void> {
  const module = await compile(ladder.source);
  const link = (n: number) => {
    const pages = Math.ceil((ladder.bytes(n) + 1024) / 65_536);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    return {
      kernels: instantiateSync(module, { env: { memory } }).instance.exports as unknown as Exports,
      buffer: memory.buffer,
    };
  };
  const names = Object.keys(ladder.steps);
  for (const n of ladder.checked ?? [0, 1, 3, 4, 31, 32, 33, 1000, 8195]) {
    for (const name of names) {
      const { kernels, buffer } = link(n);
      const call = ladder.prepare(buffer, n);
      const expected = Array.from(ladder.reference(buffer.slice(0), n));
      const found = Array.from(ladder.result(buffer, n, call(kernels[name] as Exports[string])));
      const wrong = expected.findIndex((x, i) => !Object.is(x, found[i]));
      if (wrong >= 0 || expected.length !== found.length)
        throw new Error(`${ladder.title}: ${name} of ${n} elements: number ${wrong} is ${found[wrong]}, not ${expected[wrong]}`);
    }
  }

  console.log(`\n## ${ladder.title}\n\nAll variants give what the plain loop gives.\n`);
  const rows: string[][] = [];
  for (const n of ladder.sizes) {
    const tasks = names.map((name) => {
      const { kernels, buffer } = link(n);
      const call = ladder.prepare(buffer, n);
      const kernel = kernels[name] as Exports[string];
      return {
        name,
        run: (steps: number) => {
          for (let i = 0; i < steps; i++) call(kernel);
          return undefined;
        },
      };
    });
    const measured = await interleaved(tasks, { rounds: 21, milliseconds: 2, budget: 4000 });
    for (const [i, name] of names.entries()) {
      const { median, spread, ratio } = measured[i] as Measured;
      const nanoseconds = (ms: number) => ((ms * 1e6) / n).toFixed(3);
      rows.push([String(n), name, ladder.steps[name] as string, nanoseconds(median), nanoseconds(spread), ratio.toFixed(2)]);
    }
  }
  console.log(table(["elements", "variant", "what it does", "ns per element", "±", "time ÷ the first's"], rows, "rllr"));
}
