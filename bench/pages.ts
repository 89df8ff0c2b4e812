// Steps on huge pages and on usual ones, beside PyTorch and C: nanoseconds per parameter in interleaved rounds. Only in Node on Linux:
// docs/memory.md. C asks for huge pages.
//   PYTHON=a Python with PyTorch npm run bench:pages
//   npm run bench:pages -- --rule adam --size 1e6
//   npm run bench:pages -- --write writes them into bench/report/hugePages.md
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { Optimizer } from "../src/engine/optimizer.js";
import type { Spec } from "../src/engine/spec.js";
import { rules } from "../src/index.js";
import { hugePages } from "../src/memory/hugePages.js";
import { freshMemory } from "../src/memory/wasmMemory.js";
import { fill, random } from "../test/support/random.js";
import { interleaved, type Measured, type Task } from "./interleaved.js";
import { c } from "./rivals/c.js";
import { pytorchFused } from "./rivals/pytorch.js";
import type { Rival } from "./rivals/rival.js";
import { table } from "./table.js";

const { values: given } = parseArgs({
  options: { rule: { type: "string" }, size: { type: "string" }, write: { type: "boolean" } },
});
const names = given.rule === undefined ? ["adam", "sgd"] : [given.rule];
const sizes = given.size === undefined ? [1_048_576, 4_194_304, 16_777_216] : [Number(given.size)];

const { on, reason } = hugePages();
const { prepare } = freshMemory;
if (!on || !prepare) throw new Error(`cannot compare huge pages with usual ones: ${reason}`);

const rivals: Rival[] = [];
const versions: string[] = [];
for (const rival of [...pytorchFused, c]) {
  const about = await rival.available();
  versions.push(`- ${rival.name}: ${"version" in about ? about.version : `left out. ${about.missing}`}`);
  if ("version" in about) rivals.push(rival);
}

/** Steps of ours. */
function ours(spec: Spec, size: number, nonFinite: string, huge: boolean): Task {
  freshMemory.prepare = huge ? prepare : undefined;
  const opt = new Optimizer(spec, { x: size }, { nonFinite } as never);
  fill(opt.params.x, random(1));
  fill(opt.grads.x, random(2), 1e-3);
  const run = (steps: number) => {
    for (let step = 0; step < steps; step++) opt.step();
    return undefined;
  };
  return { name: huge ? "huge" : "usual", run };
}

const rows: string[][] = [];
for (const name of names) {
  const spec = (rules as unknown as Record<string, { spec: Spec } | undefined>)[name]?.spec;
  if (!spec) throw new RangeError(`--rule expected one of ${Object.keys(rules).join(", ")}, got ${name}`);
  for (const nonFinite of ["allow", "throw"]) {
    for (const size of sizes) {
      // PyTorch and C do not search for NaN.
      const fit = nonFinite === "allow" ? rivals.filter(({ rules }) => rules.includes(name)) : [];
      const contests = await Promise.all(fit.map((rival) => rival.prepare({ rule: name, shapes: { x: [size] }, threads: 1 })));
      const theirs = fit.map(
        (rival, i): Task => ({ name: rival.name, run: (steps) => Promise.resolve(contests[i].time(steps)) }),
      );
      const tasks = [ours(spec, size, nonFinite, true), ours(spec, size, nonFinite, false), ...theirs];
      const [huge, usual, ...measured] = await interleaved(tasks, { rounds: 41, milliseconds: 30, budget: 6000 });
      for (const contest of contests) contest.close();
      const ns = ({ median }: Measured) => ((median * 1e6) / size).toFixed(3);
      const over = ({ ratio, ratioSpread }: Measured) => `${ratio.toFixed(2)} ± ${ratioSpread.toFixed(2)}`;
      const others = rivals.map((rival) => {
        const i = fit.indexOf(rival);
        return i < 0 ? "–" : over(measured[i]);
      });
      rows.push([name, nonFinite, size.toLocaleString("en"), ns(usual), ns(huge), over(usual), ...others]);
    }
  }
}
for (const rival of rivals) rival.close();

const head = ["rule", "nonFinite", "parameters", "usual pages, ns", "huge pages, ns", "usual ÷ huge"];
const page = `# Huge pages

${cpus()[0]?.model}, ${cpus().length} cores; Node ${process.version}, ${process.platform} ${process.arch}; ${reason};
${new Date().toISOString().slice(0, 10)}. \`npm run bench:pages -- --write\`

Nanoseconds per parameter of a step on one thread, and ratios. Medians of interleaved rounds, ± half the interquartile range. In the last columns, a
number above 1 means: slower than ours on huge pages. PyTorch and C do not search for NaN. C asks for huge pages.

${versions.join("\n")}

${table([...head, ...rivals.map((rival) => `${rival.name} ÷ ours on huge pages`)], rows, "llr")}
`;
console.log(page);
if (given.write) writeFileSync("bench/report/hugePages.md", page);
