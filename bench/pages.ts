// Steps on huge pages and on usual ones: nanoseconds per parameter in interleaved rounds. Only in Node on Linux: docs/memory.md.
//   npm run bench:pages
//   npm run bench:pages -- --rule adam --size 1e6
import { parseArgs } from "node:util";
import { Optimizer } from "../src/engine/optimizer.js";
import type { Spec } from "../src/engine/spec.js";
import { rules } from "../src/index.js";
import { hugePages } from "../src/memory/hugePages.js";
import { freshMemory } from "../src/memory/wasmMemory.js";
import { fill, random } from "../test/support/random.js";
import { interleaved, type Task } from "./interleaved.js";

const { values: given } = parseArgs({ options: { rule: { type: "string" }, size: { type: "string" } } });
const names = given.rule === undefined ? ["adam", "sgd"] : [given.rule];
const sizes = given.size === undefined ? [1_048_576, 4_194_304, 16_777_216] : [Number(given.size)];

const { on, reason } = hugePages();
const { prepare } = freshMemory;
if (!on || !prepare) throw new Error(`cannot compare huge pages with usual ones: ${reason}`);

console.log(
  `Node ${process.version}, ${process.arch}, ${reason}. Medians of interleaved rounds, ± half the interquartile range.\n`,
);
console.log(
  "| rule | nonFinite | parameters | usual pages, ns | huge pages, ns | times faster | |\n|---|---|--:|--:|--:|--:|--:|",
);
for (const name of names) {
  const spec = (rules as unknown as Record<string, { spec: Spec } | undefined>)[name]?.spec;
  if (!spec) throw new RangeError(`--rule expected one of ${Object.keys(rules).join(", ")}, got ${name}`);
  for (const nonFinite of ["allow", "throw"]) {
    for (const size of sizes) {
      const task = (huge: boolean): Task => {
        freshMemory.prepare = huge ? prepare : undefined;
        const opt = new Optimizer(spec, { x: size }, { nonFinite } as never);
        fill(opt.params.x, random(1));
        fill(opt.grads.x, random(2), 1e-3);
        const run = (steps: number) => {
          for (let step = 0; step < steps; step++) opt.step();
          return undefined;
        };
        return { name: huge ? "huge" : "usual", run };
      };
      const [huge, usual] = await interleaved([task(true), task(false)], { rounds: 41, milliseconds: 30, budget: 6000 });
      const ns = ({ median }: { readonly median: number }) => ((median * 1e6) / size).toFixed(3);
      const cells = [name, nonFinite, size, ns(usual), ns(huge), usual.ratio.toFixed(2), `± ${usual.ratioSpread.toFixed(2)}`];
      console.log(`| ${cells.join(" | ")} |`);
    }
  }
}
