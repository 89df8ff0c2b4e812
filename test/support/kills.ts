// Kills a program that saves after each step, again and again, and looks at the files each time.
//   npx tsx test/support/kills.ts 10000 folder
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Optimizer, save } from "../../src/index.js";
import { folder, loadFile } from "../../src/node/index.js";
import { makeTrained, trainTo } from "./trained.js";

/** "saveFile": one file. "folder": a store. */
export type Way = "saveFile" | "folder";

const size = 5000;
const file = "a.safetensors";

/** Writes a state after each step until t is `last`. Prints when it begins. */
const child = `
  import { existsSync } from "node:fs";
  import { join } from "node:path";
  import { adam } from ${JSON.stringify(new URL("../../dist/index.js", import.meta.url))};
  import { folder, loadFile, saveFile } from ${JSON.stringify(new URL("../../dist/node/index.js", import.meta.url))};
  const [way, path, last] = process.argv.slice(1);
  const opt = adam({ x: ${size}, y: [2, 3] }, { lr: 0.01 });
  const store = folder(path, { keep: 2, best: 1 });
  const file = join(path, "${file}");
  if (way === "folder") store.latest(opt);
  else if (existsSync(file)) loadFile(file, opt);
  console.log("begins");
  while (opt.t < Number(last)) {
    opt.params.x.forEach((x, i) => { opt.grads.x[i] = x - i; });
    opt.params.y.forEach((y, i) => { opt.grads.y[i] = y + i; });
    opt.step();
    if (way === "folder") store.save(opt, { loss: (opt.t * 7919) % 1009 });
    else saveFile(file, opt);
  }`;

function start(way: Way, path: string, last: number) {
  const args = ["--input-type=module", "-e", child, way, path, String(last)];
  return spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
}

/** The state in the folder. The best file must be the best of all steps so far. */
function look(way: Way, path: string): Optimizer {
  const opt = makeTrained(size);
  if (way === "saveFile") {
    if (readdirSync(path).includes(file)) loadFile(join(path, file), opt);
    return opt;
  }
  const store = folder(path);
  const skipped = store.latest(opt)?.skipped ?? [];
  const best = makeTrained(size);
  const restored = store.best(best);
  if (skipped.length > 0 || (restored?.skipped ?? []).length > 0) throw new Error("a file is damaged");
  const losses = Array.from({ length: opt.t }, (_, i) => ((i + 1) * 7919) % 1009);
  const least = losses.indexOf(Math.min(...losses)) + 1;
  if (opt.t > 0 && (best.t - least) % 1009 !== 0) throw new Error(`the best file expected step ${least}, got ${best.t}`);
  return opt;
}

/** Kills the program at random times. Returns what was seen. @throws Error if a file is damaged, or t goes back. */
export async function kills(count: number, way: Way, say: (text: string) => void = () => {}) {
  const path = mkdtempSync(join(tmpdir(), "simdescent-kills-"));
  let t = 0;
  let leftovers = 0;
  try {
    for (let i = 0; i < count; i++) {
      const running = start(way, path, Infinity);
      const ended = once(running, "exit");
      await Promise.race([once(running.stdout, "data"), ended]);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
      running.kill("SIGKILL");
      const [code, signal] = await ended;
      if (signal !== "SIGKILL") throw new Error(`the program ended with ${code}`);
      if (readdirSync(path).some((name) => name.endsWith(".tmp"))) leftovers++;
      const opt = look(way, path);
      if (opt.t < t) throw new Error(`t went back from ${t} to ${opt.t}`);
      t = opt.t;
      if (i % 100 === 99) say(`${i + 1} kills, t ${t}, ${leftovers} temporary files left`);
    }
    // A last run that ends by itself.
    const last = start(way, path, t + 5);
    const [code] = await once(last, "exit");
    if (code !== 0) throw new Error(`the program ended with ${code}`);
    const opt = look(way, path);
    const equal = Buffer.compare(save(opt), save(trainTo(makeTrained(size), opt.t))) === 0;
    return { t: opt.t, expected: t + 5, equal, leftovers, files: readdirSync(path) };
  } finally {
    rmSync(path, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , count = "1000", way = "folder"] = process.argv;
  console.log(await kills(Number(count), way as Way, console.log));
}
