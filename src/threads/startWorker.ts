// Starts workers: Node's worker threads or Web Workers.

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

interface NodeWorkerOptions {
  execArgv: string[];
  resourceLimits: { maxOldGenerationSizeMb: number };
}

interface NodeProcess {
  getBuiltinModule(name: "node:worker_threads"): {
    readonly Worker: new (url: URL, options: NodeWorkerOptions) => NodeWorker;
  };
  getBuiltinModule(name: "node:os"): { availableParallelism(): number };
  getBuiltinModule(name: "node:fs"): { readFileSync(file: string, encoding: "utf8"): string };
}

/** Node (since 20.16), Bun or Deno; undefined in a browser, and in Cloudflare's workerd, which has Node's modules but no threads. */
function node(): NodeProcess | undefined {
  if (globalThis.navigator?.userAgent === "Cloudflare-Workers") return undefined;
  const { process } = globalThis as { process?: Partial<NodeProcess> };
  return process?.getBuiltinModule ? (process as NodeProcess) : undefined;
}

/** Whether workers can share memory. In a browser the page must be cross-origin isolated. */
export function canShare(): boolean {
  if (typeof SharedArrayBuffer === "undefined") return false;
  return node() !== undefined || (typeof Worker === "function" && globalThis.crossOriginIsolated);
}

/** Deno's permissions. Without one, Deno would ask the user before it reads a file. */
interface Deno {
  readonly permissions: { querySync(what: { name: "read"; path: string }): { readonly state: string } };
}

/** Number of threads that run at once: the machine's processors, at most the quota of the process. */
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

/** Whether this thread may block in `Atomics.wait`: the main thread of a browser may not. */
export const maySleep = typeof document === "undefined";

/**
 * Starts a worker that does not keep the process alive. `heard` gets its messages. If it stops without `end()`, `failed` gets the
 * reason.
 */
export function startWorker(heard: (message: unknown) => void, failed: (why: string) => void): WorkerHandle {
  const nodeWorkers = node()?.getBuiltinModule("node:worker_threads");
  let ended = false;
  const fail = (why: string) => {
    if (!ended) failed(why);
  };
  if (nodeWorkers) {
    // Bundlers for browsers do not recognize this URL, so they copy the file only once. The worker does not inherit flags such as -e.
    // Only in a small heap does V8 collect garbage when worker.js asks for it.
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
  // Bundlers recognize this expression, and copy the file.
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
