// What a worker runs. A message brings the words that all threads share, or the kernels on a memory, and says of which memories it is
// to let go.
// @ts-check
import { mail, own, read, serve } from "./jobs.js";

/** @typedef {import("./jobs.js").Kernel} Kernel */
/** @typedef {{ words: Int32Array, thread: number, threads: number }} Place */

/** @type {{ onmessage: ((event: { data: any }) => void) | null, postMessage(message: unknown): void }} */
const port = /** @type {any} */ (globalThis).process?.getBuiltinModule?.("node:worker_threads").parentPort ?? globalThis;

/** @type {Map<number, { readonly kernels: readonly Kernel[], readonly bytes: number }>} */
const teams = new Map();
/** @type {Place | undefined} */
let place;
let messages = 0;

/** Bytes that this thread has released since the last forced garbage collection. */
let garbage = 0;

/** Most of them. */
const mostGarbage = 2 ** 26;

/** Has the engine look for garbage, as it would not by itself: this thread makes none, and V8 does not count shared memory. */
function collect() {
  garbage = 0;
  const { Bun } = /** @type {any} */ (globalThis);
  if (Bun) Bun.gc(true);
  else
    try {
      new ArrayBuffer(2 ** 28); // more than V8 lets a small heap have at once; no page of it is touched
    } catch {
      // There is not so much: V8 has looked before it said so.
    }
}

port.onmessage = ({ data }) => {
  messages += 1;
  if (data.words) place = data;
  for (const team of data.gone ?? []) {
    garbage += teams.get(team)?.bytes ?? 0;
    teams.delete(team);
  }
  if (data.memory) {
    const { exports } = new WebAssembly.Instance(data.module, { env: { memory: data.memory } });
    teams.set(data.team, { kernels: /** @type {any} */ (Object.values(exports)), bytes: data.memory.buffer.byteLength });
  }
  if (garbage > mostGarbage) collect();
  if (!place) return;
  const { words, thread, threads } = place;
  Atomics.store(words, own(thread) + read, messages);
  if (data.words) port.postMessage("ready");
  if (messages === Atomics.load(words, mail)) serve(words, thread, threads, teams, messages);
};
