// Saving and loading a state of 1 GiB, beside a copy of the file by the system: the best of three rounds, and the memory that it takes. Then
// the steps of a training that saves, one by one.
//   npm run bench:checkpoints
//   npm run bench:checkpoints -- --folder /mnt/disk --bytes 1e8
import { copyFileSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { adam } from "../src/index.js";
import { loadFile, saveFile, folder as storeIn } from "../src/node/index.js";

const { values } = parseArgs({
  options: { folder: { type: "string", default: tmpdir() }, bytes: { type: "string", default: String(2 ** 30) } },
});
// Parameters and two moments.
const opt = adam({ x: Math.round(Number(values.bytes) / 12) });
for (const array of [opt.params.x, opt.state.m.x, opt.state.v.x]) array.fill(1);

const folder = mkdtempSync(join(values.folder, "simdescent-"));
const file = join(folder, "a.safetensors");
const tasks: readonly (readonly [name: string, run: () => void])[] = [
  ["saveFile", () => saveFile(file, opt)],
  ["saveFile, sync: false", () => saveFile(file, opt, { sync: false })],
  ["loadFile", () => void loadFile(file, opt)],
  ["copyFileSync", () => copyFileSync(file, `${file}.copy`)],
];
/** Steps of a training, and its saves. */
function trainAndSave(size: number): void {
  const opt = adam({ x: size });
  const times: Record<"step" | "after" | "save", number[]> = { step: [], after: [], save: [] };
  const timed = (name: keyof typeof times, run: () => unknown) => {
    const start = performance.now();
    run();
    times[name].push(performance.now() - start);
  };
  const store = storeIn(join(folder, String(size)), { keep: 2 });
  for (let i = 0; i < 200; i++) {
    opt.grads.x.fill(i % 7);
    timed(i % 10 === 0 && i > 0 ? "after" : "step", () => opt.step());
    if (i % 10 === 9) timed("save", () => store.save(opt));
  }
  const cell = (name: keyof typeof times) => {
    const sorted = times[name].sort((a, b) => a - b);
    const [least, median, most] = [0, Math.floor(sorted.length / 2), sorted.length - 1].map((i) =>
      (sorted[i] as number).toFixed(2),
    );
    return `${median} (${least} to ${most})`;
  };
  const megabytes = ((12 * size) / 1e6).toFixed(1);
  console.log(
    `| ${[size.toLocaleString("en"), megabytes, ...Object.keys(times).map((name) => cell(name as "step"))].join(" | ")} |`,
  );
}

try {
  saveFile(file, opt);
  console.log(`Node ${process.version}, ${process.arch}, a file of ${statSync(file).size} bytes in ${values.folder}.\n`);
  console.log("| | seconds | GB/s | more memory, MB |\n|---|--:|--:|--:|");
  for (const [name, run] of tasks) {
    let best = Infinity;
    let memory = 0;
    for (let round = 0; round < 3; round++) {
      const before = process.memoryUsage.rss();
      const start = performance.now();
      run();
      best = Math.min(best, (performance.now() - start) / 1000);
      memory = Math.max(memory, process.memoryUsage.rss() - before);
    }
    const rate = statSync(file).size / best / 1e9;
    console.log(`| ${name} | ${best.toFixed(2)} | ${rate.toFixed(2)} | ${(memory / 1e6).toFixed(1)} |`);
  }
  console.log("\nAdam in a folder() with keep: 2. 200 steps, a save after every tenth: medians, least to most, in ms.\n");
  console.log("| parameters | file, MB | step | step after a save | save |\n|--:|--:|--:|--:|--:|");
  for (const size of [1e5, 1e6, 1e7]) trainAndSave(size);
} finally {
  rmSync(folder, { recursive: true });
}
