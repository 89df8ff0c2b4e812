// What a worker runs. A message brings the words that all threads share, the kernels on a memory, or the news that one is gone.
// @ts-check
import { ballast, mail, serve } from "./sharing.js";

/** @typedef {import("./sharing.js").Kernel} Kernel */
/** @typedef {{ words: Int32Array, thread: number, threads: number }} Place */

/** @type {{ onmessage: ((event: { data: any }) => void) | null, postMessage(message: unknown): void }} */
const port = /** @type {any} */ (globalThis).process?.getBuiltinModule?.("node:worker_threads").parentPort ?? globalThis;

/** @type {Map<number, readonly Kernel[]>} */
const teams = new Map();
/** @type {Map<number, ArrayBuffer>} */
const ballasts = new Map();
/** @type {Place | undefined} */
let place;
let read = 0;

port.onmessage = ({ data }) => {
  read += 1;
  if (data.words) place = data;
  else if (data.memory) {
    const { exports } = new WebAssembly.Instance(data.module, { env: { memory: data.memory } });
    teams.set(data.team, /** @type {any} */ (Object.values(exports)));
    ballasts.set(data.team, ballast(data.memory));
  } else {
    teams.delete(data.team);
    ballasts.delete(data.team);
  }
  if (!place) return;
  const { words, thread, threads } = place;
  if (data.words) port.postMessage("ready");
  if (read === Atomics.load(words, mail)) serve(words, thread, threads, teams, read);
};
