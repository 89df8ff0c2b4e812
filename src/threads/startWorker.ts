// Worker threads of Node, and Web Workers: one way to start either.

import { processorQuota } from "./quota.js";

export interface WorkerHandle {
  post(message: unknown): void;
  end(): void;
}

interface NodeWorker {
  on(event: string, listener: (detail: unknown) => void): void;
  postMessage(message: unknown): void;
  unref(): void;
  terminate(): void;
}

interface WorkerOptions {
  execArgv: string[];
  resourceLimits: { maxOldGenerationSizeMb: number };
}

interface Node {
  getBuiltinModule(name: "node:worker_threads"): {
    readonly Worker: new (url: URL, options: WorkerOptions) => NodeWorker;
  };
  getBuiltinModule(name: "node:os"): { availableParallelism(): number };
  getBuiltinModule(name: "node:fs"): { readFileSync(file: string, encoding: "utf8"): string };
}

/** Node since 20.16, Bun and Deno; undefined in a browser, and in Cloudflare's workerd, which has Node's names but no threads. */
function node(): Node | undefined {
  if (globalThis.navigator?.userAgent === "Cloudflare-Workers") return undefined;
  const { process } = globalThis as { process?: Partial<Node> };
  return process?.getBuiltinModule ? (process as Node) : undefined;
}

/** Whether there are workers that can share memory. In a browser the page must be cross-origin isolated. */
export function canShare(): boolean {
  if (typeof SharedArrayBuffer === "undefined") return false;
  return node() !== undefined || (typeof Worker === "function" && globalThis.crossOriginIsolated);
}

/** Deno, which would ask its user before it reads a file. */
interface Deno {
  readonly permissions: { querySync(what: { name: "read"; path: string }): { readonly state: string } };
}

/** How many threads run at a time, on this machine and by the quota of the process. */
export function availableThreads(): number {
  const found = node();
  if (!found) return globalThis.navigator?.hardwareConcurrency ?? 1;
  const { Deno } = globalThis as { Deno?: Deno };
  const quota = processorQuota((file) => {
    if (Deno && Deno.permissions.querySync({ name: "read", path: file }).state !== "granted") throw new Error("not allowed");
    return found.getBuiltinModule("node:fs").readFileSync(file, "utf8");
  });
  return Math.min(found.getBuiltinModule("node:os").availableParallelism(), Math.max(1, Math.floor(quota)));
}

/** Whether this thread may sleep: the main thread of a browser may not. */
export const maySleep = typeof document === "undefined";

/**
 * Starts a worker, which lets the process end. `heard` gets its messages, `failed` a word on why it can do no more, whenever it
 * stops but by `end()`.
 */
export function startWorker(heard: (message: unknown) => void, failed: (why: string) => void): WorkerHandle {
  const nodeWorkers = node()?.getBuiltinModule("node:worker_threads");
  let ended = false;
  const fail = (why: string) => {
    if (!ended) failed(why);
  };
  if (nodeWorkers) {
    // In words that bundlers for browsers pass over, who would copy the file once more. Flags like -e are not for it.
    // Its heap is small, so that V8 looks for garbage when worker.js wants it to.
    const options = { execArgv: [], resourceLimits: { maxOldGenerationSizeMb: 256 } };
    const worker = new nodeWorkers.Worker(new URL("worker.js", new URL(".", import.meta.url)), options);
    worker.on("message", heard);
    worker.on("error", (error) => fail(String(error)));
    worker.on("exit", (code) => fail(`it exited with code ${code}`));
    worker.unref();
    return {
      post: (message) => worker.postMessage(message),
      end: () => {
        ended = true;
        worker.terminate();
      },
    };
  }
  // In these words bundlers find the file.
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }) => heard(data);
  worker.onerror = ({ message }) => fail(message || "its file could not be loaded");
  return {
    post: (message) => worker.postMessage(message),
    end: () => {
      ended = true;
      worker.terminate();
    },
  };
}
