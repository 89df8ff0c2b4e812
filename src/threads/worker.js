// The program of a worker. A message brings the shared words, or a memory with the modules of its kernels, or the numbers of memories to
// release.
// @ts-check
import { mail, own, read, serve } from "./jobs.js";

/** @typedef {import("./jobs.js").Kernel} Kernel */
/** @typedef {{ words: Int32Array, thread: number, threads: number }} Start */

/** @type {{ onmessage: ((event: { data: any }) => void) | null, postMessage(message: unknown): void }} */
const port = /** @type {any} */ (globalThis).process?.getBuiltinModule?.("node:worker_threads").parentPort ?? globalThis;

/** The held memories, by number. @type {Map<number, { readonly kernels: readonly Kernel[], readonly bytes: number }>} */
const memories = new Map();
/** @type {Start | undefined} */
let start;
let messages = 0;

/** Bytes that this thread has released since it last forced a garbage collection. */
let garbage = 0;

/** Maximum number of these bytes. */
const maxGarbage = 2 ** 26;

/** Forces a garbage collection. None would start otherwise: this thread allocates nothing, and V8 does not count shared memory. */
function collect() {
  garbage = 0;
  const { Bun } = /** @type {any} */ (globalThis);
  if (Bun) Bun.gc(true);
  else
    try {
      new ArrayBuffer(2 ** 28); // too much for a small heap, so V8 collects first; no page is touched
    } catch {
      // The allocation failed, after V8 had collected.
    }
}

port.onmessage = ({ data }) => {
  messages += 1;
  if (data.words) start = data;
  for (const number of data.released ?? []) {
    garbage += memories.get(number)?.bytes ?? 0;
    memories.delete(number);
  }
  if (data.memory) {
    const kernels = data.modules.flatMap((/** @type {{ module: WebAssembly.Module, names: string[] }} */ { module, names }) => {
      const { exports } = new WebAssembly.Instance(module, { env: { memory: data.memory } });
      return names.map((name) => exports[name]);
    });
    memories.set(data.number, { kernels, bytes: data.memory.buffer.byteLength });
  }
  if (garbage > maxGarbage) collect();
  if (!start) return;
  const { words, thread, threads } = start;
  Atomics.store(words, own(thread) + read, messages);
  if (data.words) port.postMessage("ready");
  if (messages === Atomics.load(words, mail)) serve(words, thread, threads, memories, messages);
};
