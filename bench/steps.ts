// Nanoseconds per parameter of one step: SIMD build, scalar build and plain JavaScript loop, every rule, by size.
//   npm run bench
//   npm run bench -- --rule adam --size 1e6
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { instantiateSync } from "@assemblyscript/loader";
import { Bench } from "tinybench";
import type { Spec } from "../src/define.js";
import { HyperParameters } from "../src/hyper.js";
import { rules } from "../src/index.js";
import { Optimizer } from "../src/optimizer.js";
import { instantiate, type Kernels } from "../src/wasm.js";
import { fill, random } from "../test/random.js";
import { references } from "../test/reference.js";

const scalarModule = new WebAssembly.Module(readFileSync(new URL("../build/scalar.wasm", import.meta.url)));
const builds: { name: string; link: (memory: WebAssembly.Memory) => Kernels }[] = [
  { name: "SIMD", link: instantiate },
  {
    name: "scalar",
    link: (memory) => instantiateSync(scalarModule, { env: { memory } }).instance.exports as unknown as Kernels,
  },
];

/** A square matrix where the rule looks at shapes, else a vector. */
function shapeOf({ perTensor }: Spec, n: number): number[] {
  const side = Math.sqrt(n);
  return perTensor && Number.isInteger(side) ? [side, side] : [n];
}

/** A function that does one step of n parameters by the engine. */
function compiled(spec: Spec, n: number, link: (memory: WebAssembly.Memory) => Kernels): () => void {
  const opt = new Optimizer(spec, { x: shapeOf(spec, n) }, undefined, link);
  fill(opt.params.x, random(n));
  fill(opt.grads.x, random(n + 1));
  return () => opt.step();
}

/** The same as a plain loop over Float32Arrays. */
function plain(spec: Spec, n: number): () => void {
  const { values, slots } = new HyperParameters(spec, undefined);
  const [p, g] = [fill(new Float32Array(n), random(n)), fill(new Float32Array(n), random(n + 1))];
  const shape = shapeOf(spec, n);
  const state = Object.fromEntries(
    slots.map((slot) => {
      const layout = spec.state[slot];
      return [slot, new Float32Array((typeof layout === "object" && layout.length?.(shape)) || n)];
    }),
  );
  const loop = references[spec.name as keyof typeof references] as (...args: unknown[]) => void;
  const carry: number[] = [];
  let t = 0;
  return () => loop(p, g, state, values, ++t, carry, shape);
}

const { values: given } = parseArgs({ options: { rule: { type: "string" }, size: { type: "string" } } });
const sizes = given.size === undefined ? [1024, 16_384, 262_144, 1_048_576] : [Number(given.size)];
const chosen = Object.values(rules)
  .map(({ spec }) => spec as unknown as Spec)
  .filter(({ name }) => given.rule === undefined || name === given.rule);
if (chosen.length === 0) throw new RangeError(`--rule expected one of ${Object.keys(rules).join(", ")}, got ${given.rule}`);
for (const size of sizes) {
  if (!Number.isSafeInteger(size) || size < 1) throw new RangeError(`--size expected a number of parameters, got ${given.size}`);
}

const columns = ["rule", "parameters", "SIMD ns", "±", "scalar ns", "plain loop ns", "scalar ÷ SIMD", "plain ÷ SIMD"];
console.log(
  `Node ${process.version}, ${process.arch}. Median nanoseconds per parameter; ± is half the middle half of the samples.\n` +
    "The plain loops of adafactor, lamb, muon and sm3, from the tests, are written to be read: with temporary arrays.\n",
);
console.log(`| ${columns.join(" | ")} |\n|${columns.map((_, i) => (i === 0 ? "---" : "--:")).join("|")}|`);
for (const spec of chosen) {
  for (const size of sizes) {
    const bench = new Bench({ time: 300, warmupTime: 100, concurrency: null });
    for (const { name, link } of builds) bench.add(name, compiled(spec, size, link));
    // The plain loop over Muon's matrix products would take minutes.
    const loops = spec.name !== "muon" || size <= 16_384;
    if (loops) bench.add("plain", plain(spec, size));
    await bench.run();
    const results = bench.tasks.map(({ result }) => {
      if (!("latency" in result)) throw new Error(`${spec.name} was not measured`);
      const scale = 1e6 / size;
      return { median: result.latency.p50 * scale, spread: (result.latency.p75 - result.latency.p50 || 0) * scale };
    });
    const [simd, scalar, loop] = results.map(({ median }) => median);
    const cells = [simd, results[0].spread, scalar, loop].map((x) => x?.toFixed(2) ?? "–");
    const ratios = [scalar / simd, loop / simd].map((x) => (Number.isNaN(x) ? "–" : x.toFixed(1)));
    console.log(`| ${[spec.name, size, ...cells, ...ratios].join(" | ")} |`);
  }
}
